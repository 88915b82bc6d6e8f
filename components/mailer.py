"""Everything that sends email."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.config import ListConfig
from components.dns import Dns
from components.function import FunctionPlatform, Functions
from components.grants import Grant, allowed
from components.policies import list_templates, read_identity, send_mail, send_templates, use_templates
from components.storage import Storage
from components.table import Table
from contract import Env

DKIM_ZONE = "dkim.amazonses.com"
DKIM_RECORDS = 3
"""What Easy DKIM asks for (SES developer guide, "Easy DKIM in Amazon SES")."""
REGIONS_WITH_A_DKIM_ZONE = (
    *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1"),
    *("eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1"),
)
"""Regions with `dkim.<region>.amazonses.com` in their DKIM records (AWS general reference, SES endpoints)."""


@dataclass(frozen=True)
class MailerArgs:
    """Who sends, and how; and what runs the final clean-up."""

    config: ListConfig
    platform: FunctionPlatform
    storage: Storage
    dns: Dns


class Mailer(pulumi.ComponentResource):
    """The sender's identity, the configuration set, and the SES templates that functions create.

    Only templates are created at run time and would outlive the stack: schedules are deleted with their group, files
    with their bucket. So `pulumi destroy` invokes a function that deletes them while everything still exists.
    """

    configuration_set: pulumi.Output[str]
    tracked_set: pulumi.Output[str]
    """The name of the other one, for campaigns' emails to readers whose opens and clicks are to be known.

    Both last as long as the stack, even if nobody is tracked now: a complaint may come weeks after its email, and SES
    tells of it where the email's configuration set says."""
    configuration_set_arns: list[pulumi.Output[str]]
    sender: Grant
    """Send single emails, which are never tracked."""
    template_sender: Grant
    """Send stored templates, to one or to many."""
    identity_reader: Grant
    """Read the state of the sender's identity."""
    region: pulumi.Output[str]
    """The AWS region that SES sends from."""
    dkim_records: pulumi.Output[list[dict[str, str]]]
    """DNS records that verify the sender's domain, `{"name", "type", "value"}`; empty for an address alone."""

    def __init__(self, name: str, args: MailerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Mailer", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        config = args.config

        untracked = _configuration_set(f"{name}-mail", name, config, tracked=False, opts=child_opts)
        tracked = _configuration_set(f"{name}-tracked-mail", f"{name}-tracked", config, tracked=True, opts=child_opts)
        self.configuration_set, self.tracked_set = untracked.configuration_set_name, tracked.configuration_set_name
        self.configuration_set_arns = [untracked.arn, tracked.arn]
        if config.sender_identity == "existing":
            identity = _existing_identity(config.identity)
        else:
            identity = _new_identity(name, config.identity, self.configuration_set, child_opts)
        recipients = [
            identity.arn.apply(lambda arn, verified=verified: _ses_arn(arn, f"identity/{verified}"))
            for verified in config.sandbox_identities
        ]
        # No stack name has an underscore, so this matches no stack whose name continues where ours ends.
        self._template_arn = identity.arn.apply(lambda arn: _ses_arn(arn, f"template/{name}_*"))
        # In the sandbox, SES also asks for permission on the recipient's identity.
        arns = [identity.arn, untracked.arn, *recipients]
        through: dict[str, pulumi.Input[str]] = {Env.CONFIGURATION_SET: self.configuration_set}
        self.sender = Grant(through, [send_mail(config.from_address, *arns)])
        self.template_sender = Grant(
            {**through, Env.TRACKED_CONFIGURATION_SET: self.tracked_set},
            send_templates(config.from_address, *arns, tracked.arn, self._template_arn),
        )
        self.identity_reader = Grant({Env.SENDER_IDENTITY: config.identity}, [read_identity(identity.arn)])
        self._clean_up_at_the_end(name, args.platform, args.storage.records)
        self.region = identity.arn.apply(lambda arn: arn.split(":")[3])
        self.dkim_records = _dkim_records(identity, config.sender_domain)
        self._own_names(name, config, identity, args.dns)
        self.register_outputs({"dkim_records": self.dkim_records})

    def _own_names(self, name: str, config: ListConfig, identity: "_Identity", dns: Dns) -> None:
        """What makes the sender's domain the list's own: DKIM, and a name below it for bounces."""
        # Those of an identity that is there already are there already.
        if config.sender_domain and config.sender_identity == "create":
            for place in range(DKIM_RECORDS):
                record = self.dkim_records.apply(lambda records, place=place: records[place])
                dns.add(f"dkim-{place + 1}", record["name"], record["type"], record["value"], "DKIM", self)
        if config.mail_from_domain:
            aws.sesv2.EmailIdentityMailFromAttributes(
                f"{name}-sender",
                email_identity=identity.name,
                mail_from_domain=config.mail_from_domain,
                # Without the MX record, SES goes on sending under its own name.
                behavior_on_mx_failure="USE_DEFAULT_VALUE",
                opts=pulumi.ResourceOptions(parent=self),
            )
            # SES developer guide, "Using a custom MAIL FROM domain".
            server = pulumi.Output.concat("10 feedback-smtp.", self.region, ".amazonses.com")
            dns.add("mail-from-mx", config.mail_from_domain, "MX", server, "Bounces (MAIL FROM)", self)
            policy = "v=spf1 include:amazonses.com ~all"
            dns.add("mail-from-spf", config.mail_from_domain, "TXT", policy, "SPF (MAIL FROM)", self)

    def templates(self, *operations: str) -> Grant:
        """SES operations, such as "CreateEmailTemplate", on this stack's templates."""
        return allowed(use_templates(self._template_arn, *operations))

    def _clean_up_at_the_end(self, name: str, platform: FunctionPlatform, records: Table) -> None:
        function = Functions(name, platform, self).add(
            "cleanup",
            "Deletes the stack's SES templates when the stack is destroyed",
            uses=[
                records.writer("GetItem", "PutItem"),
                allowed(list_templates()),
                self.templates("DeleteEmailTemplate"),
            ],
            # SES deletes one template a second.
            timeout=900,
        )
        aws.lambda_.Invocation(
            f"{name}-cleanup",
            function_name=function.name,
            input=json.dumps({}),
            lifecycle_scope="CRUD",
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass(frozen=True)
class _Identity:
    """What SES verifies for the sender; no tokens if it does not sign with keys it created itself (Easy DKIM)."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    dkim_tokens: pulumi.Output[list[str]]


def _new_identity(
    name: str, verified: str, configuration_set: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> _Identity:
    identity = aws.sesv2.EmailIdentity(
        f"{name}-sender", email_identity=verified, configuration_set_name=configuration_set, opts=opts
    )
    # The stack learns of bounces and complaints from events. SES would also email each one to the sender, thousands for
    # a large list (SES developer guide, "Receiving Amazon SES notifications through email").
    aws.sesv2.EmailIdentityFeedbackAttributes(
        f"{name}-sender", email_identity=identity.email_identity, email_forwarding_enabled=False, opts=opts
    )
    tokens = identity.dkim_signing_attributes.tokens.apply(lambda tokens: tokens or [])
    return _Identity(identity.email_identity, identity.arn, tokens)


def _existing_identity(verified: str) -> _Identity:
    """An identity that others may use too, left as it is. An error if there is none, or if the stack created it."""
    try:
        found = aws.sesv2.get_email_identity(email_identity=verified)
    except Exception:
        # Whatever is raised here, Pulumi ends with the provider's own words.
        pulumi.log.error(
            f"senderIdentity is existing, but Amazon SES shows no identity {verified!r} in this region. To make one:\n"
            "    pulumi config set email-list:senderIdentity create"
        )
        raise
    owner = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
    if owner.items() <= found.tags.items():
        raise pulumi.RunError(
            f"senderIdentity is existing, but this stack made the identity {verified!r}: Pulumi would delete it.\n"
            "    pulumi config set email-list:senderIdentity create"
        )
    tokens = [
        token
        for attributes in found.dkim_signing_attributes
        if attributes.signing_attributes_origin == "AWS_SES"
        for token in attributes.tokens
    ]
    return _Identity(*map(pulumi.Output.from_input, (verified, found.arn, tokens)))


def _redirects_through(domain: str | None) -> aws.sesv2.ConfigurationSetTrackingOptionsArgs | None:
    if domain is None:
        return None
    return aws.sesv2.ConfigurationSetTrackingOptionsArgs(custom_redirect_domain=domain, https_policy="REQUIRE")


def _configuration_set(
    name: str, as_named: str, config: ListConfig, *, tracked: bool, opts: pulumi.ResourceOptions
) -> aws.sesv2.ConfigurationSet:
    return aws.sesv2.ConfigurationSet(
        name,
        configuration_set_name=as_named,
        delivery_options=aws.sesv2.ConfigurationSetDeliveryOptionsArgs(tls_policy="REQUIRE"),
        reputation_options=aws.sesv2.ConfigurationSetReputationOptionsArgs(reputation_metrics_enabled=True),
        sending_options=aws.sesv2.ConfigurationSetSendingOptionsArgs(sending_enabled=True),
        suppression_options=aws.sesv2.ConfigurationSetSuppressionOptionsArgs(
            suppressed_reasons=["BOUNCE", "COMPLAINT"]
        ),
        # SES takes only a domain that it has verified, which a new stack's sender is not yet.
        tracking_options=_redirects_through(config.tracking_domain if config.tracking_domain_attached else None),
        # Not even the account's Virtual Deliverability Manager makes SES track readers if the list does not.
        vdm_options=None if tracked else _untracked(),
        opts=opts,
    )


def _untracked() -> aws.sesv2.ConfigurationSetVdmOptionsArgs:
    return aws.sesv2.ConfigurationSetVdmOptionsArgs(
        dashboard_options=aws.sesv2.ConfigurationSetVdmOptionsDashboardOptionsArgs(engagement_metrics="DISABLED")
    )


def _ses_arn(arn: str, resource: str) -> str:
    """Another SES resource in the region and account of `arn`."""
    return ":".join([*arn.split(":")[:5], resource])


def _dkim_records(identity: _Identity, domain: str | None) -> pulumi.Output[list[dict[str, str]]]:
    if domain is None:
        return pulumi.Output.from_input([])

    def records(arn: str, tokens: list[str]) -> list[dict[str, str]]:
        region = arn.split(":")[3]
        zone = f"dkim.{region}.amazonses.com" if region in REGIONS_WITH_A_DKIM_ZONE else DKIM_ZONE
        return [
            {"name": f"{token}._domainkey.{domain}", "type": "CNAME", "value": f"{token}.{zone}"} for token in tokens
        ]

    return pulumi.Output.all(identity.arn, identity.dkim_tokens).apply(lambda both: records(*both))
