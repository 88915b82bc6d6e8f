"""Templates in DynamoDB."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list import cursors
from email_list.aws.dynamodb import ABSENT, Items, record_key
from email_list.aws.partitions import TEMPLATES
from email_list.errors import TooLargeError
from email_list.mail.templates import Template, TemplatePage
from email_list.mail.writing import Draft

MAX_ITEM = 390_000
"""Bytes of a template's source; DynamoDB accepts 400 KB per item, including names and everything else."""


class TemplateTable:
    """The `TemplateStore` of production: a partition of the records table. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, name: str) -> Template | None:
        """The stored template of this name."""
        item = self._items.get(record_key(TEMPLATES, name))
        return _template(item) if item else None

    def put(self, template: Template, replaces: int) -> bool:
        """Store a template, replacing version `replaces` (0: none); False if another version is there."""
        source = json.dumps({"draft": asdict(template.draft), "sample": dict(template.sample)}, ensure_ascii=False)
        if len(source.encode()) > MAX_ITEM:
            raise TooLargeError(f"A template can have at most {MAX_ITEM} bytes, its sample included.")
        item = {
            **record_key(TEMPLATES, template.name),
            "version": template.version,
            "updated_at": template.updated_at,
            "description": template.description,
            "source": source,
        }
        return self._items.put(item, Attr("version").eq(replaces) if replaces else ABSENT)

    def delete(self, name: str) -> bool:
        """Remove a template; returns whether it existed."""
        return self._items.delete(record_key(TEMPLATES, name))

    def page(self, limit: int, cursor: str | None) -> TemplatePage:
        """Up to `limit` templates by name; fewer if they are long, because DynamoDB reads 1 MB at once."""
        after = record_key(TEMPLATES, cursors.decode(cursor, parts=1)[0]) if cursor else None
        items, last = self._items.page(Key("pk").eq(TEMPLATES), limit=limit, after=after)
        return TemplatePage([_template(item) for item in items], cursors.encode([last["sk"]]) if last else None)


def _template(item: Mapping[str, Any]) -> Template:
    source = json.loads(item["source"])
    return Template(
        name=item["sk"],
        draft=Draft(**source["draft"]),
        description=item["description"],
        sample=source["sample"],
        version=int(item["version"]),
        updated_at=item["updated_at"],
    )
