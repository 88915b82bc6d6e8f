"""Sequences: where people stand in them, the function that sends what is due, and what wakes it.

Nothing here runs by itself: what lets somebody in, and the function itself, set a one-time schedule for the minute in
which the next email is due.
"""

import pulumi
import pulumi_aws as aws

from components.foundation import Foundation
from components.function import Functions
from components.grants import Grant, allowed, told
from components.policies import (
    assume_for_account,
    invoke,
    invoke_itself,
    pass_role,
    policy_document,
    read_sending_limits,
    use_schedules,
)
from contract import DUE_INDEX, Env


class Sequences(pulumi.ComponentResource):
    """The function that sends what is due, and its schedules."""

    starting: Grant
    """Start the function."""
    waking: Grant
    """Have the function started at a moment to come."""

    def __init__(self, name: str, base: Foundation, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Sequences", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        records, places = base.storage.records, base.storage.places
        group = aws.scheduler.ScheduleGroup(f"{name}-sequences", opts=child_opts)
        trust = assume_for_account("scheduler.amazonaws.com", places.arn)
        role = aws.iam.Role(f"{name}-alarms", assume_role_policy=policy_document(trust), opts=child_opts)
        scheduling = Grant(
            {Env.ALARM_GROUP: group.name, Env.ALARM_ROLE: role.arn},
            [use_schedules(group.arn, "CreateSchedule"), pass_role(role.arn, "scheduler.amazonaws.com")],
        )
        runner = Functions(name, base.platform, self).add(
            "run_sequences",
            "Sends what is due in sequences",
            uses=[
                told(base.config.engine_environment),
                base.gateway.address,
                base.secrets.link_keys.reader(),
                base.storage.people.reader("BatchGetItem"),
                records.writer("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"),
                places.reader("Query", index=DUE_INDEX),
                places.writer("BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"),
                base.mailer.template_sender,
                base.mailer.templates("DeleteEmailTemplate"),
                scheduling,
                allowed(
                    use_schedules(group.arn, "DeleteSchedule"),
                    read_sending_limits(),
                    invoke_itself(f"{name}-run_sequences", records.arn),
                ),
            ],
            timeout=300,
            memory=1024,
            in_background=True,
            works_in_turns=True,
        )
        aws.iam.RolePolicy(
            f"{name}-alarms-policy", role=role.name, policy=policy_document(invoke(runner.arn)), opts=child_opts
        )
        self.starting = Grant({Env.RUNNER_FUNCTION: runner.name}, [invoke(runner.arn)])
        self.waking = Grant({Env.RUNNER_ARN: runner.arn, **scheduling.environment}, scheduling.statements)
        self.register_outputs({})
