"""The product on this machine, with the functions that send run by the benchmark, so that their calls are counted."""

import io
import json
import multiprocessing
import os
import traceback
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import requests

from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack
from tests.local.campaigners import Campaigner

Result = TypeVar("Result")

_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Context:
    """What a function asks of Lambda's context: it has a minute."""

    function_name: str = "benchmark"
    aws_request_id: str = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Stage:
    """A local stack, of which the emulator leaves the queues of batches and of SES's events alone, and those of `idle`
    functions besides."""

    def __init__(self, *idle: str, **config: str) -> None:
        self._idle = ("send_batch", "record_event", "count_subscribers", *idle)
        self.stack = LocalStack(port=0, config=config)

    def __enter__(self) -> Self:
        self.stack.start()
        self.campaigner = Campaigner(self.stack)
        self._folder = TemporaryDirectory()
        (Path(self._folder.name) / "list.json").write_text(json.dumps(self.list_document()))
        client = self.stack.cloud.client("lambda")
        for function in self._idle:
            name = self.campaigner.function_name(function)
            for mapping in client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
                client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()
        self.stack.destroy()

    def list_document(self) -> Mapping[str, Any]:
        """What the functions' code has beside it of the configuration."""
        name = self.campaigner.function_name("send_batch")
        location = self.stack.cloud.client("lambda").get_function(FunctionName=name)["Code"]["Location"]
        with zipfile.ZipFile(io.BytesIO(requests.get(location, timeout=60).content)) as code:
            return json.loads(code.read("list.json"))

    def memory(self, function: str) -> int:
        """The memory that a function is declared with, in MB."""
        return self._configuration(function)["MemorySize"]

    def queue(self, name: str) -> str:
        """The URL of one of the stack's queues of work."""
        urls = self.stack.cloud.client("sqs").list_queues()["QueueUrls"]
        return next(url for url in urls if f"-{name}-" in url)

    def environment(self, function: str) -> Mapping[str, str]:
        """The variables with which a function runs as it does on the stack."""
        configuration = self._configuration(function)
        return {
            **configuration["Environment"]["Variables"],
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.stack.emulator.url,
            "AWS_ENDPOINT_URL_SESV2": self.stack.ses.url,
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "LAMBDA_TASK_ROOT": self._folder.name,
            "NAME_SERVER": self.stack.emulator.name_server or "",
        }

    def _configuration(self, function: str) -> Mapping[str, Any]:
        name = self.campaigner.function_name(function)
        return self.stack.cloud.client("lambda").get_function_configuration(FunctionName=name)


class Process(Generic[Result]):
    """Work in a process of its own, with its own environment, as a function's."""

    def __init__(self, environment: Mapping[str, str], work: Callable[..., Result], *arguments: Any) -> None:
        self._receiver, sender = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_run, args=(sender, dict(environment), work, arguments), daemon=True)
        self._process.start()
        sender.close()

    def result(self) -> Result:
        """What the work gives; RuntimeError with its traceback when it failed."""
        good, value = self._receiver.recv()
        self._process.join()
        if not good:
            raise RuntimeError(value)
        return value


def _run(sender: Connection, environment: Mapping[str, str], work: Callable[..., Any], arguments: Any) -> None:
    os.environ.update(environment)
    try:
        sender.send((True, work(*arguments)))
    except Exception:
        sender.send((False, traceback.format_exc()))
