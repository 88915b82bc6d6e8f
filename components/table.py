"""DynamoDB tables for what cannot be recreated."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.grants import Grant, allowed
from components.policies import read_stream, use_table
from contract import Env

TTL_ATTRIBUTE = "expires_at"
"""Items may carry this attribute, in seconds since 1970; DynamoDB deletes them some time after it."""


READING = {"BatchGetItem", "GetItem", "Query", "Scan"}


@dataclass(frozen=True)
class Table:
    """A table that functions can be allowed to use. `stream_arn` is None without a stream."""

    variable: Env
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str] | None

    def reader(self, *operations: str, index: str | None = None) -> Grant:
        """DynamoDB operations that read, such as "GetItem", on the table or on one of its indexes."""
        assert {*operations} <= READING, f"{operations} do not only read"
        return self._grant(operations, index)

    def writer(self, *operations: str) -> Grant:
        """DynamoDB operations, such as "UpdateItem", on the table."""
        return self._grant(operations)

    def watcher(self) -> Grant:
        """Be fed from the table's stream."""
        return allowed(read_stream(self.arn))

    def _grant(self, operations: Sequence[str], index: str | None = None) -> Grant:
        arn = pulumi.Output.concat(self.arn, "/index/", index) if index else self.arn
        return Grant({self.variable: self.name}, [use_table(arn, *operations)])


def durable_table(
    name: str,
    variable: Env,
    *,
    keys: Sequence[str],
    deletion_protection: bool,
    parent: pulumi.Resource,
    indexes: Sequence[aws.dynamodb.TableGlobalSecondaryIndexArgs] = (),
    index_keys: Sequence[str] = (),
    stream_view_type: str | None = None,
) -> Table:
    """An on-demand table with point-in-time recovery and a TTL, which functions know as `variable`.

    `keys` names the partition key and, if there is one, the sort key; `index_keys` the attributes that only indexes
    use. All are strings. With `deletion_protection` neither AWS nor Pulumi deletes the table.
    """
    table = aws.dynamodb.Table(
        name,
        billing_mode="PAY_PER_REQUEST",
        hash_key=keys[0],
        range_key=keys[1] if len(keys) > 1 else None,
        attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in (*keys, *index_keys)],
        global_secondary_indexes=list(indexes) or None,
        ttl=aws.dynamodb.TableTtlArgs(attribute_name=TTL_ATTRIBUTE, enabled=True),
        stream_enabled=True if stream_view_type else None,
        stream_view_type=stream_view_type,
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        deletion_protection_enabled=deletion_protection,
        opts=pulumi.ResourceOptions(parent=parent, protect=deletion_protection),
    )
    return Table(variable, table.name, table.arn, table.stream_arn if stream_view_type else None)
