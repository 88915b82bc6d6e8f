"""Where everything that must last is stored."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.table import Table, durable_table
from contract import ADDRESS_INDEX, DUE_INDEX, STATUS_INDEX, Env


@dataclass(frozen=True)
class StorageArgs:
    """Whether the tables are protected against deletion, and whether anything reads the streams of those that have
    none otherwise."""

    deletion_protection: bool
    records_streamed: bool


class Storage(pulumi.ComponentResource):
    """Three tables: people, where they stand in sequences, and records. Each kind of record has its own keys
    (`lambda_src/email_list/aws/`)."""

    people: Table
    """By address; with a stream, and with indexes by status and by the beginning of an address."""
    places: Table
    """By address and sequence; with an index by when the next email is due."""
    records: Table
    """Campaigns, ledgers, counters, templates, jobs, limits."""

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Storage", name, None, opts)

        self.people = durable_table(
            f"{name}-subscribers",
            Env.SUBSCRIBERS_TABLE,
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
        self.places = durable_table(
            f"{name}-places",
            Env.PLACES_TABLE,
            keys=["email", "sequence"],
            index_keys=["place_shard", "at"],
            indexes=[_index(DUE_INDEX, "place_shard", "at", "KEYS_ONLY")],
            stream_view_type="NEW_AND_OLD_IMAGES" if args.records_streamed else None,
            deletion_protection=args.deletion_protection,
            parent=self,
        )
        self.records = durable_table(
            f"{name}-records",
            Env.RECORDS_TABLE,
            keys=["pk", "sk"],
            stream_view_type="NEW_AND_OLD_IMAGES" if args.records_streamed else None,
            deletion_protection=args.deletion_protection,
            parent=self,
        )
        self.register_outputs({"people": self.people.name, "records": self.records.name})


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
