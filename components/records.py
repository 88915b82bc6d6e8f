"""Everything that lasts besides people: campaigns, ledgers, counters, templates, jobs, limits."""

from dataclasses import dataclass

import pulumi

from components.table import durable_table


@dataclass(frozen=True)
class RecordsArgs:
    """Whether the table is guarded against deletion, and whether anything reads its stream."""

    deletion_protection: bool
    streamed: bool


class Records(pulumi.ComponentResource):
    """The records table, in which each kind of record has keys of its own (`lambda_src/email_list/aws/`)."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str] | None
    """None unless the table is `streamed`."""

    def __init__(self, name: str, args: RecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Records", name, None, opts)

        table = durable_table(
            f"{name}-records",
            keys=["pk", "sk"],
            stream_view_type="NEW_AND_OLD_IMAGES" if args.streamed else None,
            deletion_protection=args.deletion_protection,
            parent=self,
        )

        self.table_name = table.name
        self.table_arn = table.arn
        self.stream_arn = table.stream_arn if args.streamed else None
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})
