"""The collaborators of the handlers, each built once per cold start from the function's environment."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from email_list import settings as list_settings
from email_list.aws.clients import dynamodb_table, read_secret
from email_list.aws.subscriber_table import SubscriberTable
from email_list.people.subscribers import Fingerprints
from email_list.settings import ListSettings, Topic


@cache
def list_document() -> Mapping[str, Any]:
    """What the stack's configuration says of the list; it comes with the function's code (components/packaging.py)."""
    with open(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "list.json"), encoding="utf-8") as file:
        return json.load(file)


@cache
def settings() -> ListSettings:
    return ListSettings.from_document(list_document(), os.environ["PUBLIC_URL"])


@cache
def topics() -> Sequence[Topic]:
    return list_settings.topics(list_document())


@cache
def people() -> SubscriberTable:
    return SubscriberTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@cache
def fingerprints() -> Fingerprints:
    document: dict[str, Any] = json.loads(link_keys())
    return Fingerprints(document["erasure"])


def fingerprint(email: str) -> str:
    """The key is read for whoever needs it, and no sooner."""
    return fingerprints().of(email)


@cache
def link_keys() -> str:
    """The keys that sign links, and the one that stands for erased people."""
    return read_secret(os.environ["LINK_KEYS_PARAMETER"])
