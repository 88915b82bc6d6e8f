"""Amazon CloudFront. The emulator keeps distributions and answers for those over a bucket."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, pascal, properties


class OriginAccessControl(ResourceType):
    type = "aws:cloudfront/originAccessControl:OriginAccessControl"
    auto_named = "name"
    handled = properties("description name originAccessControlOriginType signingBehavior signingProtocol")
    computed = properties("arn etag")
    changeable = handled

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        made = cloud.client("cloudfront").create_origin_access_control(OriginAccessControlConfig=pascal(inputs))
        id_ = made["OriginAccessControl"]["Id"]
        arn = cloud.arn("cloudfront", f"origin-access-control/{id_}", region=False)
        return id_, {"arn": arn, "etag": made["ETag"]}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("cloudfront").get_origin_access_control, Id=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client = cloud.client("cloudfront")
        tag = client.get_origin_access_control(Id=id_)["ETag"]
        put = client.update_origin_access_control(Id=id_, IfMatch=tag, OriginAccessControlConfig=pascal(inputs))
        return {"etag": put["ETag"]}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        client = cloud.client("cloudfront")
        tag = client.get_origin_access_control(Id=id_)["ETag"]
        client.delete_origin_access_control(Id=id_, IfMatch=tag)


class Distribution(ResourceType):
    type = "aws:cloudfront/distribution:Distribution"
    handled = properties(
        "aliases comment defaultCacheBehavior enabled origins priceClass restrictions viewerCertificate tags",
    )
    without_effect: ClassVar = {"waitForDeployment": "a distribution is there at once"}
    computed = properties("arn domainName hostedZoneId status")
    changeable = handled - properties("tags")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        made = cloud.client("cloudfront").create_distribution(
            DistributionConfig=_configuration(inputs, uuid.uuid4().hex)
        )
        distribution = made["Distribution"]
        return distribution["Id"], {
            "arn": distribution["ARN"],
            # One without a name of its own is reached at this machine, which nobody's DNS has to know for that.
            "domainName": distribution["DomainName"]
            if inputs.get("aliases")
            else cloud.distribution_address(distribution["DomainName"]),
            # The same for all distributions (CloudFront API reference).
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "status": distribution["Status"],
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("cloudfront").get_distribution, Id=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        self._put(cloud, id_, inputs)
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        # CloudFront deletes only what is switched off.
        tag = self._put(cloud, id_, {**state, "enabled": False})
        cloud.client("cloudfront").delete_distribution(Id=id_, IfMatch=tag)

    def _put(self, cloud: Cloud, id_: str, inputs: Mapping[str, Any]) -> str:
        client = cloud.client("cloudfront")
        now = client.get_distribution_config(Id=id_)
        configuration = _configuration(inputs, now["DistributionConfig"]["CallerReference"])
        return client.update_distribution(Id=id_, IfMatch=now["ETag"], DistributionConfig=configuration)["ETag"]


def _configuration(inputs: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """What CloudFront's API calls a distribution: the provider's words in its own nesting."""
    behaviour = {**inputs["defaultCacheBehavior"]}
    allowed, cached = behaviour.pop("allowedMethods"), behaviour.pop("cachedMethods")
    certificate = {**inputs["viewerCertificate"]}
    return {
        "CallerReference": reference,
        "Comment": inputs.get("comment", ""),
        "Enabled": inputs["enabled"],
        "PriceClass": inputs.get("priceClass", "PriceClass_All"),
        "Aliases": _items(inputs.get("aliases", [])),
        "Origins": _items([_origin(origin) for origin in inputs["origins"]]),
        "DefaultCacheBehavior": {
            **pascal(behaviour),
            "AllowedMethods": {**_items(allowed), "CachedMethods": _items(cached)},
        },
        "Restrictions": {"GeoRestriction": {**_items([]), **pascal(inputs["restrictions"]["geoRestriction"])}},
        "ViewerCertificate": given(
            ACMCertificateArn=certificate.pop("acmCertificateArn", None),
            SSLSupportMethod=certificate.pop("sslSupportMethod", None),
            CloudFrontDefaultCertificate=certificate.pop("cloudfrontDefaultCertificate", None),
            **pascal(certificate),
        ),
    }


def _origin(origin: Mapping[str, Any]) -> dict[str, Any]:
    known = {"Id": origin["originId"], "DomainName": origin["domainName"], "OriginPath": origin.get("originPath", "")}
    if "customOriginConfig" not in origin:
        access = {"OriginAccessControlId": origin["originAccessControlId"]}
        return {**known, **access, "S3OriginConfig": {"OriginAccessIdentity": ""}}
    custom = {**origin["customOriginConfig"]}
    return {
        **known,
        "CustomOriginConfig": {
            "HTTPPort": custom.pop("httpPort"),
            "HTTPSPort": custom.pop("httpsPort"),
            "OriginSslProtocols": _items(custom.pop("originSslProtocols")),
            **pascal(custom),
        },
    }


def _items(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items}


RESOURCES = (OriginAccessControl(), Distribution())
