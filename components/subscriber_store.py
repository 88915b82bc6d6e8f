"""Where subscribers are kept."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.table import durable_table

STATUS_INDEX = "by_status"


@dataclass(frozen=True)
class SubscriberStoreArgs:
    deletion_protection: bool


class SubscriberStore(pulumi.ComponentResource):
    """The subscribers table, its stream, and its index of subscribers by status and date."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SubscriberStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:SubscriberStore", name, None, opts)

        table = durable_table(
            f"{name}-subscribers",
            keys=["email"],
            index_keys=["status", "subscribed_date"],
            indexes=[
                aws.dynamodb.TableGlobalSecondaryIndexArgs(
                    name=STATUS_INDEX,
                    key_schemas=[
                        aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name="status", key_type="HASH"),
                        aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                            attribute_name="subscribed_date", key_type="RANGE"
                        ),
                    ],
                    projection_type="ALL",
                )
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
