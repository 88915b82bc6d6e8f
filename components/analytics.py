"""Analytics: counting who joins and who leaves, and a weekly report about it."""

from dataclasses import dataclass

import pulumi

from components.alarms import Alarms, Metric
from components.file_store import FileStore
from components.foundation import Foundation
from components.function import WHOLE_PROCESSOR, Functions, PythonFunction
from components.grants import allowed
from components.policies import invoke_itself, put_work
from components.scheduling import run_regularly
from components.sequences import Sequences
from components.stream_feed import StreamFeedArgs, feed_from_stream

BATCH = 500
RECOUNTING = ("BatchGetItem", "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
LATE_MILLISECONDS = 15 * 60 * 1000


@dataclass(frozen=True)
class AnalyticsArgs:
    alarms: Alarms
    files: FileStore
    sequences: Sequences


class Analytics(pulumi.ComponentResource):
    """The function that counts changes of the subscribers table, the one that recounts, and the one that sends the
    report."""

    recount: PythonFunction

    def __init__(
        self, name: str, base: Foundation, args: AnalyticsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("email-list:index:Analytics", name, None, opts)
        self._name = name
        self._base = base
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, base.platform, self)
        self._people, self._records = base.storage.people, base.storage.records

        self._count_subscribers()
        self.recount = self._functions.add(
            "recount",
            "Compares the subscribers' counters with the table and corrects them; for operators",
            timeout=900,
            memory=WHOLE_PROCESSOR,
            in_background=True,
            works_in_turns=True,
            uses=[
                self._people.reader("Scan"),
                self._records.writer(*RECOUNTING),
                args.files.reader("recounts/"),
                args.files.writer("recounts/"),
                allowed(invoke_itself(f"{name}-recount", self._records.arn)),
            ],
        )
        if base.config.report_recipients:
            self._report_regularly()
        self.register_outputs({"recount": self.recount.name})

    def _count_subscribers(self) -> None:
        """Feed changes of the subscribers table to the function that counts them."""
        name, args, base = self._name, self._args, self._base
        failures = base.platform.failures
        function = self._functions.add(
            "count_subscribers",
            "Counts people who join and leave, and lets them into sequences and out of them",
            timeout=60,
            memory=512,
            uses=[
                self._people.watcher(),
                self._records.writer("GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "Query"),
                base.storage.places.writer("Query", "PutItem", "UpdateItem", "DeleteItem"),
                args.sequences.starting,
                args.sequences.waking,
                allowed(put_work(failures.notices)),
            ],
        )
        feed_from_stream(
            f"{name}-growth",
            self._people,
            function,
            StreamFeedArgs(start="TRIM_HORIZON", batch_size=BATCH, batching_window=5),
            failures,
            self._child_opts,
        )
        args.alarms.add(
            "counting-late",
            "Changes of subscribers have been waiting for more than 15 minutes to be counted. The log of "
            "count_subscribers says why.",
            Metric("AWS/Lambda", "IteratorAge", {"FunctionName": function.name}, "Maximum"),
            threshold=LATE_MILLISECONDS,
        )

    def _report_regularly(self) -> None:
        """Email the report on its schedule."""
        name, config = self._name, self._base.config
        function = self._functions.add(
            "send_report",
            "Emails the report on the list to its administrators",
            timeout=60,
            memory=512,
            uses=[
                self._base.gateway.address,
                self._records.writer("BatchGetItem", "Query", "GetItem", "PutItem"),
                self._base.mailer.sender,
            ],
            in_background=True,
        )
        run_regularly(
            f"{name}-report",
            function,
            config.report_schedule,
            self._child_opts,
            description="Emails the report on the list",
            time_zone=config.time_zone,
            # A report that some have received must not be sent to them again for a day.
            retries=1,
        )
