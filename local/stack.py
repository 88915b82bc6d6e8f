"""The whole product on this machine: SES stand-in, emulator, and the stack the Pulumi program declares."""

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.emulator import CONCURRENT_INVOCATIONS, HOST, Emulator, free_port
from local.engine import deploy
from local.project import load_project
from local.resources import Cloud, EmulatedProvider
from local.ses import SesStandIn

ROOT = Path(__file__).parent.parent
DEFAULT_PORT = 4566
STACK = "local"


class LocalStack:
    """A stack of the project on this machine, alive from ``start`` to ``destroy`` or as a context manager.

    The emulator listens on ``port`` (0: any free one), the SES stand-in on the next port or, if that is taken,
    on any free one. Stacks on different ports do not touch each other. With ``enforce_iam`` functions may do only
    what their roles allow (SES aside), and AWS clients must use the emulator's credentials. A
    ``throttled`` one keeps to the gateway's limits of routes.

    >>> with LocalStack(4700, {"listName": "Cat News"}) as stack:
    ...     print(stack.outputs["subscribe_url"])
    """

    outputs: dict[str, Any]
    """The stack outputs, secrets in plain text, and ``emulator_url`` and ``mailbox_url``."""

    def __init__(
        self,
        port: int = DEFAULT_PORT,
        config: Mapping[str, str] | None = None,
        folder: Path = ROOT,
        enforce_iam: bool = False,
        throttled: bool = False,
    ) -> None:
        self._project = load_project(folder, STACK, config)
        region = self._project.config.get("aws:region", "us-east-1")
        port = port or free_port()
        self.ses = SesStandIn(port=_next_free(port), publish=self._publish)
        self.emulator = Emulator(port, region, enforce_iam=enforce_iam)
        self.emulator.throttled = throttled
        self._region = region
        self._running = ExitStack()

    def start(self) -> Self:
        """Bring everything up; if anything fails on the way, nothing is left running.

        Raises EmulatorError, or DeploymentError if the program or one of its resources fails.
        """
        with ExitStack() as starting:
            self.ses.start()
            starting.callback(self.ses.stop)
            self.emulator.ses_url, self.emulator.name_server = self.ses.url, self.ses.names.address
            starting.enter_context(self.emulator)
            self.cloud = Cloud(self.emulator.url, self.ses.url, self._region)
            self.provider = EmulatedProvider(self.cloud)
            outputs = deploy(self._project, self.provider)
            self.outputs = {**outputs, "emulator_url": self.emulator.url, "mailbox_url": self.ses.mailbox_url}
            starting.callback(self.provider.destroy, even_guarded=True)  # what is here ends with the emulator anyway
            self._running = starting.pop_all()
        return self

    def destroy(self) -> None:
        """Remove every resource, newest first, then stop the emulator and the stand-in.

        Raises DestroyError if a resource could not be removed; even then nothing keeps running.
        """
        self._running.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.destroy()

    def differences(self) -> list[str]:
        """What this stack does differently from the same stack on AWS, one phrase each."""
        by_reason: dict[str, set[str]] = {}
        for type_, path, reason in self.provider.without_effect:
            by_reason.setdefault(reason, set()).add(f"{type_.rpartition(':')[2]}.{path}")
        runtime = self.emulator.function_runtime()
        return [
            f"functions run on {runtime}, at most {CONCURRENT_INVOCATIONS} at a time",
            *(f"{reason} ({', '.join(sorted(settings))})" for reason, settings in sorted(by_reason.items())),
        ]

    def function_logs(self, since: float = 0) -> str:
        """What the functions logged, as one text; ``since`` is a Unix time in seconds."""
        client = self.cloud.client("logs")
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/")
        lines: list[str] = []
        for group in (group["logGroupName"] for page in pages for group in page["logGroups"]):
            found = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
            events = (event for page in found for event in page["events"])
            lines += [f"{group.rpartition('/')[2]}  {event['message'].rstrip()}" for event in events]
        return "\n".join(lines)

    def _publish(self, topic_arn: str, event: Mapping[str, Any]) -> None:
        self.cloud.client("sns").publish(TopicArn=topic_arn, Message=json.dumps(event))


def _next_free(port: int) -> int:
    """The port after this one, or 0, any, if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port + 1))
        except (OSError, OverflowError):
            return 0
    return port + 1
