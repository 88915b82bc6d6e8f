"""Amazon Simple Storage Service."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.archive import asset_bytes
from local.resources.base import (
    Cloud,
    Inputs,
    Outputs,
    ResourceType,
    Setting,
    found,
    given,
    pascal,
    properties,
    tag_list,
)


class Bucket(ResourceType):
    type = "aws:s3/bucket:Bucket"
    auto_named = "bucket"
    handled = properties("bucket forceDestroy tags")
    computed = properties("arn region bucketDomainName bucketRegionalDomainName")
    replace_on_changes = properties("bucket")
    changeable = properties("forceDestroy")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name = cloud.client("s3"), inputs["bucket"]
        cloud.create_bucket(name)
        if inputs.get("tags"):
            client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(inputs["tags"])})
        return name, {
            "arn": f"arn:{cloud.partition}:s3:::{name}",
            "region": cloud.region,
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("s3").head_bucket, Bucket=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        return {}  # whether it may be deleted with what is in it is Pulumi's to know

    def release(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        client = cloud.client("s3")
        for page in client.get_paginator("list_object_versions").paginate(Bucket=id_):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                client.delete_object(Bucket=id_, Key=version["Key"], VersionId=version["VersionId"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        if state.get("forceDestroy"):
            self.release(cloud, id_, state)
        cloud.client("s3").delete_bucket(Bucket=id_)

    def automatic_name(self, name: str, inputs: Inputs) -> str:
        return super().automatic_name(name, inputs).lower()


class BucketObject(Setting):
    type = "aws:s3/bucketObjectv2:BucketObjectv2"
    handled = properties("bucket key source content contentType cacheControl tags")
    without_effect: ClassVar = {
        "etag": "nothing is deployed twice",
        "sourceHash": "nothing is deployed twice",
    }
    computed = properties("arn etag")
    replace_on_changes = properties("bucket key")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        body = asset_bytes(inputs["source"]) if "source" in inputs else inputs.get("content", "").encode()
        stored = cloud.client("s3").put_object(
            Bucket=inputs["bucket"],
            Key=inputs["key"],
            Body=body,
            **given(ContentType=inputs.get("contentType"), CacheControl=inputs.get("cacheControl")),
        )
        arn = f"arn:{cloud.partition}:s3:::{inputs['bucket']}/{inputs['key']}"
        return f"{inputs['bucket']}/{inputs['key']}", {"arn": arn, "etag": stored["ETag"].strip('"')}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("s3").head_object, Bucket=state["bucket"], Key=state["key"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("s3").delete_object(Bucket=state["bucket"], Key=state["key"])


class _BucketSetting(Setting):
    """A resource that sets one thing of a bucket; its id is the bucket's name. It goes with the bucket."""

    handled = frozenset()
    replace_on_changes = properties("bucket")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        self.put(cloud.client("s3"), inputs["bucket"], inputs)
        return inputs["bucket"], {}

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        raise NotImplementedError


class BucketPublicAccessBlock(_BucketSetting):
    type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    handled = properties("bucket blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets")

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        block = {key: value for key, value in inputs.items() if key != "bucket"}
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=pascal(block))


class BucketOwnershipControls(_BucketSetting):
    type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    handled = properties("bucket rule.objectOwnership")

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_ownership_controls(
            Bucket=bucket,
            OwnershipControls={"Rules": [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]},
        )


class BucketVersioning(_BucketSetting):
    type = "aws:s3/bucketVersioning:BucketVersioning"
    handled = properties("bucket versioningConfiguration.status")

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=pascal(inputs["versioningConfiguration"]))


class BucketPolicy(_BucketSetting):
    type = "aws:s3/bucketPolicy:BucketPolicy"
    handled = properties("bucket policy")

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])


class BucketServerSideEncryptionConfiguration(_BucketSetting):
    type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    handled = properties(
        "bucket rules.bucketKeyEnabled rules.applyServerSideEncryptionByDefault.sseAlgorithm",
        "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
    )

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    given(
                        ApplyServerSideEncryptionByDefault=_encryption(rule.get("applyServerSideEncryptionByDefault")),
                        BucketKeyEnabled=rule.get("bucketKeyEnabled"),
                    )
                    for rule in inputs["rules"]
                ]
            },
        )


class BucketLifecycleConfiguration(_BucketSetting):
    type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    handled = properties(
        "bucket rules.id rules.status rules.filter.prefix rules.expiration.days",
        "rules.abortIncompleteMultipartUpload.daysAfterInitiation rules.transitions.days",
        "rules.transitions.storageClass rules.noncurrentVersionExpiration.noncurrentDays",
    )

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in inputs["rules"]]},
        )


class BucketCorsConfiguration(_BucketSetting):
    type = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
    handled = properties(
        "bucket corsRules.id corsRules.allowedHeaders corsRules.allowedMethods",
        "corsRules.allowedOrigins corsRules.exposeHeaders corsRules.maxAgeSeconds",
    )

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        rules = [
            {("ID" if key == "Id" else key): value for key, value in pascal(rule).items()}
            for rule in inputs["corsRules"]
        ]
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})


class BucketNotification(_BucketSetting):
    type = "aws:s3/bucketNotification:BucketNotification"
    handled = frozenset(
        {"bucket", "eventbridge"}
        | {
            f"{target}.{property_}"
            for target, arn in (
                ("lambdaFunctions", "lambdaFunctionArn"),
                ("queues", "queueArn"),
                ("topics", "topicArn"),
            )
            for property_ in (arn, "events", "filterPrefix", "filterSuffix", "id")
        }
    )

    def put(self, client: Any, bucket: str, inputs: Inputs) -> None:
        client.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration=given(
                LambdaFunctionConfigurations=[
                    _notification(target, LambdaFunctionArn=target["lambdaFunctionArn"])
                    for target in inputs.get("lambdaFunctions", [])
                ]
                or None,
                QueueConfigurations=[
                    _notification(target, QueueArn=target["queueArn"]) for target in inputs.get("queues", [])
                ]
                or None,
                TopicConfigurations=[
                    _notification(target, TopicArn=target["topicArn"]) for target in inputs.get("topics", [])
                ]
                or None,
                EventBridgeConfiguration={} if inputs.get("eventbridge") else None,
            ),
        )


def _encryption(default: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if default is None:
        return None
    return given(SSEAlgorithm=default["sseAlgorithm"], KMSMasterKeyID=default.get("kmsMasterKeyId"))


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return given(
        ID=rule["id"],
        Status=rule["status"],
        Filter={"Prefix": rule.get("filter", {}).get("prefix", "")},
        Expiration=pascal(rule.get("expiration")),
        Transitions=pascal(rule.get("transitions")),
        AbortIncompleteMultipartUpload=pascal(rule.get("abortIncompleteMultipartUpload")),
        NoncurrentVersionExpiration=pascal(rule.get("noncurrentVersionExpiration")),
    )


def _notification(target: Mapping[str, Any], **arn: str) -> dict[str, Any]:
    rules = [
        {"Name": name, "Value": target[property_]}
        for name, property_ in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if property_ in target
    ]
    return given(
        **arn,
        Events=target["events"],
        Id=target.get("id"),
        Filter={"Key": {"FilterRules": rules}} if rules else None,
    )


RESOURCES = (
    Bucket(),
    BucketObject(),
    BucketPublicAccessBlock(),
    BucketOwnershipControls(),
    BucketVersioning(),
    BucketPolicy(),
    BucketServerSideEncryptionConfiguration(),
    BucketLifecycleConfiguration(),
    BucketCorsConfiguration(),
    BucketNotification(),
)
