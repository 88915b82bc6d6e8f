"""Where subscribers are kept."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.table import durable_table
from contract import ADDRESS_INDEX, STATUS_INDEX


@dataclass(frozen=True)
class SubscriberStoreArgs:
    deletion_protection: bool


class SubscriberStore(pulumi.ComponentResource):
    """The subscribers table, its stream, and its indexes by status and by the beginning of an address."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SubscriberStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:SubscriberStore", name, None, opts)

        table = durable_table(
            f"{name}-subscribers",
            keys=["email"],
            index_keys=["status_shard", "subscribed_date", "initials"],
            indexes=[
                _index(STATUS_INDEX, "status_shard", "subscribed_date", "ALL"),
                _index(ADDRESS_INDEX, "initials", "email", "KEYS_ONLY"),
            ],
            stream_view_type="NEW_AND_OLD_IMAGES",
            deletion_protection=args.deletion_protection,
            parent=self,
        )

        self.table_name = table.name
        self.table_arn = table.arn
        self.stream_arn = table.stream_arn
        self.register_outputs(
            {"table_name": self.table_name, "table_arn": self.table_arn, "stream_arn": self.stream_arn}
        )


def _index(name: str, hash_key: str, range_key: str, projection: str) -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    key = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            key(attribute_name=hash_key, key_type="HASH"),
            key(attribute_name=range_key, key_type="RANGE"),
        ],
        projection_type=projection,
    )
