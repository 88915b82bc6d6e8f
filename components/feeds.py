"""Feeds whose new entries are emailed: what reads them, and what makes issues of them when their time has come."""

from dataclasses import dataclass, replace

import pulumi

from components.campaigns import Campaigns
from components.foundation import Foundation
from components.function import Functions
from components.grants import Grant, told
from components.packaging import Target
from components.policies import invoke, pass_role, use_schedules
from components.scheduling import scheduler_role
from contract import Env


@dataclass(frozen=True)
class FeedsArgs:
    """`code` is the bundle with the library that reads feeds."""

    code: pulumi.Archive
    campaigns: Campaigns


class Feeds(pulumi.ComponentResource):
    """A function that reads feeds and may do nothing else, and one that schedules start, which makes issues."""

    managing: list[Grant]
    """What a function needs that adds, changes and previews feeds, besides the records."""

    def __init__(
        self, name: str, base: Foundation, args: FeedsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("email-list:index:Feeds", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        private = {} if base.config.bundle_target == Target.aws() else {"FEEDS_MAY_BE_PRIVATE": "true"}
        reader = Functions(name, replace(base.platform, code=args.code), self).add(
            "read_feed", "Reads a feed at an address that an editor chose", uses=[told(private)], timeout=25, memory=512
        )
        reading = Grant({Env.FEED_READER_FUNCTION: reader.name}, [invoke(reader.arn)])
        sender = Functions(name, base.platform, self).add(
            "send_feed",
            "Makes a draft or a campaign of what is new in a feed",
            uses=[*args.campaigns.creating_at_once, base.storage.records.writer("DeleteItem"), reading],
            timeout=120,
            memory=512,
            in_background=True,
        )
        role = scheduler_role(f"{name}-feeds-scheduler", [sender], child_opts)
        group = args.campaigns.schedule_group
        self.managing = [
            reading,
            Grant(
                {
                    Env.FEED_SENDER_ARN: sender.arn,
                    Env.SCHEDULE_GROUP: group.name,
                    Env.SCHEDULE_ROLE: role.arn,
                },
                [
                    use_schedules(group.arn, "CreateSchedule", "UpdateSchedule", "DeleteSchedule"),
                    pass_role(role.arn, "scheduler.amazonaws.com"),
                ],
            ),
        ]
        self.register_outputs({"reader": reader.name})
