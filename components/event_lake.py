"""The event lake: what happened to emails, and the state of list and campaigns each day, in S3 for Athena to query."""

import re
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.bucket import forget, private_bucket
from components.foundation import Foundation
from components.function import Functions
from components.grants import Grant
from components.policies import assume_by, policy_document, put_records, store_in_lake
from components.scheduling import run_regularly
from components.work_queue import FEWEST_WORKERS, WorkQueue, WorkQueueArgs
from contract import Env

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "mail_events": {
        "event_id": "string",
        "kind": "string",
        "happened_at": "timestamp",
        "sent_at": "timestamp",
        "campaign": "string",
        "recipient": "string",
        "permanent": "boolean",
        "machine": "boolean",
        "link": "string",
    },
    "growth": {
        "taken_at": "timestamp",
        "happened_on": "date",
        "kind": "string",
        "detail": "string",
        "amount": "bigint",
    },
    "campaigns": {
        "taken_at": "timestamp",
        "campaign": "string",
        "subject": "string",
        "status": "string",
        "started_at": "timestamp",
        **dict.fromkeys(("planned", "sent", "failed", "skipped", "unknown", "delivered"), "bigint"),
        **dict.fromkeys(("bounced", "complained", "opened", "clicked", "unsubscribed", "tracked"), "bigint"),
    },
}
"""The tables of the lake and their columns; the rows come from `email_list.figures.lake`."""

DAYS_KEPT = 800
QUERY_RESULTS_KEPT = 7
FIRST_DAY = "2026-01-01"

MAX_SCAN = 10 * 1024**3
"""Bytes that one query may read; Athena bills by the terabyte."""

NOTING = WorkQueueArgs(
    timeout=60, batch_size=500, batching_window=30, concurrency=FEWEST_WORKERS, partial_failures=True
)
SNAPSHOT_AT = "cron(30 2 * * ? *)"
"""UTC; QuickSight refreshes its data sets after it."""


