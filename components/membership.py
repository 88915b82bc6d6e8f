"""What happens to people behind the scenes: confirmations, imports, exports, erasures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.config import ListConfig
from components.file_store import FileStore, FileStoreArgs
from components.function import WHOLE_PROCESSOR, FunctionPlatform, Functions
from components.mailer import Mailer
from components.policies import (
    Statement,
    list_objects,
    put_work,
    query_index,
    read_parameter,
    take_work,
    use_objects,
    use_table,
)
from components.records import Records
from components.secrets import Secrets
from components.subscriber_store import SubscriberStore
from components.work_queue import WorkQueue, WorkQueueArgs
from contract import STATUS_INDEX

SHORT = WorkQueueArgs(timeout=30)
LONG = WorkQueueArgs(timeout=900, redelivery_after=960)
"""How long the function at the end of a queue may take for one message, in seconds; Lambda's most is 900.

A long one that failed goes on after sixteen minutes, not after an hour and a half: that two workers get the same
message does no harm, since each step of a job is stored by one of them only.
"""


@dataclass(frozen=True)
class MembershipArgs:
    """`public_url` is the address of the HTTP API, which links in mails lead to."""

    config: ListConfig
    platform: FunctionPlatform
    store: SubscriberStore
    mailer: Mailer
    records: Records
    secrets: Secrets
    public_url: pulumi.Input[str]


class Membership(pulumi.ComponentResource):
    """The queues that the API leaves work in, the bucket of files, and the functions that do the work."""

    signups: WorkQueue
    exports: WorkQueue
    erasures: WorkQueue
    files: FileStore
    queues: list[WorkQueue]
    greetings: WorkQueue | None = None
    """None where the configuration asks for neither welcome nor goodbye."""

    def __init__(self, name: str, args: MembershipArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Membership", name, None, opts)
        self._name = name
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._functions = Functions(name, args.platform, self._child_opts)
        config, store, mailer, records = args.config, args.store, args.mailer, args.records
        link_keys = args.secrets.link_keys

        self.signups = WorkQueue(f"{name}-signups", SHORT, self._child_opts)
        self._imports = WorkQueue(f"{name}-imports", LONG, self._child_opts)
        self.exports = WorkQueue(f"{name}-exports", LONG, self._child_opts)
        self.erasures = WorkQueue(f"{name}-erasures", LONG, self._child_opts)
        self.queues = [self.signups, self._imports, self.exports, self.erasures]
        self.files = FileStore(name, FileStoreArgs(incoming=self._imports), self._child_opts)

        self._worker(
            "send_confirmation",
            "Sends confirmation mails to people who signed up",
            self.signups,
            SHORT,
            environment={
                **config.signup_environment,
                "SUBSCRIBERS_TABLE": store.table_name,
                "RECORDS_TABLE": records.table_name,
                "CONFIGURATION_SET": mailer.configuration_set,
                "PUBLIC_URL": args.public_url,
                **link_keys.environment("LINK_KEYS_PARAMETER"),
            },
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem"),
                use_table(records.table_arn, "GetItem", "UpdateItem"),
                mailer.send_mail,
                read_parameter(link_keys.arn),
            ],
        )
        self._worker(
            "import_subscribers",
            "Imports people from a CSV file",
            self._imports,
            LONG,
            environment={
                "SUBSCRIBERS_TABLE": store.table_name,
                "RECORDS_TABLE": records.table_name,
                "FILES_BUCKET": self.files.bucket,
                "IMPORTS_QUEUE": self._imports.url,
                **link_keys.environment("LINK_KEYS_PARAMETER"),
            },
            statements=[
                use_table(store.table_arn, "BatchGetItem", "PartiQLInsert", "UpdateItem"),
                use_table(records.table_arn, "GetItem", "UpdateItem"),
                use_objects(self.files.arn, "imports/", "GetObject"),
                use_objects(self.files.arn, "reports/", "GetObject", "PutObject"),
                list_objects(self.files.arn),
                put_work(self._imports.arn),
                read_parameter(link_keys.arn),
            ],
        )
        self._worker(
            "export_subscribers",
            "Exports the list as a CSV file",
            self.exports,
            LONG,
            environment={
                "SUBSCRIBERS_TABLE": store.table_name,
                "RECORDS_TABLE": records.table_name,
                "FILES_BUCKET": self.files.bucket,
                "EXPORTS_QUEUE": self.exports.url,
            },
            statements=[
                query_index(store.table_arn, STATUS_INDEX),
                use_table(records.table_arn, "GetItem", "UpdateItem"),
                use_objects(self.files.arn, "exports/", "GetObject", "PutObject"),
                list_objects(self.files.arn),
                put_work(self.exports.arn),
            ],
        )
        if config.welcome_mail or config.goodbye_mail:
            self.greetings = WorkQueue(f"{name}-greetings", SHORT, self._child_opts)
            self.queues.append(self.greetings)
            self._worker(
                "send_greeting",
                "Welcomes people who have joined and says goodbye to those who have left",
                self.greetings,
                SHORT,
                environment={
                    "SUBSCRIBERS_TABLE": store.table_name,
                    "CONFIGURATION_SET": mailer.configuration_set,
                    "PUBLIC_URL": args.public_url,
                    **link_keys.environment("LINK_KEYS_PARAMETER"),
                },
                statements=[
                    use_table(store.table_arn, "GetItem"),
                    mailer.send_mail,
                    read_parameter(link_keys.arn),
                ],
            )
        self._worker(
            "erase_history",
            "Removes erased people from the ledgers of past campaigns",
            self.erasures,
            LONG,
            environment={"RECORDS_TABLE": records.table_name, "ERASURES_QUEUE": self.erasures.url},
            statements=[
                use_table(records.table_arn, "BatchGetItem", "GetItem", "Query", "UpdateItem"),
                put_work(self.erasures.arn),
            ],
        )
        self.register_outputs({"files": self.files.bucket})

    def _worker(
        self,
        handler: str,
        description: str,
        queue: WorkQueue,
        queue_args: WorkQueueArgs,
        *,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[Statement],
    ) -> None:
        """A function that works on one queue."""
        function = self._functions.add(
            handler,
            description,
            environment=environment,
            statements=[*statements, take_work(queue.arn)],
            timeout=queue_args.timeout,
            memory=WHOLE_PROCESSOR if queue_args is LONG else 512,
            # What these do not finish goes back into their own queue.
            works_in_turns=queue_args is LONG,
        )
        queue.feed(function)
