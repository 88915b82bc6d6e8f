"""Webhooks: what happens on the list, reported to a URL of its owner. Declared only if one is configured."""

from dataclasses import dataclass

import pulumi

from components.function import FunctionPlatform, Functions
from components.grants import allowed, told
from components.packaging import Target
from components.policies import put_work
from components.secrets import secret_parameter
from components.storage import Storage
from components.stream_feed import StreamFeedArgs, feed_from_stream
from components.work_queue import FEWEST_WORKERS, WorkQueue, WorkQueueArgs
from contract import Env

DELIVERING = WorkQueueArgs(timeout=30, attempts=10, concurrency=FEWEST_WORKERS, partial_failures=True)
"""Ten attempts, with the pauses that `email_list.webhooks.webhooks` puts between them, last about a day."""

BATCH = 100

_HAS_STATUS = {"status": {"S": [{"exists": True}]}}
PEOPLE = (
    {"dynamodb": {"NewImage": _HAS_STATUS}},
    {"eventName": ["REMOVE"], "dynamodb": {"OldImage": _HAS_STATUS}},
)
CAMPAIGNS = (
    {
        "dynamodb": {
            "Keys": {"pk": {"S": ["CAMPAIGNS"]}},
            "NewImage": {"status": {"S": ["sent", "cancelled", "failed"]}},
        }
    },
)
PLACES = ({"dynamodb": {"NewImage": {"group": {"S": ["finished"]}}}},)
"""Which changes are worth a look."""


@dataclass(frozen=True)
class WebhooksArgs:
    """`url` is the receiver's, `secrets` one secret or, while it is being changed, two separated by a space."""

    url: str
    secrets: pulumi.Input[str]
    target: Target
    platform: FunctionPlatform
    storage: Storage


class Webhooks(pulumi.ComponentResource):
    """The function that sees changes of the tables, the queue of events, and the function that delivers them."""

    queue: WorkQueue

    def __init__(self, name: str, args: WebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Webhooks", name, None, opts)
        self._name = name
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, args.platform, self)
        self.queue = WorkQueue(f"{name}-webhooks", Env.WEBHOOKS_QUEUE, DELIVERING, args.platform.failures, self)
        self._announce()
        self._deliver()
        self.register_outputs({})

    def _announce(self) -> None:
        """Let changes of the tables into the queue."""
        name, storage = self._name, self._args.storage
        people, records, places = storage.people, storage.records, storage.places
        failures = self._args.platform.failures
        function = self._functions.add(
            "announce",
            "Queues what happens on the list for the webhook",
            uses=[
                people.watcher(),
                records.watcher(),
                places.watcher(),
                self.queue.sender(),
                allowed(put_work(failures.notices)),
            ],
            timeout=30,
        )
        sources = (("people", people, PEOPLE), ("campaigns", records, CAMPAIGNS), ("sequences", places, PLACES))
        for key, table, patterns in sources:
            feed_from_stream(
                f"{name}-announce-{key}",
                table,
                function,
                # What happened before there was a webhook is not announced.
                StreamFeedArgs(start="LATEST", batch_size=BATCH, batching_window=1, patterns=patterns),
                failures,
                self._child_opts,
            )

    def _deliver(self) -> None:
        """Deliver the queue's events to the receiver."""
        name, args = self._name, self._args
        secret = secret_parameter(
            f"{name}-webhook",
            Env.WEBHOOK_PARAMETER,
            "Where webhooks go, and the secrets that sign them",
            # Knowing a receiver's address is often enough to post there, so it is as secret as the signing keys.
            pulumi.Output.json_dumps({"url": args.url, "secrets": args.secrets}),
            self._child_opts,
        )
        # A receiver on the laptop can only be reached if the stack runs there as well.
        private = {} if args.target == Target.aws() else {"WEBHOOK_MAY_BE_PRIVATE": "true"}
        self.queue.feed(
            self._functions.add(
                "deliver_webhook",
                "Delivers events to the webhook's receiver",
                uses=[
                    told(private),
                    secret.reader(),
                    self.queue.receiver(),
                    self.queue.delayer(),
                ],
                timeout=DELIVERING.timeout,
            )
        )
