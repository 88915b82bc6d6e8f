"""Functions that EventBridge Scheduler starts, and the roles it uses to do so."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.function import PythonFunction
from components.policies import assume_for_account, invoke, policy_document


def scheduler_role(name: str, functions: Sequence[PythonFunction], opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """A role with which Scheduler may start these functions, and nothing else."""
    trust = assume_for_account("scheduler.amazonaws.com", functions[0].arn)
    role = aws.iam.Role(name, assume_role_policy=policy_document(trust), opts=opts)
    aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=policy_document(invoke(*(function.arn for function in functions))),
        opts=opts,
    )
    return role


def run_regularly(
    name: str,
    function: PythonFunction,
    expression: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    description: str,
    time_zone: str = "UTC",
    retries: int | None = None,
    role: aws.iam.Role | None = None,
) -> None:
    """Start a function on a schedule (EventBridge Scheduler's `rate(...)` or `cron(...)`, by a time zone's clocks).

    `retries` is how often Scheduler tries again if it could not start the function; by default as often as it likes,
    for a day. It uses `role`, or a role made for this schedule.
    """
    aws.scheduler.Schedule(
        name,
        description=description,
        schedule_expression=expression,
        schedule_expression_timezone=time_zone,
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.arn,
            role_arn=(role or scheduler_role(f"{name}-scheduler", [function], opts)).arn,
            retry_policy=(
                None if retries is None else aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_retry_attempts=retries)
            ),
        ),
        opts=opts,
    )
