"""The function that reads feeds, as others call it."""

import json
from dataclasses import dataclass
from typing import Any

from email_list.feeds.entries import Entry, Reading
from email_list.feeds.problem import Problem, Trouble, UnreadableError


@dataclass(frozen=True)
class Looked:
    """What was read; `reading` is None where nothing has changed."""

    reading: Reading | None
    etag: str
    modified: str


class FeedReader:
    """The `newsdesk.Look` of production. `client` is a boto3 Lambda client that waits, `name` the function's."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def __call__(self, url: str, etag: str = "", modified: str = "") -> Looked:
        """What is at an address. UnreadableError says why a feed cannot be read."""
        payload = json.dumps({"url": url, "etag": etag, "modified": modified}).encode()
        answer = self._client.invoke(FunctionName=self._name, Payload=payload)
        if "FunctionError" in answer:
            raise UnreadableError(
                Problem(Trouble.SLOW, "The feed cannot be read: it takes too long, or too much memory.")
            )
        found = json.loads(answer["Payload"].read())
        if "problem" in found:
            problem = found["problem"]
            raise UnreadableError(Problem(Trouble(problem["code"]), problem["message"]))
        reading = found["reading"]
        if reading is not None:
            reading = Reading(reading["title"], reading["link"], [Entry(**entry) for entry in reading["entries"]])
        return Looked(reading, found["etag"], found["modified"])
