"""The email list as a Pulumi program: reads the configuration, builds the components, exports the outputs."""

import pulumi

from components.alarms import Alarms, AlarmsArgs
from components.analytics import Analytics, AnalyticsArgs
from components.api import Api, ApiArgs
from components.archive import Archive, ArchiveArgs
from components.campaigns import Campaigns
from components.config import ListConfig
from components.dns import Dns
from components.event_lake import EventLake
from components.failures import Failures, FailuresArgs
from components.feeds import Feeds, FeedsArgs
from components.foundation import Foundation
from components.function import FunctionPlatform
from components.gateway import Gateway, GatewayArgs
from components.mailer import Mailer, MailerArgs
from components.membership import Membership
from components.monitoring import Monitoring, MonitoringArgs
from components.naming import stack_prefix
from components.own_domain import OWN_NAMES, LinkDomain, LinkDomainArgs, TrackingDomain, TrackingDomainArgs
from components.packaging import FEEDS, PICTURES, build_bundle, package
from components.pictures import Pictures
from components.quicksight import QuickSight, QuickSightArgs
from components.secrets import Secrets, SecretsArgs
from components.sequences import Sequences
from components.storage import Storage, StorageArgs
from components.tags import tag_every_resource
from components.webhooks import Webhooks, WebhooksArgs

config = ListConfig.load(pulumi.Config())
name = stack_prefix(pulumi.get_project(), pulumi.get_stack())

tag_every_resource(
    {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "managed-by": "pulumi"},
)
alarms = Alarms(name, AlarmsArgs(email=config.alarm_email, monthly_budget=config.monthly_budget))
platform = FunctionPlatform(
    code=package(build_bundle(config.bundle_target), config.list_document),
    log_retention_days=config.log_retention_days,
    failures=Failures(name, FailuresArgs(alarms=alarms)),
)
secrets = Secrets(
    name,
    SecretsArgs(
        link_keys=config.link_keys,
        admin_tokens=config.admin_tokens,
        write_tokens=config.write_tokens,
        read_only_tokens=config.read_only_tokens,
        deletion_protection=config.deletion_protection,
        kept=config.kept_link_keys,
        captcha=config.captcha_secret,
    ),
)
storage = Storage(
    name,
    StorageArgs(deletion_protection=config.deletion_protection, records_streamed=bool(config.webhook_url)),
)
gateway = Gateway(
    name, GatewayArgs(host=config.host, cors_origins=config.cors_origins, log_retention_days=config.log_retention_days)
)
dns = Dns(name, config.hosted_zone_id)
mailer = Mailer(name, MailerArgs(config=config, platform=platform, storage=storage, dns=dns))
archive = Archive(name, ArchiveArgs(deletion_protection=config.deletion_protection)) if config.archive else None
base = Foundation(config, platform, secrets, storage, gateway, dns, mailer)
campaigns = Campaigns(name, base, archive)
feeds = Feeds(
    name,
    base,
    FeedsArgs(
        code=package(build_bundle(config.bundle_target, FEEDS), config.list_document),
        campaigns=campaigns,
    ),
)
membership = Membership(name, base)
pictures = None
if config.pictures:
    pictures = Pictures(name, base, package(build_bundle(config.bundle_target, PICTURES), config.list_document))
sequences = Sequences(name, base)
analytics = Analytics(name, base, AnalyticsArgs(alarms=alarms, files=membership.files, sequences=sequences))
api = Api(
    name,
    base,
    ApiArgs(
        membership=membership,
        campaigns=campaigns,
        pictures=pictures,
        archive=archive,
        sequences=sequences,
        feeds=feeds,
    ),
)
own_names: list[pulumi.ComponentResource] = []
if config.link_domain:
    link_domain = LinkDomain(
        name,
        LinkDomainArgs(
            domain=config.link_domain,
            attached=config.host is not None,
            api_id=gateway.api_id,
            stage=gateway.stage,
            dns=dns,
        ),
    )
    own_names.append(link_domain)
if config.tracking_domain:
    tracking_domain = TrackingDomain(
        name,
        TrackingDomainArgs(
            domain=config.tracking_domain,
            attached=config.tracking_domain_attached,
            region=mailer.region,
            dns=dns,
        ),
    )
    own_names.append(tracking_domain)
if own_names:
    dns.keep(OWN_NAMES, parent=own_names[0])
webhooks = None
if config.webhook_url and config.webhook_secret:
    webhooks = Webhooks(
        name,
        WebhooksArgs(
            url=config.webhook_url,
            secrets=config.webhook_secret,
            target=config.bundle_target,
            platform=platform,
            storage=storage,
        ),
    )
lake = None
if config.quicksight_principal:
    lake = EventLake(name, base, campaigns.mail_topic)
    QuickSight(name, QuickSightArgs(lake=lake, principal=config.quicksight_principal))
Monitoring(
    name,
    MonitoringArgs(
        alarms=alarms,
        platform=platform,
        queues=[*campaigns.queues, *membership.queues, *(part.queue for part in (webhooks, lake) if part)],
        tables={"subscribers": storage.people.name, "records": storage.records.name, "places": storage.places.name},
        gateway=gateway,
        gmail=config.postmaster_credentials is not None,
    ),
)

pulumi.export("api_endpoint", gateway.endpoint)
pulumi.export("subscribe_url", pulumi.Output.concat(gateway.public_url, "/subscribe"))
pulumi.export("confirm_url", pulumi.Output.concat(gateway.public_url, "/confirm"))
pulumi.export("unsubscribe_url", pulumi.Output.concat(gateway.public_url, "/unsubscribe"))
pulumi.export("subscribers_url", pulumi.Output.concat(gateway.public_url, "/subscribers"))
pulumi.export("campaigns_url", pulumi.Output.concat(gateway.public_url, "/campaigns"))
pulumi.export("templates_url", pulumi.Output.concat(gateway.public_url, "/templates"))
pulumi.export("analytics_url", pulumi.Output.concat(gateway.public_url, "/analytics"))
pulumi.export("console_url", pulumi.Output.concat(gateway.public_url, "/console"))
if archive is not None:
    pulumi.export("archive_url", pulumi.Output.concat(gateway.public_url, "/archive"))
pulumi.export("admin_token", secrets.admin_token)
if secrets.write_token is not None:
    pulumi.export("write_token", secrets.write_token)
if secrets.read_only_token is not None:
    pulumi.export("read_only_token", secrets.read_only_token)
pulumi.export("subscribers_table", storage.people.name)
pulumi.export("campaigns_table", storage.records.name)
pulumi.export("subscribe_function", api.functions["subscribe"].name)
pulumi.export("unsubscribe_function", api.functions["unsubscribe"].name)
pulumi.export("list_subscribers_function", api.functions["list_subscribers"].name)
pulumi.export("send_newsletter_function", campaigns.send_newsletter.name)
pulumi.export("recount_function", analytics.recount.name)
pulumi.export("dkim_records", mailer.dkim_records)
pulumi.export("dns_records", dns.records)
pulumi.export("link_keys", secrets.kept_for_later)
