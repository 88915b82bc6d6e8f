"""Whatever failed on every attempt: two queues for the whole stack, and an alarm on each."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, Metric

TWO_WEEKS = 14 * 24 * 3600
"""Seconds; the longest that SQS keeps a message."""


@dataclass(frozen=True)
class FailuresArgs:
    alarms: Alarms


class Failures(pulumi.ComponentResource):
    """The dead letters of every queue, and notices of failures without a message that could be tried again.

    They are kept apart because SQS can move dead letters back to the queues they came from, and would stop at a notice,
    which came from none (SQS API reference, StartMessageMoveTask).
    """

    dead_letters: pulumi.Output[str]
    """The ARN of the queue into which SQS moves a message after its last attempt."""
    notices: pulumi.Output[str]
    """The ARN of the queue that Lambda tells about background work, and changes of a table, that failed on every
    attempt."""

    def __init__(self, name: str, args: FailuresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Failures", name, None, opts)
        dead_letters, notices = (
            aws.sqs.Queue(
                f"{name}-{kind}",
                message_retention_seconds=TWO_WEEKS,
                sqs_managed_sse_enabled=True,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for kind in ("dead-letters", "failures")
        )
        args.alarms.add(
            "dead-letters",
            "Messages failed on every attempt and were set aside; each names the queue it came from. docs/runbook.md "
            "says how to look at them and how to replay them.",
            Metric.messages_in(dead_letters),
        )
        args.alarms.add(
            "failures",
            "Background work failed on every attempt: campaigns may have stopped, figures may be wrong, or a report is "
            "missing. Each notice names the function, whose log says why; docs/runbook.md says what to do about each.",
            Metric.messages_in(notices),
        )
        self.dead_letters, self.notices = dead_letters.arn, notices.arn
        self.register_outputs({})
