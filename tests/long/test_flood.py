"""A flood at each public route, at twice its limit or as much as this machine gives, while people leave and an
administrator works.

Imitated: the gateway's limits, as a bucket of tokens for each route (`local/emulator_server.py`). Different from AWS: a
function that finds no free place waits for one here, where Lambda refuses it and the gateway answers 503; so what is
shown is that limits keep floods apart, not how many functions an account may run at once.
"""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from components.api import LIMITS, PUBLIC
from local.emulator import CONCURRENT_INVOCATIONS
from local.stack import LocalStack
from tests.local.visitor import Visitor

ANN = "ann@flooded.example"
JSON = {"content-type": "application/json"}
SECONDS = 4
CLIENTS = 24
PATIENCE = 29.0
"""Seconds after which API Gateway would give up and answer 503 (HTTP API quotas, "Maximum integration timeout")."""

TRIES = 8
"""As often as somebody presses a button that is busy; each try has even odds in a flood at twice the limit."""

FLOODS: Mapping[str, tuple[str, str, str]] = {
    "sign-ups": ("subscribe", "POST", "/subscribe"),
    "confirming": ("confirm", "GET", "/confirm?token=made.up"),
    "leaving": ("unsubscribe", "GET", "/unsubscribe?token=made.up"),
    "preferences": ("preferences", "GET", "/preferences?token=made.up"),
    "the archive": ("archive", "GET", "/archive"),
    "the console": ("console", "GET", "/console"),
    "the description": ("openapi", "GET", "/openapi.json"),
}
"""Which function's route is flooded, and with what."""


class Flood:
    """As many requests at once as a route takes, and then twice its limit for some seconds."""

    def __init__(self, stack: LocalStack, function: str, method: str, path: str) -> None:
        self.limit = LIMITS[function]
        self.statuses: Counter[int] = Counter()
        self.seconds = 0.0
        url = urlsplit(stack.outputs["api_endpoint"])
        self._netloc, self._method, self._path = url.netloc, method, url.path + path
        self._numbers, self._lock = itertools.count(), threading.Lock()
        self._clients = [threading.Thread(target=self._send) for _ in range(CLIENTS)]

    @property
    def is_on(self) -> bool:
        return any(client.is_alive() for client in self._clients)

    @property
    def let_through(self) -> int:
        return self.statuses.total() - self.statuses[429]

    def start(self) -> None:
        """Begin once the functions run that are to answer: to start them takes this machine seconds."""
        with ThreadPoolExecutor(CONCURRENT_INVOCATIONS) as clients:
            list(clients.map(lambda _: self._ask_once(), range(2 * CONCURRENT_INVOCATIONS)))
        time.sleep(self.limit.burst / self.limit.per_second)
        self._began = time.monotonic()
        for client in self._clients:
            client.start()

    def wait(self) -> None:
        for client in self._clients:
            client.join()
        self.seconds = time.monotonic() - self._began

    def _send(self) -> None:
        with closing(http.client.HTTPConnection(self._netloc, timeout=60)) as connection:
            while True:
                number = next(self._numbers)
                due = self._began + max(0, number - self.limit.burst) / (2 * self.limit.per_second)
                if max(due, time.monotonic()) >= self._began + SECONDS:
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                status = self._ask(connection)
                with self._lock:
                    self.statuses[status] += 1

    def _ask_once(self) -> None:
        with closing(http.client.HTTPConnection(self._netloc, timeout=60)) as connection:
            self._ask(connection)

    def _ask(self, connection: http.client.HTTPConnection) -> int:
        """One request; a sign-up is for an address that nobody had before."""
        sign_up = json.dumps({"email": f"{uuid4().hex}@flood.example"})
        connection.request(self._method, self._path, sign_up if self._method == "POST" else None, JSON)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    # As if each request came from a network of its own.
    config = {"signupsPerIpAndHour": "100000", "archive": "true"}
    with LocalStack(port=0, config=config, enforce_iam=True, throttled=True) as running:
        yield running


@pytest.fixture(scope="module")
def newsletter(stack: LocalStack) -> str:
    """The link to leave in the newsletter that Ann got."""
    visitor = Visitor(stack)
    assert visitor.admin("POST", "/subscribers", json={"email": ANN}).status_code == 201
    assert visitor.admin("POST", "/campaigns", json={"subject": "News", "body": "Hello."}).status_code == 201
    return visitor.link(ANN, "/unsubscribe")


def test_every_function_that_anyone_may_call_is_flooded() -> None:
    assert {function for function, _, _ in FLOODS.values()} == PUBLIC


@pytest.mark.parametrize("name", FLOODS)
def test_in_a_flood_leaving_and_the_admin_api_still_answer(stack: LocalStack, newsletter: str, name: str) -> None:
    visitor = Visitor(stack)
    flood = Flood(stack, *FLOODS[name])
    flood.start()
    slowest, answers = 0.0, 0
    while flood.is_on:
        for ask in (lambda: visitor.press(newsletter), lambda: visitor.admin("GET", "/subscribers?limit=1")):
            began = time.monotonic()
            tries = TRIES if name == "leaving" else 1
            statuses = (ask().status_code for _ in range(tries))
            assert 200 in statuses, f"busy {tries} times"
            slowest, answers = max(slowest, time.monotonic() - began), answers + 1
    flood.wait()
    print(
        f"\n{name}: {flood.statuses.total()} requests in {flood.seconds:.1f} s, of which {flood.let_through} were let "
        f"through; {answers} answers to others, the slowest after {slowest:.2f} s"
    )
    assert flood.let_through <= flood.limit.burst + flood.limit.per_second * flood.seconds + 1
    assert flood.statuses.keys() <= {200, 202, 400, 429}
    assert slowest < PATIENCE
    if flood.statuses.total() <= flood.limit.burst:
        pytest.skip(f"no flood: this machine gave {flood.statuses.total()} requests, within the limit")
