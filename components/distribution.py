"""CloudFront distributions, which lead an address of their own to what they show."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def distribution(
    name: str,
    comment: str,
    origin: aws.cloudfront.DistributionOriginArgs,
    certificate: aws.cloudfront.DistributionViewerCertificateArgs,
    opts: pulumi.ResourceOptions,
    *,
    cache_policy_id: str,
    origin_request_policy_id: str | None = None,
    response_headers_policy_id: str | None = None,
    aliases: Sequence[str] | None = None,
) -> aws.cloudfront.Distribution:
    """Anybody may read what it shows, over HTTPS. The policies are those that CloudFront manages, by their ids."""
    return aws.cloudfront.Distribution(
        name,
        comment=comment,
        aliases=aliases,
        enabled=True,
        price_class="PriceClass_100",
        origins=[origin],
        default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            target_origin_id=origin.origin_id,
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=["GET", "HEAD"],
            cached_methods=["GET", "HEAD"],
            cache_policy_id=cache_policy_id,
            origin_request_policy_id=origin_request_policy_id,
            response_headers_policy_id=response_headers_policy_id,
        ),
        restrictions=aws.cloudfront.DistributionRestrictionsArgs(
            geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
        ),
        viewer_certificate=certificate,
        # Otherwise an `up` would wait for every location of the network.
        wait_for_deployment=False,
        opts=opts,
    )
