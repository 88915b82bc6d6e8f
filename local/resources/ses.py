"""Amazon Simple Email Service, which is the stand-in of ``local/ses`` here."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import (
    Cloud,
    Inputs,
    Outputs,
    ResourceType,
    Setting,
    covered,
    found,
    given,
    pascal,
    properties,
    tag_list,
)

_OPTIONS = {
    "deliveryOptions": "put_configuration_set_delivery_options",
    "reputationOptions": "put_configuration_set_reputation_options",
    "sendingOptions": "put_configuration_set_sending_options",
    "suppressionOptions": "put_configuration_set_suppression_options",
    "trackingOptions": "put_configuration_set_tracking_options",
}
"""What a configuration set has options about, each with the operation that changes them."""


class EmailIdentity(ResourceType):
    type = "aws:sesv2/emailIdentity:EmailIdentity"
    handled = properties("emailIdentity configurationSetName tags")
    without_effect: ClassVar = {
        "dkimSigningAttributes.nextSigningKeyLength": "emails that stay on this machine are not signed",
    }
    computed = properties("arn identityType verifiedForSendingStatus dkimSigningAttributes")
    replace_on_changes = properties("emailIdentity")
    changeable = properties("configurationSetName")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["emailIdentity"]
        created = cloud.client("sesv2").create_email_identity(
            EmailIdentity=name,
            **given(ConfigurationSetName=inputs.get("configurationSetName"), Tags=tag_list(inputs.get("tags"))),
        )
        dkim = created.get("DkimAttributes", {})
        return name, {
            "arn": cloud.arn("ses", f"identity/{name}"),
            "identityType": created["IdentityType"],
            "verifiedForSendingStatus": created["VerifiedForSendingStatus"],
            "dkimSigningAttributes": {"tokens": dkim.get("Tokens", []), "status": dkim.get("Status", "")},
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("sesv2").get_email_identity, EmailIdentity=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("sesv2").put_email_identity_configuration_set_attributes(
            EmailIdentity=id_, **given(ConfigurationSetName=inputs.get("configurationSetName"))
        )
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_email_identity(EmailIdentity=id_)


class EmailIdentityMailFromAttributes(Setting):
    type = "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes"
    handled = properties("emailIdentity mailFromDomain behaviorOnMxFailure")
    replace_on_changes = properties("emailIdentity")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sesv2").put_email_identity_mail_from_attributes(**pascal(inputs))
        return inputs["emailIdentity"], {}


class EmailIdentityFeedbackAttributes(Setting):
    type = "aws:sesv2/emailIdentityFeedbackAttributes:EmailIdentityFeedbackAttributes"
    handled = properties("emailIdentity emailForwardingEnabled")
    replace_on_changes = properties("emailIdentity")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sesv2").put_email_identity_feedback_attributes(**pascal(inputs))
        return inputs["emailIdentity"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        # The provider does not turn forwarding on again either (sesv2/email_identity_feedback_attributes.go).
        cloud.client("sesv2").put_email_identity_feedback_attributes(EmailIdentity=id_, EmailForwardingEnabled=False)


def get_email_identity(cloud: Cloud, arguments: Inputs) -> Outputs:
    """The provider's function of this name: an identity that is there already."""
    name = arguments["emailIdentity"]
    found = cloud.client("sesv2").get_email_identity(EmailIdentity=name)
    dkim = found["DkimAttributes"]
    return {
        "id": name,
        "emailIdentity": name,
        "arn": cloud.arn("ses", f"identity/{name}"),
        "configurationSetName": found.get("ConfigurationSetName", ""),
        "dkimSigningAttributes": [
            {
                "signingAttributesOrigin": dkim.get("SigningAttributesOrigin", ""),
                "status": dkim["Status"],
                "tokens": dkim["Tokens"],
                **dict.fromkeys(
                    (
                        *("currentSigningKeyLength", "nextSigningKeyLength", "lastKeyGenerationTimestamp"),
                        *("domainSigningPrivateKey", "domainSigningSelector"),
                    ),
                    "",
                ),
            }
        ],
        "identityType": found["IdentityType"],
        "region": cloud.region,
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        "verificationStatus": found.get("VerificationStatus", ""),
        "verifiedForSendingStatus": found["VerifiedForSendingStatus"],
    }


class ConfigurationSet(ResourceType):
    type = "aws:sesv2/configurationSet:ConfigurationSet"
    handled = properties(
        "configurationSetName deliveryOptions reputationOptions sendingOptions suppressionOptions",
        "trackingOptions tags",
    )
    without_effect: ClassVar = {"vdmOptions": "the stand-in has no deliverability manager"}
    computed = properties("arn")
    replace_on_changes = properties("configurationSetName")
    changeable = handled - replace_on_changes - properties("tags")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["configurationSetName"]
        options = {option: inputs[option] for option in _OPTIONS if option in inputs}
        cloud.client("sesv2").create_configuration_set(
            ConfigurationSetName=name, **pascal(options), **given(Tags=tag_list(inputs.get("tags")))
        )
        return name, {"arn": cloud.arn("ses", f"configuration-set/{name}")}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("sesv2").get_configuration_set, ConfigurationSetName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        for option, operation in _OPTIONS.items():
            if any(covered(path, [option]) for path in changed):
                put = getattr(cloud.client("sesv2"), operation)
                put(ConfigurationSetName=id_, **pascal(inputs.get(option, {})))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_configuration_set(ConfigurationSetName=id_)


class ConfigurationSetEventDestination(ResourceType):
    type = "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination"
    handled = properties("configurationSetName eventDestinationName eventDestination")
    replace_on_changes = properties("configurationSetName eventDestinationName")
    changeable = properties("eventDestination")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sesv2").create_configuration_set_event_destination(**pascal(inputs))
        return f"{inputs['configurationSetName']}|{inputs['eventDestinationName']}", {}

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("sesv2").update_configuration_set_event_destination(**pascal(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_configuration_set_event_destination(
            ConfigurationSetName=state["configurationSetName"],
            EventDestinationName=state["eventDestinationName"],
        )


RESOURCES = (
    EmailIdentity(),
    EmailIdentityFeedbackAttributes(),
    EmailIdentityMailFromAttributes(),
    ConfigurationSet(),
    ConfigurationSetEventDestination(),
)
