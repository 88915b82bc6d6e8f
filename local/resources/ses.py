"""Amazon Simple Email Service, which is the stand-in of ``local/ses`` here."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, pascal, properties, tag_list


class EmailIdentity(ResourceType):
    type = "aws:sesv2/emailIdentity:EmailIdentity"
    handled = properties("emailIdentity configurationSetName tags")
    without_effect: ClassVar = {
        "dkimSigningAttributes.nextSigningKeyLength": "mails that stay on this machine are not signed",
    }

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

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_email_identity(EmailIdentity=id_)


class EmailIdentityMailFromAttributes(ResourceType):
    type = "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes"
    handled = properties("emailIdentity mailFromDomain behaviorOnMxFailure")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sesv2").put_email_identity_mail_from_attributes(**pascal(inputs))
        return inputs["emailIdentity"], {}


class ConfigurationSet(ResourceType):
    type = "aws:sesv2/configurationSet:ConfigurationSet"
    handled = properties(
        "configurationSetName deliveryOptions reputationOptions sendingOptions suppressionOptions",
        "trackingOptions tags",
    )
    without_effect: ClassVar = {"vdmOptions": "the stand-in has no deliverability manager"}

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["configurationSetName"]
        options = {key: value for key, value in inputs.items() if key.endswith("Options") and key != "vdmOptions"}
        cloud.client("sesv2").create_configuration_set(
            ConfigurationSetName=name, **pascal(options), **given(Tags=tag_list(inputs.get("tags")))
        )
        return name, {"arn": cloud.arn("ses", f"configuration-set/{name}")}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_configuration_set(ConfigurationSetName=id_)


class ConfigurationSetEventDestination(ResourceType):
    type = "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination"
    handled = properties("configurationSetName eventDestinationName eventDestination")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sesv2").create_configuration_set_event_destination(**pascal(inputs))
        return f"{inputs['configurationSetName']}|{inputs['eventDestinationName']}", {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sesv2").delete_configuration_set_event_destination(
            ConfigurationSetName=state["configurationSetName"],
            EventDestinationName=state["eventDestinationName"],
        )


RESOURCES = (
    EmailIdentity(),
    EmailIdentityMailFromAttributes(),
    ConfigurationSet(),
    ConfigurationSetEventDestination(),
)
