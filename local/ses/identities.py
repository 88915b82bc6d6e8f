"""Email identities: the addresses and domains that email may come from.

Methods are SES v2 operations, named as in boto3. Where SES waits for a link to be followed or for DNS records
to appear, the stand-in takes the identity as verified at once, unless its behaviour says otherwise.
"""

import hashlib
from typing import Any

from local.ses import addresses
from local.ses.behaviour import Behaviour, matches_any
from local.ses.errors import AlreadyExistsException, BadRequestException, MessageRejected, NotFoundException
from local.ses.paging import page
from local.ses.tags import ResourceTags

Parameters = dict[str, Any]
REGION = "us-east-1"


class Identities:
    def __init__(self, tags: ResourceTags, behaviour: Behaviour) -> None:
        self._identities: dict[str, Parameters] = {}
        self._tags = tags
        self._behaviour = behaviour

    def create_email_identity(self, parameters: Parameters) -> Parameters:
        name = parameters["EmailIdentity"]
        if not addresses.is_bare(name) and not addresses.is_domain(name):
            raise BadRequestException(f"{name!r} is neither an email address nor a domain.")
        if name in self._identities:
            raise AlreadyExistsException(f"Email identity {name} already exist.")
        is_domain = addresses.is_domain(name)
        if parameters.get("DkimSigningAttributes") and not is_domain:
            raise BadRequestException("DkimSigningAttributes can only be given for a domain.")
        self._identities[name] = {
            "IdentityType": "DOMAIN" if is_domain else "EMAIL_ADDRESS",
            "FeedbackForwardingStatus": True,
            "VerifiedForSendingStatus": True,
            "VerificationStatus": "SUCCESS",
            "DkimAttributes": _dkim(name, parameters.get("DkimSigningAttributes") or {})
            if is_domain
            else {"SigningEnabled": False, "Status": "NOT_STARTED", "Tokens": []},
            "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
            "Policies": {},
            "ConfigurationSetName": parameters.get("ConfigurationSetName"),
        }
        self._tags.register(f"identity/{name}", parameters.get("Tags"))
        shown = ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")
        return {key: self._identities[name][key] for key in shown}

    def get_email_identity(self, parameters: Parameters) -> Parameters:
        identity = {key: value for key, value in self._find(parameters).items() if value is not None}
        if self._is_unverified(parameters["EmailIdentity"]):
            identity |= {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}
            if identity["IdentityType"] == "DOMAIN":
                identity["DkimAttributes"] = {**identity["DkimAttributes"], "Status": "PENDING"}
        return {**identity, "Tags": self._tags.of(f"identity/{parameters['EmailIdentity']}")}

    def delete_email_identity(self, parameters: Parameters) -> Parameters:
        self._find(parameters)
        del self._identities[parameters["EmailIdentity"]]
        self._tags.forget(f"identity/{parameters['EmailIdentity']}")
        return {}

    def list_email_identities(self, parameters: Parameters) -> Parameters:
        shown, token = page(sorted(self._identities.items()), parameters, 1000)
        summaries = [
            {
                "IdentityName": name,
                "IdentityType": identity["IdentityType"],
                "SendingEnabled": not self._is_unverified(name),
                "VerificationStatus": "PENDING" if self._is_unverified(name) else identity["VerificationStatus"],
            }
            for name, identity in shown
        ]
        return {"EmailIdentities": summaries, **token}

    def put_email_identity_configuration_set_attributes(self, parameters: Parameters) -> Parameters:
        self._find(parameters)["ConfigurationSetName"] = parameters.get("ConfigurationSetName")
        return {}

    def put_email_identity_dkim_attributes(self, parameters: Parameters) -> Parameters:
        self._find(parameters)["DkimAttributes"]["SigningEnabled"] = parameters.get("SigningEnabled", False)
        return {}

    def put_email_identity_dkim_signing_attributes(self, parameters: Parameters) -> Parameters:
        identity = self._find(parameters)
        dkim = _dkim(parameters["EmailIdentity"], parameters.get("SigningAttributes") or {})
        identity["DkimAttributes"] = dkim
        return {"DkimStatus": dkim["Status"], "DkimTokens": dkim["Tokens"]}

    def put_email_identity_feedback_attributes(self, parameters: Parameters) -> Parameters:
        self._find(parameters)["FeedbackForwardingStatus"] = parameters.get("EmailForwardingEnabled", False)
        return {}

    def put_email_identity_mail_from_attributes(self, parameters: Parameters) -> Parameters:
        identity = self._find(parameters)
        behaviour = parameters.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE")
        identity["MailFromAttributes"] = {"BehaviorOnMxFailure": behaviour}
        if domain := parameters.get("MailFromDomain"):
            if not domain.endswith("." + addresses.domain_of(parameters["EmailIdentity"])):
                raise BadRequestException(f"Provided MAIL-FROM domain <{domain}> is not subdomain of the identity.")
            identity["MailFromAttributes"] |= {"MailFromDomain": domain, "MailFromDomainStatus": "SUCCESS"}
        return {}

    def sending_identity(self, sender: str) -> str:
        """The verified identity that lets email come from this bare address.

        A domain covers its subdomains, an address its `+label` variants. Raises `MessageRejected`.
        """
        local_part, _, domain = sender.rpartition("@")
        labels = domain.lower().split(".")
        domains = [".".join(labels[index:]) for index in range(len(labels) - 1)]
        for candidate in (sender, f"{local_part.split('+')[0]}@{domain}", *domains):
            if candidate in self._identities and not self._is_unverified(candidate):
                return candidate
        failed = f"The following identities failed the check in region {REGION.upper()}: {sender}"
        raise MessageRejected(f"Email address is not verified. {failed}")

    def default_configuration_set(self, identity: str) -> str | None:
        return self._identities[identity]["ConfigurationSetName"]

    def _is_unverified(self, name: str) -> bool:
        return matches_any(name, self._behaviour.unverified_identities)

    def _find(self, parameters: Parameters) -> Parameters:
        name = parameters["EmailIdentity"]
        if name not in self._identities:
            raise NotFoundException(f"Email identity {name} does not exist.")
        return self._identities[name]


def _dkim(domain: str, signing: Parameters) -> Parameters:
    """Easy DKIM's three tokens, always the same for one domain, or the selector of a key of one's own."""
    own_selector = signing.get("DomainSigningSelector")
    tokens = [hashlib.sha256(f"{domain} {number}".encode()).hexdigest()[:32] for number in range(3)]
    key_length = signing.get("NextSigningKeyLength", "RSA_2048_BIT")
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": [own_selector] if own_selector else tokens,
        "SigningAttributesOrigin": "EXTERNAL" if own_selector else "AWS_SES",
        **({} if own_selector else {"SigningHostedZone": "dkim.amazonses.com"}),
        "NextSigningKeyLength": key_length,
        "CurrentSigningKeyLength": key_length,
    }
