"""All SES templates of one stack: those of its campaigns, and copies of the templates that people save."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from contract import template_name
from email_list.aws.dynamodb import Items, record_key

AT_ONCE = 100
"""Names that one call lists (SES API reference, ListEmailTemplates)."""

PAUSE_SECONDS = 1.0
"""SES deletes one template a second (SES API reference, DeleteEmailTemplate)."""


_CHARGE = record_key("STACK", "CLEANUP")


class Charge:
    """Which function is in charge of cleaning up: the last that said so. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, function: str) -> None:
        self._items = Items(table)
        self._function = function

    def take(self) -> None:
        self._items.put({**_CHARGE, "function": self._function})

    def is_ours(self) -> bool:
        """Unless another function has taken charge."""
        known = self._items.get(_CHARGE)
        return known is None or known["function"] == self._function


class StackTemplates:
    """The templates whose names begin with the stack's prefix and an underscore."""

    def __init__(self, client: Any, stack: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._stack = stack
        self._beginning = template_name(stack, "")
        self._sleep = sleep

    def names(self) -> Iterator[str]:
        """All of them; SES lists those of the whole account and region."""
        start: dict[str, str] = {}
        while True:
            answer = self._client.list_email_templates(PageSize=AT_ONCE, **start)
            for template in answer["TemplatesMetadata"]:
                if template["TemplateName"].startswith(self._beginning):
                    yield template["TemplateName"]
            if not answer.get("NextToken"):
                return
            start = {"NextToken": answer["NextToken"]}

    def discard(self, template: str) -> None:
        """Remove a template, whose name is given without the stack's prefix; nothing happens where there is none."""
        self.delete(template_name(self._stack, template))

    def delete(self, name: str) -> None:
        """Delete a template, however long SES makes us wait; one that is already gone is no error."""
        while True:
            try:
                self._client.delete_email_template(TemplateName=name)
            except self._client.exceptions.NotFoundException:
                return
            except self._client.exceptions.TooManyRequestsException:
                self._sleep(PAUSE_SECONDS)
            else:
                return
