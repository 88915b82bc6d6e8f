"""The campaign engine: plans campaigns, sends them batch by batch, and learns from SES what became of each email."""

from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.archive import Archive
from components.foundation import Foundation
from components.function import WHOLE_PROCESSOR, Functions, PythonFunction
from components.grants import Grant, allowed, told
from components.policies import (
    allow_publishing,
    deny_plain_http,
    invoke,
    invoke_itself,
    pass_role,
    policy_document,
    read_recommendations,
    read_sending_limits,
    read_suppression_list,
    use_schedules,
)
from components.scheduling import run_regularly, scheduler_role
from components.secrets import secret_parameter
from components.work_queue import WorkQueue, WorkQueueArgs
from contract import STATUS_INDEX, Env

ALWAYS_PUBLISHED = (
    *("SEND", "REJECT", "RENDERING_FAILURE"),  # whether an email that SES accepted was sent
    *("BOUNCE", "COMPLAINT", "DELIVERY_DELAY", "SUBSCRIPTION"),  # what happened to few emails
)
DELIVERY = ("DELIVERY",)
ENGAGEMENT = ("OPEN", "CLICK")
"""Types of events, in three groups by cost and effect: with a destination for `ENGAGEMENT`, SES adds an image to every
email and rewrites its links (API reference, TrackingConfigurationOverrides)."""


NOTING = WorkQueueArgs(timeout=60, batch_size=1000, batching_window=10, partial_failures=True)
"""How events are consumed. Events for the same ledger row that arrive together are written together, so large batches
and few writers are cheap. A batch of a thousand events is some 3 MB; Lambda passes fewer if they exceed 6 MB."""


CHECKING = "Checks the sender's DNS records and what Amazon SES says about the account"
CHECKED_EVERY = "rate(1 day)"

SYNCING = "Copies what is new on the account's suppression list"
SYNCED_EVERY = "rate(6 hours)"
"""Events clean the list at once; this finds what other lists in the account have learned."""


