"""Amazon DynamoDB."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from local.resources.base import (
    Cloud,
    Inputs,
    Outputs,
    ResourceType,
    covered,
    found,
    given,
    pascal,
    properties,
    tag_list,
)


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
    computed = properties("arn streamArn streamLabel")
    recomputed: ClassVar = {
        "streamArn": properties("streamEnabled streamViewType"),
        "streamLabel": properties("streamEnabled streamViewType"),
    }
    replace_on_changes = properties("name hashKey rangeKey localSecondaryIndexes")
    changeable = properties(
        "attributes globalSecondaryIndexes streamEnabled streamViewType ttl pointInTimeRecovery.enabled",
        "deletionProtectionEnabled tableClass",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name = cloud.client("dynamodb"), inputs["name"]
        provisioned = inputs.get("billingMode", "PROVISIONED") == "PROVISIONED"
        description = client.create_table(
            TableName=name,
            AttributeDefinitions=_attributes(inputs),
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
                StreamSpecification=_stream(inputs),
                DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled"),
                TableClass=inputs.get("tableClass"),
                Tags=tag_list(inputs.get("tags")),
            ),
        )["TableDescription"]
        if "ttl" in inputs:
            self._expire(cloud, inputs)
        if "pointInTimeRecovery" in inputs:
            self._back_up(cloud, inputs)
        return name, {"arn": description["TableArn"], **self._told_of_stream(description)}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("dynamodb").describe_table, TableName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client = cloud.client("dynamodb")
        if any(covered(path, ["streamEnabled", "streamViewType"]) for path in changed):
            # DynamoDB changes no stream: it ends one, and begins another.
            if state.get("streamEnabled"):
                client.update_table(TableName=id_, StreamSpecification={"StreamEnabled": False})
            if inputs.get("streamEnabled"):
                client.update_table(TableName=id_, StreamSpecification=_stream(inputs))
        for index_update in self._index_updates(state, inputs):
            client.update_table(
                TableName=id_, AttributeDefinitions=_attributes(inputs), GlobalSecondaryIndexUpdates=[index_update]
            )
        if "deletionProtectionEnabled" in changed or "tableClass" in changed:
            client.update_table(
                TableName=id_,
                DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled", False),
                **given(TableClass=inputs.get("tableClass")),
            )
        if any(covered(path, ["ttl"]) for path in changed):
            self._expire(cloud, inputs)
        if "pointInTimeRecovery.enabled" in changed:
            self._back_up(cloud, inputs)
        return self._told_of_stream(client.describe_table(TableName=id_)["Table"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("dynamodb").delete_table(TableName=id_)

    def release(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("dynamodb").update_table(TableName=id_, DeletionProtectionEnabled=False)

    def _told_of_stream(self, description: Mapping[str, Any]) -> Outputs:
        return {
            "streamArn": description.get("LatestStreamArn", ""),
            "streamLabel": description.get("LatestStreamLabel", ""),
        }

    def _expire(self, cloud: Cloud, inputs: Inputs) -> None:
        cloud.client("dynamodb").update_time_to_live(
            TableName=inputs["name"],
            TimeToLiveSpecification={
                "AttributeName": inputs["ttl"]["attributeName"],
                "Enabled": inputs["ttl"].get("enabled", True),
            },
        )

    def _back_up(self, cloud: Cloud, inputs: Inputs) -> None:
        cloud.client("dynamodb").update_continuous_backups(
            TableName=inputs["name"],
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": inputs["pointInTimeRecovery"]["enabled"]},
        )

    def _index_updates(self, state: Mapping[str, Any], inputs: Inputs) -> Iterator[dict[str, Any]]:
        """What turns the old indexes into the new ones: an index that differs is deleted and made again."""
        old = {index["name"]: index for index in state.get("globalSecondaryIndexes", [])}
        new = {index["name"]: index for index in inputs.get("globalSecondaryIndexes", [])}
        for name in old:
            if old[name] != new.get(name):
                yield {"Delete": {"IndexName": name}}
        for name in new:
            if new[name] != old.get(name):
                yield {"Create": _global_index(new[name])}


def _attributes(inputs: Inputs) -> list[dict[str, str]]:
    return [
        {"AttributeName": attribute["name"], "AttributeType": attribute["type"]} for attribute in inputs["attributes"]
    ]


def _stream(inputs: Inputs) -> dict[str, Any] | None:
    if not inputs.get("streamEnabled"):
        return None
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


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
