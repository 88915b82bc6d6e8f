"""The campaign engine: plans campaigns, sends them batch by batch, and learns from SES what became of each mail."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, Metric
from components.config import ListConfig
from components.function import WHOLE_PROCESSOR, FunctionPlatform, Functions, PythonFunction
from components.mailer import Mailer
from components.policies import (
    Statement,
    allow_publishing,
    invoke,
    measure_queue,
    pass_role,
    policy_document,
    put_work,
    query_index,
    read_parameter,
    read_sending_limits,
    take_work,
    use_schedules,
    use_table,
    use_templates,
)
from components.records import Records
from components.scheduling import run_regularly, scheduler_role
from components.secrets import Secrets
from components.subscriber_store import SubscriberStore
from components.work_queue import WorkQueue, WorkQueueArgs
from contract import METRICS, STATUS_INDEX, OwnMetric

ALWAYS_PUBLISHED = (
    *("SEND", "REJECT", "RENDERING_FAILURE"),  # whether a mail that SES accepted was sent
    *("BOUNCE", "COMPLAINT", "DELIVERY_DELAY", "SUBSCRIPTION"),  # what happened to few mails
)
DELIVERY = ("DELIVERY",)
ENGAGEMENT = ("OPEN", "CLICK")
"""Types of events, in three lots because of what they cost and do: with a destination for `ENGAGEMENT` SES adds an
image to every mail and rewrites its links (API reference, TrackingConfigurationOverrides)."""


@dataclass(frozen=True)
class CampaignsArgs:
    """`public_url` is the address of the HTTP API, which links in mails lead to."""

    config: ListConfig
    platform: FunctionPlatform
    store: SubscriberStore
    mailer: Mailer
    records: Records
    secrets: Secrets
    alarms: Alarms
    public_url: pulumi.Input[str]


class Campaigns(pulumi.ComponentResource):
    """Queues, functions, schedules and alarms of the engine.

    `desk_environment` and `desk_statements` are what a function needs that creates campaigns; one that steers them
    needs `steering_statements` besides.
    """

    send_newsletter: PythonFunction
    queues: list[WorkQueue]
    mail_topic: pulumi.Output[str]
    """The ARN of the topic to which SES publishes its events."""
    desk_environment: dict[str, pulumi.Input[str]]
    desk_statements: list[Statement]
    steering_statements: list[Statement]

    def __init__(self, name: str, args: CampaignsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Campaigns", name, None, opts)
        self._name = name
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, args.platform, self._child_opts)
        config, store, mailer, records = args.config, args.store, args.mailer, args.records
        # A worker has ten batches under way and mostly waits, so that few workers reach a high rate at little cost.
        # A message that comes back early is harmless here, and its batch is not held up by a dead worker for long.
        self._sending = WorkQueueArgs(
            timeout=60,
            redelivery_after=90,
            batch_size=10,
            concurrency=config.send_concurrency,
            partial_failures=True,
        )
        # Events of the same ledger row that come together are written together: large batches and few writers are
        # cheap. A batch of a thousand events has some 3 MB; Lambda hands over fewer where it had more than 6.
        self._noting = WorkQueueArgs(timeout=60, batch_size=1000, batching_window=10, partial_failures=True)
        batches = WorkQueue(f"{name}-batches", self._sending, self._child_opts)
        events = WorkQueue(f"{name}-mail-events", self._noting, self._child_opts)
        self.queues = [batches, events]

        letters: dict[str, pulumi.Input[str]] = {
            "PUBLIC_URL": args.public_url,
            "CONFIGURATION_SET": mailer.configuration_set,
            "TEMPLATE_PREFIX": mailer.template_prefix,
            **args.secrets.link_keys.environment("LINK_KEYS_PARAMETER"),
        }
        people: dict[str, pulumi.Input[str]] = {"SUBSCRIBERS_TABLE": store.table_name}
        ledger: dict[str, pulumi.Input[str]] = {"RECORDS_TABLE": records.table_name}
        engine: dict[str, pulumi.Input[str]] = {
            "SETTLEMENT_GRACE_SECONDS": str(config.settlement_grace_seconds),
            "SCHEDULE_LATENESS_MINUTES": str(config.schedule_lateness_minutes),
        }

        planner = self._functions.add(
            "plan_campaign",
            "Freezes a campaign's audience into batches",
            timeout=300,
            memory=WHOLE_PROCESSOR,
            works_in_turns=True,
            environment={**people, **ledger, **engine, "BATCH_QUEUE": batches.url},
            statements=[
                query_index(store.table_arn, STATUS_INDEX),
                use_table(records.table_arn, "BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                put_work(batches.arn),
                read_sending_limits(),
                # It goes on in a fresh invocation of itself; a policy cannot name a function that waits for it.
                invoke(records.table_arn.apply(lambda arn: _function_arns(arn, f"{name}-plan_campaign-*"))),
            ],
        )
        batches.feed(
            self._functions.add(
                "send_batch",
                "Sends batches of campaigns",
                timeout=self._sending.timeout,
                memory=1024,
                works_in_turns=True,
                environment={**people, **ledger, **letters, **engine, "BATCH_QUEUE": batches.url},
                statements=[
                    use_table(store.table_arn, "BatchGetItem"),
                    use_table(records.table_arn, "BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                    put_work(batches.arn),
                    take_work(batches.arn),
                    *mailer.send_templates,
                    read_sending_limits(),
                    read_parameter(args.secrets.link_keys.arn),
                ],
            )
        )
        events.feed(
            self._functions.add(
                "record_event",
                "Notes what SES says about mails, cleans the list, and stops campaigns that do harm",
                timeout=self._noting.timeout,
                memory=512,
                environment={
                    **people,
                    **ledger,
                    "TEMPLATE_PREFIX": mailer.template_prefix,
                    "DEAD_LETTERS": events.dead_letters.url,
                    "MAX_BOUNCE_PERCENT": str(config.max_bounce_percent),
                    "MAX_COMPLAINT_PERCENT": str(config.max_complaint_percent),
                    "RATE_MINIMUM_MAILS": str(config.rate_minimum_mails),
                    **(
                        {"SOFT_BOUNCES_IN_A_ROW": str(config.transient_bounces_allowed)}
                        if config.delivery_events
                        else {}
                    ),
                },
                statements=[
                    use_table(store.table_arn, "BatchGetItem", "UpdateItem"),
                    use_table(records.table_arn, "BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                    take_work(events.arn),
                    put_work(events.dead_letters.arn),
                ],
            )
        )
        sweeper = self._functions.add(
            "sweep_campaigns",
            "Sets campaigns going that stand still",
            timeout=300,
            environment={**ledger, **engine, "BATCH_QUEUE": batches.url, "PLANNER_FUNCTION": planner.name},
            statements=[
                use_table(records.table_arn, "BatchGetItem", "GetItem", "UpdateItem", "DeleteItem", "Query"),
                put_work(batches.arn),
                measure_queue(batches.arn),
                read_sending_limits(),
                invoke(planner.arn),
            ],
        )

        group = aws.scheduler.ScheduleGroup(f"{name}-campaigns", opts=self._child_opts)
        role = scheduler_role(f"{name}-scheduler", planner, self._child_opts)
        minutes = max(1, config.settlement_grace_seconds // 60)
        run_regularly(
            f"{name}-sweep",
            sweeper,
            f"rate({minutes} minute{'s' if minutes > 1 else ''})",
            self._child_opts,
            description="Sets campaigns going that stand still",
        )
        self._publish_events(events)
        self._alarms(planner, sweeper)

        self.desk_environment = {
            **ledger,
            **letters,
            **engine,
            "PLANNER_FUNCTION": planner.name,
            "PLANNER_ARN": planner.arn,
            "SCHEDULE_GROUP": group.name,
            "SCHEDULE_ROLE": role.arn,
        }
        self.desk_statements = [
            use_table(records.table_arn, "GetItem", "PutItem", "Query"),
            use_templates(mailer.template_arn, "CreateEmailTemplate", "DeleteEmailTemplate", "TestRenderEmailTemplate"),
            invoke(planner.arn),
            use_schedules(group.arn, "CreateSchedule"),
            pass_role(role.arn, "scheduler.amazonaws.com"),
            read_parameter(args.secrets.link_keys.arn),
        ]
        self.steering_statements = [
            use_table(records.table_arn, "BatchGetItem", "UpdateItem"),
            use_schedules(group.arn, "DeleteSchedule"),
        ]
        self.send_newsletter = self._functions.add(
            "send_newsletter",
            "Sends a newsletter to every active subscriber, for operators",
            timeout=60,
            environment=self.desk_environment,
            statements=self.desk_statements,
        )
        self.register_outputs({"send_newsletter": self.send_newsletter.name})

    def _publish_events(self, events: WorkQueue) -> None:
        """Let SES's events of this list's mails come into the queue."""
        name, mailer = self._name, self._args.mailer
        topic = aws.sns.Topic(f"{name}-mail-events", opts=self._child_opts)
        self.mail_topic = topic.arn
        may_publish = aws.sns.TopicPolicy(
            f"{name}-mail-events",
            arn=topic.arn,
            policy=policy_document(allow_publishing("ses.amazonaws.com", topic.arn, mailer.configuration_set_arn)),
            opts=self._child_opts,
        )
        events.subscribe(topic.arn)
        aws.sesv2.ConfigurationSetEventDestination(
            f"{name}-mail-events",
            configuration_set_name=mailer.configuration_set,
            event_destination_name="mail-events",
            event_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationArgs(
                enabled=True,
                matching_event_types=_event_types(self._args.config),
                sns_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationSnsDestinationArgs(
                    topic_arn=topic.arn
                ),
            ),
            # SES tries whether it may publish when the destination is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_publish]),
        )

    def _alarms(self, planner: PythonFunction, sweeper: PythonFunction) -> None:
        """What a person must look at: an account that may not send, a campaign that does harm, work that fails."""
        for name, function in (("planning-fails", planner), ("sweeping-fails", sweeper)):
            self._args.alarms.add(
                name,
                "Campaigns may stand still: a function in the background fails. Its log says why; once that is mended, "
                "the sweeper sets every campaign going again by itself.",
                Metric.failures_of(function),
            )
        self._args.alarms.add(
            "campaigns-stopped",
            "Amazon SES takes no mail of a campaign: sending is suspended or misconfigured. The campaign's reason says "
            "what to do; resume it afterwards.",
            Metric(METRICS, OwnMetric.STOPPED, {"Stack": self._name}),
        )
        self._args.alarms.add(
            "campaigns-harmful",
            "A campaign has paused itself because too many of its mails bounced or were reported as spam. Its reason "
            "gives the numbers and says what to do. Resume or cancel it; do not start another to the same people.",
            Metric(METRICS, OwnMetric.HARMFUL, {"Stack": self._name}),
        )


def _event_types(config: ListConfig) -> list[str]:
    """The types of events that SES publishes for this list's mails."""
    return [
        *ALWAYS_PUBLISHED,
        *(DELIVERY if config.delivery_events else ()),
        *(ENGAGEMENT if config.track_engagement else ()),
    ]


def _function_arns(arn: str, pattern: str) -> str:
    """Functions in the region and account of `arn`."""
    partition, _, region, account = arn.split(":")[1:5]
    return f"arn:{partition}:lambda:{region}:{account}:function:{pattern}"
