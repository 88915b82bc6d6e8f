"""The stack under test as its users reach it: over HTTP, and with boto3."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
import requests
from botocore.config import Config

from check import CheckFailedError
from check.outputs import Outputs

HTTP_SECONDS = 35
"""API Gateway gives up on a function after 30."""

LOCAL_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""What the emulator of `make local` takes for an administrator."""

INGESTION_SECONDS = 10
"""How long CloudWatch may take to show what a function has logged."""

MOST_PAGES = 10
"""Pages of a log that are looked at; CloudWatch also answers with empty ones."""

LINES = 5

T = TypeVar("T")


def until(look: Callable[[], T], seconds: float) -> T:
    """What `look` returns once that is true, or the last thing it returned; called less and less often."""
    deadline, pause = time.monotonic() + seconds, 0.1
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(2 * pause, 3.0)
    return found


class Stack:
    """The doors of one stack. Calls raise requests' and botocore's own errors if nothing answers in time."""

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs
        self.is_local = "emulator_url" in outputs
        self._http = requests.Session()
        self._http.trust_env = not self.is_local  # no proxy stands between this machine and itself
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str | None:
        """The region in the API's address; None leaves it to the AWS configuration of this shell."""
        host = re.fullmatch(r"[\w-]+\.execute-api\.([\w-]+)\.amazonaws\.com(\.cn)?", self._host)
        return host[1] if host else "us-east-1" if self.is_local else None

    @property
    def _host(self) -> str:
        return urlsplit(self.outputs["api_endpoint"]).hostname or ""

    # HTTP

    def request(self, method: str, url: str, *, token: str | None = None, **arguments: Any) -> requests.Response:
        """A request to a URL, or to a path of the API; as an administrator with a `token`. Follows no redirect."""
        if url.startswith("/"):
            url = self.outputs["api_endpoint"] + url
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self._http.request(
            method, url, headers=headers, timeout=HTTP_SECONDS, allow_redirects=False, **arguments
        )

    def admin(self, method: str, path: str, expected: int = 200, **arguments: Any) -> Any:
        """What the admin API answers. CheckFailedError for any status but the expected one."""
        answer = self.request(method, path, token=self.outputs["admin_token"], **arguments)
        if answer.status_code != expected:
            raise unexpected(f"{method} {path}", answer.status_code, answer.text)
        return answer.json() if answer.content else None

    # AWS

    def client(self, service: str) -> Any:
        """A boto3 client. Lambda's repeats nothing: an invocation whose response was lost may have sent its email."""
        if service not in self._clients:
            retries = {"mode": "standard", "total_max_attempts": 1 if service == "lambda" else 5}
            config = Config(connect_timeout=5, read_timeout=70, retries=retries)
            local: dict[str, Any] = {}
            if self.is_local:
                config = config.merge(Config(proxies={}))
                local = {"endpoint_url": self._endpoint(service), **LOCAL_CREDENTIALS}
            self._clients[service] = boto3.client(service, region_name=self.region, config=config, **local)
        return self._clients[service]

    def _endpoint(self, service: str) -> str:
        """Where the local stack answers for a service: SES has a stand-in beside the emulator."""
        if service != "sesv2":
            return self.outputs["emulator_url"]
        return self.outputs["mailbox_url"].removesuffix("/mailbox")

    def invoke(self, function: str, event: Mapping[str, Any], expected: tuple[int, ...] = (200,)) -> Any:
        """Invoke a function whose name is an output; returns the document it answers with. CheckFailedError for any
        other status."""
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs[f"{function}_function"], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise unexpected(function, 500, json.dumps(payload))
        if payload["statusCode"] not in expected:
            raise unexpected(function, payload["statusCode"], payload["body"])
        return json.loads(payload["body"])

    def setting(self, name: str) -> str:
        """The value of a variable in the environment of the function that sends newsletters."""
        return self._sending_function["Environment"]["Variables"][name]

    @cached_property
    def _sending_function(self) -> Mapping[str, Any]:
        name = self.outputs["send_newsletter_function"]
        return self.client("lambda").get_function_configuration(FunctionName=name)

    # Logs

    def errors_logged(self, since: float) -> list[str]:
        """What functions of the stack have logged as errors since then (Unix time): a few lines, each once."""
        prefix = self._sending_function["LoggingConfig"]["LogGroup"].removesuffix("send_newsletter")
        patience = 0 if self.is_local else INGESTION_SECONDS
        return until(lambda: list(dict.fromkeys(self._errors(prefix, since)))[:LINES], patience)

    def _errors(self, prefix: str, since: float) -> Iterator[str]:
        logs = self.client("logs")
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        for group in (group["logGroupName"] for page in pages for group in page["logGroups"]):
            function = group.removeprefix(prefix)
            if "-" in function:
                continue  # another stack's, whose name begins like this one's
            found = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=int(since * 1000), filterPattern="ERROR"
            )
            for event in (event for page in islice(found, MOST_PAGES) for event in page["events"]):
                yield f"{function}: {cause(event['message'])}"


def cause(line: str) -> str:
    """What a function's log line says went wrong: of a JSON line, its error, otherwise the end of the traceback."""
    try:
        document = json.loads(line)
        return str(document.get("errorMessage") or document.get("message") or document)[:300]
    except (ValueError, AttributeError):
        return line.strip().splitlines()[-1][:300] if line.strip() else ""


def unexpected(what: str, status: int, text: str) -> CheckFailedError:
    """The failure that an unexpected status means."""
    advice = "The outputs may be older than the stack: run `pulumi up`, then this check again."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        advice = "Wait a while, then run the check again."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "The function's log in CloudWatch says why."
    return CheckFailedError(f"{what} answered {status}: {text[:300]}", advice, logged=status >= 500)
