"""What keeps the list and the account's suppression list in agreement."""

from dataclasses import dataclass

import pulumi

from components.alarms import Alarms, Metric
from components.function import FunctionPlatform, Functions
from components.policies import read_suppression_list, use_table
from components.records import Records
from components.scheduling import run_regularly
from components.subscriber_store import SubscriberStore

EVERY = "rate(6 hours)"
"""Events clean the list at once; this finds what other lists of the account have learned."""


@dataclass(frozen=True)
class HygieneArgs:
    platform: FunctionPlatform
    store: SubscriberStore
    records: Records
    alarms: Alarms


class Hygiene(pulumi.ComponentResource):
    """The function that takes over the account's suppression list, and its schedule."""

    def __init__(self, name: str, args: HygieneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Hygiene", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        store, records = args.store, args.records

        description = "Takes over what is new on the account's suppression list"
        sync = Functions(name, args.platform, child_opts).add(
            "sync_suppression",
            description,
            environment={"SUBSCRIBERS_TABLE": store.table_name, "RECORDS_TABLE": records.table_name},
            statements=[
                use_table(store.table_arn, "BatchGetItem", "UpdateItem"),
                use_table(records.table_arn, "GetItem", "PutItem"),
                read_suppression_list(),
            ],
            timeout=300,
        )
        run_regularly(f"{name}-suppression", sync, EVERY, child_opts, description=description)
        args.alarms.add(
            "suppression-unread",
            "The account's suppression list could not be read. The log of sync_suppression says why; the next run goes "
            "on where this one stopped.",
            Metric.failures_of(sync),
        )
        self.register_outputs({})
