"""Amazon DynamoDB."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, pascal, properties, tag_list


class Table(ResourceType):
    type = "aws:dynamodb/table:Table"
    auto_named = "name"
    handled = properties(
        "name attributes hashKey rangeKey billingMode readCapacity writeCapacity",
        "globalSecondaryIndexes.name globalSecondaryIndexes.hashKey globalSecondaryIndexes.rangeKey",
        "globalSecondaryIndexes.keySchemas globalSecondaryIndexes.projectionType",
        "globalSecondaryIndexes.nonKeyAttributes localSecondaryIndexes.name",
        "localSecondaryIndexes.rangeKey localSecondaryIndexes.projectionType",
        "localSecondaryIndexes.nonKeyAttributes streamEnabled streamViewType ttl.attributeName",
        "ttl.enabled pointInTimeRecovery.enabled deletionProtectionEnabled tableClass tags",
    )
    without_effect: ClassVar = {
        "pointInTimeRecovery.recoveryPeriodInDays": "the emulator keeps no backups",
        "serverSideEncryption": "the emulator keeps everything in memory",
    }

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name = cloud.client("dynamodb"), inputs["name"]
        provisioned = inputs.get("billingMode", "PROVISIONED") == "PROVISIONED"
        description = client.create_table(
            TableName=name,
            AttributeDefinitions=[
                {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
                for attribute in inputs["attributes"]
            ],
            KeySchema=_key_schema(inputs["hashKey"], inputs.get("rangeKey")),
            **given(
                BillingMode=inputs.get("billingMode"),
                ProvisionedThroughput={
                    "ReadCapacityUnits": inputs.get("readCapacity", 1),
                    "WriteCapacityUnits": inputs.get("writeCapacity", 1),
                }
                if provisioned
                else None,
                GlobalSecondaryIndexes=[_global_index(index) for index in inputs.get("globalSecondaryIndexes", [])]
                or None,
                LocalSecondaryIndexes=[
                    _index(index, _key_schema(inputs["hashKey"], index["rangeKey"]))
                    for index in inputs.get("localSecondaryIndexes", [])
                ]
                or None,
                StreamSpecification={"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}
                if inputs.get("streamEnabled")
                else None,
                DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled"),
                TableClass=inputs.get("tableClass"),
                Tags=tag_list(inputs.get("tags")),
            ),
        )["TableDescription"]
        if "ttl" in inputs:
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={
                    "AttributeName": inputs["ttl"]["attributeName"],
                    "Enabled": inputs["ttl"].get("enabled", True),
                },
            )
        if "pointInTimeRecovery" in inputs:
            client.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={
                    "PointInTimeRecoveryEnabled": inputs["pointInTimeRecovery"]["enabled"]
                },
            )
        return name, given(
            arn=description["TableArn"],
            streamArn=description.get("LatestStreamArn"),
            streamLabel=description.get("LatestStreamLabel"),
        )

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        client = cloud.client("dynamodb")
        if state.get("deletionProtectionEnabled"):
            client.update_table(TableName=id_, DeletionProtectionEnabled=False)
        client.delete_table(TableName=id_)


def _key_schema(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else schema


def _global_index(index: Mapping[str, Any]) -> dict[str, Any]:
    if "keySchemas" in index:
        return _index(index, pascal(index["keySchemas"]))
    return _index(index, _key_schema(index["hashKey"], index.get("rangeKey")))


def _index(index: Mapping[str, Any], key_schema: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "IndexName": index["name"],
        "KeySchema": key_schema,
        "Projection": given(ProjectionType=index["projectionType"], NonKeyAttributes=index.get("nonKeyAttributes")),
    }


RESOURCES = (Table(),)
