"""Work that one function leaves for another."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.failures import Failures
from components.function import PythonFunction
from components.grants import Grant, allowed
from components.policies import (
    Statement,
    delay_work,
    deny_plain_http,
    measure_queue,
    policy_document,
    put_work,
    receive_notices,
    take_work,
)
from contract import Env

WEEK_IN_SECONDS = 7 * 24 * 3600
FEWEST_WORKERS = 2
"""The lowest limit that Lambda allows for a queue (ScalingConfig). A new account runs ten functions at once (Lambda
quotas); work that can wait must leave some of them to people who cannot."""


@dataclass(frozen=True)
class WorkQueueArgs:
    """How the function behind the queue works.

    `timeout` is that function's, in seconds; `batch_size` is how many messages it takes at once; `attempts` is how
    often a message is tried before it is put aside. `redelivery_after` is how many seconds a message stays invisible;
    by default six times the timeout, as the Lambda guide asks, so that no message is seen twice at once.

    `concurrency` is how many instances of it may run for this queue at once, at least `FEWEST_WORKERS`. Only queues
    that one act fills with thousands of messages have such a limit: with it, five of Lambda's pollers watch an idle
    queue, without it as few as two (Lambda developer guide, "Configuring scaling behavior for SQS event source
    mappings"), and SQS charges for each poll.
    """

    timeout: int
    batch_size: int = 1
    batching_window: int = 0
    concurrency: int | None = None
    attempts: int = 5
    partial_failures: bool = False
    redelivery_after: int | None = None


class WorkQueue:
    """An SQS queue and, once fed, a Lambda function behind it. What cannot be processed joins the stack's dead letters.

    Functions that leave work know it as `variable`; None if none does.
    """

    name: str
    queue_name: pulumi.Output[str]
    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, variable: Env | None, args: WorkQueueArgs, failures: Failures, parent: pulumi.Resource
    ) -> None:
        self.name = name
        self._variable = variable
        self._args = args
        self._parent = parent
        self._opts = pulumi.ResourceOptions(parent=parent)

        queue = aws.sqs.Queue(
            name,
            visibility_timeout_seconds=args.redelivery_after or 6 * args.timeout,
            message_retention_seconds=WEEK_IN_SECONDS,
            sqs_managed_sse_enabled=True,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": failures.dead_letters, "maxReceiveCount": args.attempts}
            ),
            opts=self._opts,
        )
        self.queue_name = queue.name
        self.url = queue.url
        self.arn = queue.arn

    def sender(self) -> Grant:
        """Put work on the queue."""
        return self._grant(put_work(self.arn))

    def receiver(self) -> Grant:
        """Be fed from the queue."""
        return allowed(take_work(self.arn))

    def meter(self) -> Grant:
        """Read how much work is waiting."""
        return self._grant(measure_queue(self.arn))

    def delayer(self) -> Grant:
        """Decide when a failed message comes back."""
        return self._grant(delay_work(self.arn))

    def _grant(self, statement: Statement) -> Grant:
        return Grant({self._variable: self.url} if self._variable else {}, [statement])

    def subscribe(self, topic_arn: pulumi.Input[str]) -> None:
        """Let what is published to an SNS topic into the queue, exactly as it was published."""
        may_receive = self.accept_notices(self.name, "sns.amazonaws.com", topic_arn)
        aws.sns.TopicSubscription(
            self.name,
            topic=topic_arn,
            protocol="sqs",
            endpoint=self.arn,
            raw_message_delivery=True,
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=[may_receive]),
        )

    def accept_notices(self, name: str, service: str, source_arn: pulumi.Input[str]) -> aws.sqs.QueuePolicy:
        """Let an AWS service put messages into the queue on behalf of one resource, and nobody without TLS."""
        policy = policy_document(receive_notices(service, self.arn, source_arn), deny_plain_http("sqs:*", self.arn))
        return aws.sqs.QueuePolicy(name, queue_url=self.url, policy=policy, opts=self._opts)

    def feed(self, function: PythonFunction) -> None:
        """Let Lambda pass the queue's messages to a function, whose role must allow receiving them."""
        aws.lambda_.EventSourceMapping(
            self.name,
            event_source_arn=self.arn,
            function_name=function.name,
            batch_size=self._args.batch_size,
            maximum_batching_window_in_seconds=self._args.batching_window or None,
            function_response_types=["ReportBatchItemFailures"] if self._args.partial_failures else None,
            scaling_config=(
                aws.lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=self._args.concurrency)
                if self._args.concurrency
                else None
            ),
            opts=self._opts,
        )
