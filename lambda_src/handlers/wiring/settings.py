"""What the stack's configuration says about the list."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from contract import Env
from email_list import settings
from email_list.settings import ListSettings, Topic


@cache
def document() -> Mapping[str, Any]:
    """All of it; it ships with the function's code (components/packaging.py)."""
    with open(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "list.json"), encoding="utf-8") as file:
        return json.load(file)


@cache
def of_list() -> ListSettings:
    return ListSettings.from_document(document(), os.environ[Env.PUBLIC_URL])


@cache
def topics() -> Sequence[Topic]:
    return settings.topics(document())


def topic_names() -> Sequence[str]:
    return [topic.name for topic in topics()]
