"""What keeps the list and the account's suppression list in agreement."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, Metric
from components.function import FunctionPlatform, PythonFunction, PythonFunctionArgs
from components.mailer import Mailer
from components.policies import read_suppression_list, use_table
from components.scheduler_role import scheduler_role
from components.subscriber_store import SubscriberStore

EVERY = "rate(6 hours)"
"""Events clean the list at once; this finds what other lists of the account have learned."""


@dataclass(frozen=True)
class HygieneArgs:
    platform: FunctionPlatform
    store: SubscriberStore
    mailer: Mailer
    alarms: Alarms


class Hygiene(pulumi.ComponentResource):
    """The function that takes over the account's suppression list, and its schedule."""

    def __init__(self, name: str, args: HygieneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Hygiene", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        store, mailer = args.store, args.mailer

        sync = PythonFunction(
            f"{name}-sync_suppression",
            PythonFunctionArgs(
                handler="sync_suppression",
                description="Takes over what is new on the account's suppression list",
                platform=args.platform,
                environment={"SUBSCRIBERS_TABLE": store.table_name, "CAMPAIGNS_TABLE": mailer.campaigns_table},
                statements=[
                    use_table(store.table_arn, "BatchGetItem", "UpdateItem"),
                    use_table(mailer.campaigns_table_arn, "GetItem", "PutItem"),
                    read_suppression_list(),
                ],
                timeout=300,
            ),
            child_opts,
        )
        aws.scheduler.Schedule(
            f"{name}-suppression",
            description="Takes over what is new on the account's suppression list",
            schedule_expression=EVERY,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=sync.arn, role_arn=scheduler_role(f"{name}-suppression-scheduler", child_opts, sync).arn
            ),
            opts=child_opts,
        )
        args.alarms.add(
            "suppression-unread",
            "The account's suppression list could not be read. The log of sync_suppression says why; the next run goes "
            "on where this one stopped.",
            Metric("AWS/Lambda", "Errors", {"FunctionName": sync.name}),
        )
        self.register_outputs({})
