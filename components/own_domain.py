"""The organisation's own names: one for the list's pages and links, one for the redirects that count clicks."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.distribution import distribution
from components.dns import Dns

CLOUDFRONT_REGION = "us-east-1"
"""Where CloudFront looks for certificates (CloudFront developer guide, "Requirements for using SSL/TLS certificates
with CloudFront")."""

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5493eafa07d3"
"""CloudFront's managed policies of these names, whose ids are the same in every account (CloudFront developer guide,
"Use managed cache policies" and "Use managed origin request policies")."""


OWN_NAMES = ("link-domain", "link-certificate", "tracking-domain", "tracking-certificate")
"""The keys of their DNS records."""


@dataclass(frozen=True)
class LinkDomainArgs:
    """The domain, and the stage of the HTTP API that it leads to.

    `attached` is False until somebody has entered the record that makes the certificate valid.
    """

    domain: str
    attached: bool
    api_id: pulumi.Input[str]
    stage: pulumi.Input[str]
    dns: Dns


class LinkDomain(pulumi.ComponentResource):
    """The domain of the list's pages, links, API and console, in front of the HTTP API."""

    def __init__(self, name: str, args: LinkDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:LinkDomain", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        certificate_arn = _certificate(name, "link", args, self)
        if args.attached:
            domain = aws.apigatewayv2.DomainName(
                f"{name}-link-domain",
                domain_name=args.domain,
                domain_name_configuration=aws.apigatewayv2.DomainNameDomainNameConfigurationArgs(
                    certificate_arn=certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
                ),
                opts=child_opts,
            )
            aws.apigatewayv2.ApiMapping(
                f"{name}-link-domain", api_id=args.api_id, domain_name=domain.id, stage=args.stage, opts=child_opts
            )
            target = domain.domain_name_configuration.target_domain_name.apply(str)
            args.dns.add("link-domain", args.domain, "CNAME", target, "Pages and links", self)
        self.register_outputs({})


@dataclass(frozen=True)
class TrackingDomainArgs:
    """The domain of the redirects; `region` is where SES sends from. `attached` as for `LinkDomainArgs`."""

    domain: str
    attached: bool
    region: pulumi.Input[str]
    dns: Dns


class TrackingDomain(pulumi.ComponentResource):
    """The domain of the links and images by which SES counts clicks and opens.

    SES serves other people's domains over plain HTTP only. CloudFront in front of it adds HTTPS (SES developer guide,
    "Configuring custom domains to handle open and click tracking").
    """

    def __init__(self, name: str, args: TrackingDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:TrackingDomain", name, None, opts)
        certificate_arn = _certificate(name, "tracking", args, self, CLOUDFRONT_REGION)
        if args.attached:
            redirects = _redirects(
                f"{name}-tracking-domain", args, certificate_arn, pulumi.ResourceOptions(parent=self)
            )
            purpose = "Redirects that count clicks"
            args.dns.add("tracking-domain", args.domain, "CNAME", redirects.domain_name, purpose, self)
        self.register_outputs({})


def _redirects(
    name: str, args: TrackingDomainArgs, certificate_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.cloudfront.Distribution:
    return distribution(
        name,
        f"Redirects of {args.domain}",
        aws.cloudfront.DistributionOriginArgs(
            origin_id="ses",
            domain_name=pulumi.Output.concat("r.", args.region, ".awstrack.me"),
            custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
                http_port=80, https_port=443, origin_protocol_policy="http-only", origin_ssl_protocols=["TLSv1.2"]
            ),
        ),
        aws.cloudfront.DistributionViewerCertificateArgs(
            acm_certificate_arn=certificate_arn, ssl_support_method="sni-only", minimum_protocol_version="TLSv1.2_2021"
        ),
        opts,
        aliases=[args.domain],
        # Each click counts, and SES distinguishes lists by the requested name.
        cache_policy_id=CACHING_DISABLED,
        origin_request_policy_id=ALL_VIEWER,
    )


def _certificate(
    name: str,
    kind: str,
    args: LinkDomainArgs | TrackingDomainArgs,
    parent: pulumi.Resource,
    region: str | None = None,
) -> pulumi.Output[str]:
    """A certificate's ARN: with a hosted zone, once the certificate is valid."""
    name, opts = f"{name}-{kind}-domain", pulumi.ResourceOptions(parent=parent)
    certificate = aws.acm.Certificate(name, domain_name=args.domain, validation_method="DNS", region=region, opts=opts)
    proof = certificate.domain_validation_options.apply(lambda options: options[0])
    proven = args.dns.add(
        f"{kind}-certificate",
        proof.apply(lambda option: (option.resource_record_name or "").rstrip(".")),
        "CNAME",
        proof.apply(lambda option: (option.resource_record_value or "").rstrip(".")),
        f"Certificate of {args.domain}",
        parent,
    )
    if proven is None:
        return certificate.arn
    return aws.acm.CertificateValidation(
        name, certificate_arn=certificate.arn, validation_record_fqdns=[proven], region=region, opts=opts
    ).certificate_arn
