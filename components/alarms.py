"""Alarms, and who is told about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric. `statistic` says how it is aggregated over five minutes."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statistic: str = "Sum"

    @classmethod
    def messages_in(cls, queue: aws.sqs.Queue) -> "Metric":
        """Messages that are waiting in a queue."""
        return cls("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue.name}, "Maximum")


@dataclass(frozen=True)
class AlarmsArgs:
    """`email` is told when an alarm goes off and when it is over; without it, alarms only show on the dashboard.

    `monthly_budget` is in US dollars, 0 for none, and needs `email`.
    """

    email: str | None
    monthly_budget: int = 0


class Alarms(pulumi.ComponentResource):
    """The alarms of a stack, and the topic that emails them to a person, who must first confirm an email from AWS."""

    arns: list[pulumi.Output[str]]
    """All alarms declared so far."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Alarms", name, None, opts)
        self._name = name
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self.arns = []
        self._actions: list[pulumi.Output[str]] | None = None
        if args.email:
            topic = aws.sns.Topic(f"{name}-alarms", opts=self._child_opts)
            aws.sns.TopicSubscription(
                f"{name}-alarms", topic=topic.arn, protocol="email", endpoint=args.email, opts=self._child_opts
            )
            self._actions = [topic.arn]
            if args.monthly_budget:
                self._budget(args.monthly_budget, args.email)
        self.register_outputs({})

    def _budget(self, dollars: int, email: str) -> None:
        """Tell somebody what the account spends: a stack's own costs could only be told apart by tags, which somebody
        would first have to activate for billing."""
        aws.budgets.Budget(
            f"{self._name}-month",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(dollars),
            limit_unit="USD",
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=[email],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
            opts=self._child_opts,
        )

    def add(
        self,
        name: str,
        description: str,
        metric: Metric,
        threshold: float = 0,
        missing: Literal["notBreaching", "ignore"] = "notBreaching",
    ) -> None:
        """An alarm that goes off when a metric exceeds its threshold for five minutes.

        `name` distinguishes it from the stack's other alarms; the description says what to do. `missing` says what the
        absence of data means: that all is well or, with `ignore`, that nothing has changed.
        """
        alarm = aws.cloudwatch.MetricAlarm(
            f"{self._name}-{name}",
            alarm_description=description,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions or None,
            statistic=metric.statistic,
            period=300,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            treat_missing_data=missing,
            alarm_actions=self._actions,
            ok_actions=self._actions,
            opts=self._child_opts,
        )
        self.arns.append(alarm.arn)
