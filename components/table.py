"""DynamoDB tables that hold what cannot be made again."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

TTL_ATTRIBUTE = "expires_at"
"""Items may carry this attribute, in seconds since 1970; DynamoDB deletes them some time after it."""


def durable_table(
    name: str,
    *,
    keys: Sequence[str],
    deletion_protection: bool,
    parent: pulumi.Resource,
    indexes: Sequence[aws.dynamodb.TableGlobalSecondaryIndexArgs] = (),
    index_keys: Sequence[str] = (),
    stream_view_type: str | None = None,
) -> aws.dynamodb.Table:
    """An on-demand table with point-in-time recovery and a TTL.

    `keys` names the partition key and, if there is one, the sort key; `index_keys` the attributes that only
    indexes use. All are strings. With `deletion_protection` neither AWS nor Pulumi deletes the table.
    """
    return aws.dynamodb.Table(
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