class Campaigns(pulumi.ComponentResource):
    """The engine's queues, functions and schedules."""

    send_newsletter: PythonFunction
    deliverability: PythonFunction
    """Answers requests, too."""
    queues: list[WorkQueue]
    mail_topic: pulumi.Output[str]
    """The ARN of the topic to which SES publishes its events."""
    schedule_group: aws.scheduler.ScheduleGroup
    """Whatever is scheduled in it goes with the stack."""
    creating_at_once: list[Grant]
    """What a function needs that creates campaigns which start at once."""
    creating: list[Grant]
    """What a function that creates campaigns needs."""
    steering: list[Grant]
    """What it needs in addition to change their course."""

    def __init__(
        self, name: str, base: Foundation, archive: Archive | None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("email-list:index:Campaigns", name, None, opts)
        self._name = name
        self._base = base
        self._archive = archive
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, base.platform, self)
        self._people, self._records = base.storage.people, base.storage.records
        self._engine = told(base.config.engine_environment)
        self._letters = [base.gateway.address, base.secrets.link_keys.reader()]

        # A worker has ten batches in flight and mostly waits, so a few workers reach a high rate at little cost. A
        # message that returns early does no harm here, and a dead worker does not hold up its batch for long.
        self._sending = WorkQueueArgs(
            timeout=60,
            redelivery_after=90,
            batch_size=10,
            concurrency=base.config.send_concurrency,
            partial_failures=True,
        )
        self._batches = WorkQueue(f"{name}-batches", Env.BATCHES_QUEUE, self._sending, base.platform.failures, self)
        # As many functions consume events as send: each keeps up with what one sender causes.
        noting = replace(NOTING, concurrency=base.config.send_concurrency)
        self._events = WorkQueue(f"{name}-mail-events", None, noting, base.platform.failures, self)
        self.queues = [self._batches, self._events]

        planner = self._planner()
        self._starting = Grant({Env.PLANNER_FUNCTION: planner.name}, [invoke(planner.arn)])
        self._sender()
        self._recorder()
        sweeper, sync = self._sweeper(), self._suppression_sync()
        self.deliverability = self._checkup()
        schedules = self._schedules(planner, sweeper, sync)
        self._publish_events()

        templates = ("CreateEmailTemplate", "DeleteEmailTemplate", "TestRenderEmailTemplate")
        self.creating_at_once = [
            self._engine,
            *self._letters,
            self._records.writer("GetItem", "PutItem"),
            base.mailer.templates(*templates),
            self._starting,
            told(schedules.environment),
            *([archive.writer("PutObject")] if archive else []),
        ]
        self.creating = [*self.creating_at_once, self._records.reader("Query"), schedules]
        self.steering = [
            # An edited campaign's old web version goes with the edit.
            *([archive.writer("DeleteObject")] if archive else []),
            self._records.writer("BatchGetItem", "UpdateItem"),
            allowed(use_schedules(self.schedule_group.arn, "DeleteSchedule")),
        ]
        self.send_newsletter = self._functions.add(
            "send_newsletter",
            "Sends a newsletter to every active subscriber, for operators",
            uses=self.creating,
            timeout=60,
        )
        self.register_outputs({"send_newsletter": self.send_newsletter.name})

    def _planner(self) -> PythonFunction:
        return self._functions.add(
            "plan_campaign",
            "Freezes a campaign's audience into batches",
            uses=[
                self._engine,
                self._people.reader("Query", index=STATUS_INDEX),
                self._records.writer("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                self._batches.sender(),
                allowed(read_sending_limits(), invoke_itself(f"{self._name}-plan_campaign", self._records.arn)),
            ],
            timeout=300,
            memory=WHOLE_PROCESSOR,
            in_background=True,
            works_in_turns=True,
        )

    def _sender(self) -> None:
        self._batches.feed(
            self._functions.add(
                "send_batch",
                "Sends batches of campaigns",
                uses=[
                    self._engine,
                    *self._letters,
                    self._people.reader("BatchGetItem"),
                    self._records.writer("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                    self._batches.receiver(),
                    self._batches.sender(),
                    self._base.mailer.template_sender,
                    allowed(read_sending_limits()),
                ],
                timeout=self._sending.timeout,
                memory=1024,
                works_in_turns=True,
            )
        )

    def _recorder(self) -> None:
        self._events.feed(
            self._functions.add(
                "record_event",
                "Records what SES reports about emails, cleans the list, and stops harmful campaigns",
                uses=[
                    told(self._base.config.cleaning_environment),
                    self._people.writer("BatchGetItem", "UpdateItem"),
                    self._records.writer("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Query"),
                    self._events.receiver(),
                ],
                timeout=NOTING.timeout,
                memory=512,
            )
        )

    def _sweeper(self) -> PythonFunction:
        return self._functions.add(
            "sweep_campaigns",
            "Restarts stalled campaigns",
            uses=[
                self._engine,
                self._records.writer("BatchGetItem", "GetItem", "UpdateItem", "DeleteItem", "Query"),
                self._batches.sender(),
                self._batches.meter(),
                self._starting,
                self._base.mailer.templates("DeleteEmailTemplate"),
                allowed(read_sending_limits()),
            ],
            timeout=300,
            in_background=True,
        )

    def _suppression_sync(self) -> PythonFunction:
        return self._functions.add(
            "sync_suppression",
            SYNCING,
            uses=[
                self._people.writer("BatchGetItem", "UpdateItem"),
                self._records.writer("GetItem", "PutItem"),
                allowed(read_suppression_list()),
            ],
            timeout=300,
            in_background=True,
        )

    def _checkup(self) -> PythonFunction:
        base = self._base
        own_names = base.config.link_domain or base.config.tracking_domain
        credentials = base.config.postmaster_credentials
        gmail: list[Grant] = []
        if credentials is not None:
            secret = secret_parameter(
                f"{self._name}-postmaster",
                Env.POSTMASTER_PARAMETER,
                "Credentials for Gmail's Postmaster Tools",
                credentials,
                self._child_opts,
            )
            # Campaigns may be paused for what Gmail says.
            gmail = [secret.reader(), self._records.writer("UpdateItem")]
        return self._functions.add(
            "deliverability",
            CHECKING,
            uses=[
                base.gateway.address,
                told(base.config.warm_up_environment),
                self._records.writer("BatchGetItem", "GetItem", "PutItem", "Query"),
                base.mailer.identity_reader,
                allowed(read_sending_limits(), read_recommendations()),
                *([base.dns.reader(self._records.arn)] if own_names else []),
                *gmail,
            ],
            timeout=30,
            memory=512,
            in_background=True,
        )

    def _schedules(self, planner: PythonFunction, sweeper: PythonFunction, sync: PythonFunction) -> Grant:
        """Sweep, sync and check regularly; returns what lets a function schedule the start of a campaign."""
        self.schedule_group = aws.scheduler.ScheduleGroup(f"{self._name}-campaigns", opts=self._child_opts)
        role = scheduler_role(
            f"{self._name}-scheduler", [planner, sweeper, sync, self.deliverability], self._child_opts
        )
        minutes = max(1, self._base.config.settlement_grace_seconds // 60)
        run_regularly(
            f"{self._name}-sweep",
            sweeper,
            f"rate({minutes} minute{'s' if minutes > 1 else ''})",
            self._child_opts,
            description="Restarts stalled campaigns",
            role=role,
        )
        run_regularly(f"{self._name}-suppression", sync, SYNCED_EVERY, self._child_opts, description=SYNCING, role=role)
        run_regularly(
            f"{self._name}-deliverability",
            self.deliverability,
            CHECKED_EVERY,
            self._child_opts,
            description=CHECKING,
            role=role,
        )
        return Grant(
            {Env.PLANNER_ARN: planner.arn, Env.SCHEDULE_GROUP: self.schedule_group.name, Env.SCHEDULE_ROLE: role.arn},
            [use_schedules(self.schedule_group.arn, "CreateSchedule"), pass_role(role.arn, "scheduler.amazonaws.com")],
        )

    def _publish_events(self) -> None:
        """Let SES's events about this list's emails into the queue."""
        name, mailer = self._name, self._base.mailer
        topic = aws.sns.Topic(f"{name}-mail-events", opts=self._child_opts)
        self.mail_topic = topic.arn
        may_publish = aws.sns.TopicPolicy(
            f"{name}-mail-events",
            arn=topic.arn,
            policy=policy_document(
                allow_publishing("ses.amazonaws.com", topic.arn, *mailer.configuration_set_arns),
                deny_plain_http("sns:Publish", topic.arn),
            ),
            opts=self._child_opts,
        )
        self._events.subscribe(topic.arn)
        delivery = DELIVERY if self._base.config.delivery_events else ()
        for events, configuration_set, published in (
            ("mail-events", mailer.configuration_set, (*ALWAYS_PUBLISHED, *delivery)),
            ("tracked-mail-events", mailer.tracked_set, (*ALWAYS_PUBLISHED, *delivery, *ENGAGEMENT)),
        ):
            aws.sesv2.ConfigurationSetEventDestination(
                f"{name}-{events}",
                configuration_set_name=configuration_set,
                event_destination_name="mail-events",
                event_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationArgs(
                    enabled=True,
                    matching_event_types=list(published),
                    sns_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationSnsDestinationArgs(
                        topic_arn=topic.arn
                    ),
                ),
                # SES checks whether it may publish when the destination is created.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[may_publish]),
            )
