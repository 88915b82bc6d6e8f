"""What happens to people behind the scenes: confirmations, imports, exports, erasures."""

import pulumi

from components.file_store import FileStore
from components.foundation import Foundation
from components.function import WHOLE_PROCESSOR, Functions
from components.grants import Grant, allowed, told
from components.policies import invoke, invoke_itself, read_sending_limits
from components.scheduling import run_regularly
from components.work_queue import WorkQueue, WorkQueueArgs
from contract import STATUS_INDEX, Env, Folder

SHORT = WorkQueueArgs(timeout=30)
LONG = WorkQueueArgs(timeout=900, redelivery_after=960)
"""How long the function behind a queue may take per message, in seconds; Lambda's maximum is 900.

A long one that failed continues after sixteen minutes, not after an hour and a half: two workers with the same message
do no harm, since each step of a job is stored by only one of them.
"""


class Membership(pulumi.ComponentResource):
    """The queues that the API puts work on, the bucket for files, and the functions that do the work."""

    signups: WorkQueue
    exporting: Grant
    """Start exports."""
    erasures: WorkQueue
    files: FileStore
    queues: list[WorkQueue]
    greetings: WorkQueue | None = None
    """None if the configuration does not ask for a goodbye email."""

    def __init__(self, name: str, base: Foundation, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Membership", name, None, opts)
        self._functions = Functions(name, base.platform, self)
        self._config, self._mailer = base.config, base.mailer
        self._people, self._records = base.storage.people, base.storage.records
        self._places = base.storage.places
        self._link_keys = base.secrets.link_keys.reader()
        self._address = base.gateway.address
        self._links = [self._address, self._link_keys]

        failures = base.platform.failures
        self.signups = WorkQueue(f"{name}-signups", Env.SIGNUPS_QUEUE, SHORT, failures, self)
        self._imports = WorkQueue(f"{name}-imports", Env.IMPORTS_QUEUE, LONG, failures, self)
        self.erasures = WorkQueue(f"{name}-erasures", Env.ERASURES_QUEUE, LONG, failures, self)
        self.queues = [self.signups, self._imports, self.erasures]
        self.files = FileStore(name, self._imports, self)

        self._confirm()
        self._import()
        self.exporting = self._export(name)
        self._erase()
        if base.config.forget_unsubscribed_after_days:
            self._forget(name, base.config.forget_unsubscribed_after_days)
        if base.config.goodbye_mail:
            self.greetings = WorkQueue(f"{name}-greetings", Env.GREETINGS_QUEUE, SHORT, failures, self)
            self.queues.append(self.greetings)
            self._greet(self.greetings)
        self.register_outputs({})

    def _confirm(self) -> None:
        self._worker(
            self.signups,
            SHORT,
            "send_confirmation",
            "Sends confirmation emails to people who signed up",
            told({**self._config.signup_environment, **self._config.brake_environment}),
            *self._links,
            self._people.writer("GetItem", "UpdateItem"),
            self._records.writer("GetItem", "UpdateItem", "Query"),
            self._mailer.sender,
            allowed(read_sending_limits()),
            # What may not go yet waits in its own queue.
            self.signups.sender(),
            self.signups.meter(),
        )

    def _import(self) -> None:
        self._worker(
            self._imports,
            LONG,
            "import_subscribers",
            "Imports people from a CSV file",
            self._link_keys,
            self._people.writer("BatchGetItem", "PartiQLInsert", "UpdateItem"),
            self._records.writer("GetItem", "UpdateItem"),
            self.files.reader(Folder.IMPORTS),
            self.files.reader(Folder.REPORTS),
            self.files.writer(Folder.REPORTS),
            self.files.lister(),
            self._imports.sender(),
        )

    def _export(self, name: str) -> Grant:
        """The export worker, which is started by any function that has the grant."""
        function = self._functions.add(
            "export_subscribers",
            "Exports the list as a CSV file",
            uses=[
                self._people.reader("Query", index=STATUS_INDEX),
                # A filter may ask whom a campaign reached: its ledger knows.
                self._records.writer("GetItem", "UpdateItem", "Query"),
                self.files.reader(Folder.EXPORTS),
                self.files.writer(Folder.EXPORTS),
                self.files.lister(),
                allowed(invoke_itself(f"{name}-export_subscribers", self._records.arn)),
            ],
            timeout=LONG.timeout,
            memory=WHOLE_PROCESSOR,
            in_background=True,
            works_in_turns=True,
        )
        return Grant({Env.EXPORT_FUNCTION: function.name}, [invoke(function.arn)])

    def _erase(self) -> None:
        self._worker(
            self.erasures,
            LONG,
            "erase_history",
            "Removes erased people from the audit, from sequences and from the ledgers of past campaigns",
            self._places.writer("Query", "PutItem", "UpdateItem", "DeleteItem"),
            self._records.writer("BatchGetItem", "GetItem", "Query", "UpdateItem", "DeleteItem"),
            self.erasures.sender(),
        )

    def _forget(self, name: str, days: int) -> None:
        function = self._functions.add(
            "forget_unsubscribed",
            "Erases people who left long ago",
            uses=[
                told({"FORGET_UNSUBSCRIBED_AFTER_DAYS": str(days)}),
                self._link_keys,
                self._people.reader("Query", index=STATUS_INDEX),
                self._people.writer("GetItem", "PutItem", "DeleteItem"),
                self.erasures.sender(),
            ],
            timeout=LONG.timeout,
            in_background=True,
        )
        run_regularly(
            f"{name}-forget",
            function,
            "rate(1 day)",
            pulumi.ResourceOptions(parent=self),
            description="Erases people who left long ago",
        )

    def _greet(self, greetings: WorkQueue) -> None:
        self._worker(
            greetings,
            SHORT,
            "send_greeting",
            "Says goodbye to people who have left",
            self._address,
            self._people.reader("GetItem"),
            self._mailer.sender,
        )

    def _worker(
        self, queue: WorkQueue, queue_args: WorkQueueArgs, handler: str, description: str, *uses: Grant
    ) -> None:
        """A function that works on one queue."""
        function = self._functions.add(
            handler,
            description,
            uses=[*uses, queue.receiver()],
            timeout=queue_args.timeout,
            memory=WHOLE_PROCESSOR if queue_args is LONG else 512,
            # They put what they do not finish back into their own queue.
            works_in_turns=queue_args is LONG,
        )
        queue.feed(function)