class EventLake(pulumi.ComponentResource):
    """A bucket, a Firehose stream and a Glue table for each kind of row, and an Athena workgroup.

    `mail_topic` is the ARN of the topic to which SES publishes its events. Addresses are not stored here: rows identify
    people by a keyed hash.
    """

    database: pulumi.Output[str]
    database_arn: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    workgroup: pulumi.Output[str]
    workgroup_arn: pulumi.Output[str]
    tables: list[aws.glue.CatalogTable]
    queue: WorkQueue

    def __init__(
        self, name: str, base: Foundation, mail_topic: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("email-list:index:EventLake", name, None, opts)
        self._name = name
        self._base = base
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, base.platform, self)

        self._bucket = private_bucket(
            f"{name}-lake",
            rules=[
                *(forget(table, f"{table}/", DAYS_KEPT) for table in COLUMNS),
                forget("failures", "failures/", QUERY_RESULTS_KEPT),
                forget("query-results", "query-results/", QUERY_RESULTS_KEPT),
            ],
            precious=base.config.deletion_protection,
            parent=self,
        )
        database = aws.glue.CatalogDatabase(
            f"{name}-lake",
            name=re.sub(r"[^a-z0-9]+", "_", name),
            description="Events and daily snapshots of an email list",
            opts=self._child_opts,
        )
        self._role = self._delivery_role()
        streams = {table: self._stream(table) for table in COLUMNS}
        self.tables = [self._table(table, database) for table in COLUMNS]
        workgroup = self._workgroup()

        self.queue = self._record_events(mail_topic, streams["mail_events"])
        self._take_snapshots(streams["growth"], streams["campaigns"])

        self.database, self.database_arn = database.name, database.arn
        self.bucket_arn = self._bucket.arn
        self.workgroup, self.workgroup_arn = workgroup.name, workgroup.arn
        self.register_outputs({"database": self.database, "workgroup": self.workgroup})

    def _delivery_role(self) -> aws.iam.Role:
        """The role with which Firehose stores rows."""
        role = aws.iam.Role(
            f"{self._name}-lake-delivery",
            assume_role_policy=policy_document(assume_by("firehose.amazonaws.com")),
            opts=self._child_opts,
        )
        aws.iam.RolePolicy(
            f"{self._name}-lake-delivery-policy",
            role=role.name,
            policy=policy_document(*store_in_lake(self._bucket.arn, (*COLUMNS, "failures"))),
            opts=self._child_opts,
        )
        return role

    def _stream(self, table: str) -> aws.kinesis.FirehoseDeliveryStream:
        return aws.kinesis.FirehoseDeliveryStream(
            f"{self._name}-{table}",
            destination="extended_s3",
            server_side_encryption=aws.kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(enabled=True),
            extended_s3_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
                role_arn=self._role.arn,
                bucket_arn=self._bucket.arn,
                prefix=f"{table}/dt=!{{timestamp:yyyy-MM-dd}}/",
                error_output_prefix="failures/!{firehose:error-output-type}/",
                compression_format="GZIP",
                # Few, large files: Athena reads them faster, and S3 charges per file.
                buffering_interval=900,
                buffering_size=64,
            ),
            opts=self._child_opts,
        )

    def _table(self, table: str, database: aws.glue.CatalogDatabase) -> aws.glue.CatalogTable:
        """A table whose partitions, the days, Athena knows without a crawler (Athena guide, "partition projection")."""
        columns = [
            aws.glue.CatalogTableStorageDescriptorColumnArgs(name=name, type=type_)
            for name, type_ in COLUMNS[table].items()
        ]
        return aws.glue.CatalogTable(
            f"{self._name}-{table}",
            name=table,
            database_name=database.name,
            table_type="EXTERNAL_TABLE",
            partition_keys=[aws.glue.CatalogTablePartitionKeyArgs(name="dt", type="date")],
            parameters={
                "classification": "json",
                "compressionType": "gzip",
                "projection.enabled": "true",
                "projection.dt.type": "date",
                "projection.dt.format": "yyyy-MM-dd",
                "projection.dt.range": f"{FIRST_DAY},NOW",
                "storage.location.template": pulumi.Output.concat(
                    "s3://", self._bucket.bucket, f"/{table}/dt=${{dt}}/"
                ),
            },
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                columns=columns,
                location=pulumi.Output.concat("s3://", self._bucket.bucket, f"/{table}/"),
                input_format="org.apache.hadoop.mapred.TextInputFormat",
                output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library="org.openx.data.jsonserde.JsonSerDe",
                    parameters={"ignore.malformed.json": "true"},
                ),
            ),
            opts=self._child_opts,
        )

    def _workgroup(self) -> aws.athena.Workgroup:
        return aws.athena.Workgroup(
            f"{self._name}-lake",
            description="Queries of the event lake",
            force_destroy=True,
            configuration=aws.athena.WorkgroupConfigurationArgs(
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=MAX_SCAN,
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=pulumi.Output.concat("s3://", self._bucket.bucket, "/query-results/"),
                    encryption_configuration=aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
            opts=self._child_opts,
        )

    def _record_events(self, mail_topic: pulumi.Input[str], stream: aws.kinesis.FirehoseDeliveryStream) -> WorkQueue:
        """Send SES's events here as well, separately from the queue that cleans the list."""
        name, base = self._name, self._base
        queue = WorkQueue(f"{name}-lake-events", None, NOTING, base.platform.failures, self)
        queue.subscribe(mail_topic)
        queue.feed(
            self._functions.add(
                "lake_events",
                "Writes SES's events to the event lake, without addresses",
                uses=[_filler(Env.EVENTS_STREAM, stream), queue.receiver(), base.secrets.link_keys.reader()],
                timeout=NOTING.timeout,
                memory=512,
            )
        )
        return queue

    def _take_snapshots(
        self, growth: aws.kinesis.FirehoseDeliveryStream, campaigns: aws.kinesis.FirehoseDeliveryStream
    ) -> None:
        """Write the state of list and campaigns to the lake once a day."""
        name, base = self._name, self._base
        function = self._functions.add(
            "lake_snapshot",
            "Writes daily figures to the event lake",
            uses=[
                base.storage.records.reader("BatchGetItem", "Query"),
                _filler(Env.GROWTH_STREAM, growth),
                _filler(Env.CAMPAIGNS_STREAM, campaigns),
            ],
            timeout=NOTING.timeout,
            memory=512,
            in_background=True,
        )
        run_regularly(
            f"{name}-lake-snapshot",
            function,
            SNAPSHOT_AT,
            self._child_opts,
            description="Writes daily figures to the event lake",
        )


def _filler(variable: Env, stream: aws.kinesis.FirehoseDeliveryStream) -> Grant:
    """Put rows into one stream of the lake."""
    return Grant({variable: stream.name}, [put_records(stream.arn)])
