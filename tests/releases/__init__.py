"""What a stack of each release has kept, as the starting point of every upgrade to a later version.

One folder per release: the settings and the state of its stack as `pulumi` stores them, and what the stack's tables,
buckets and SES hold. `python -m tests.releases VERSION` makes one. The passphrase of the secrets is that of the tests.
"""

import base64
import gzip
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.resources import Cloud
from local.resources.base import CODE_BUCKET

FOLDER = Path(__file__).parent
RELEASES = sorted(file.parent.name for file in FOLDER.glob("*/data.json.gz"))

SETTINGS: Mapping[str, Any] = {
    "archive": True,
    "topics": [{"name": "News"}, {"name": "Events"}],
    "trackEngagement": "everybody",
    "reportRecipients": ["office@release.example"],
}
"""What the stack has beyond the README's: rooms that keep rows of their own."""

_BASE64 = "base64"
"""The only name in what stands for bytes."""

_SHOWN = ("_url", "_endpoint", "_table", "_function")
"""How outputs end that are addresses and names."""

_PHYSICAL = re.compile(r"email-list-[a-z]+-(.+)-[0-9a-f]{7}")
"""The name of a table or bucket of a stack, as Pulumi makes it."""


@dataclass(frozen=True)
class Data:
    """What a stack holds: the items of each table in DynamoDB's JSON, the files of each bucket with their types,
    and SES's templates, all by the logical names of tables and buckets."""

    kept_at: int
    """Unix time in seconds."""
    outputs: Mapping[str, Any]
    """Those that what it holds may name: addresses and names, no secrets."""
    tables: Mapping[str, list[dict[str, Any]]]
    files: Mapping[str, Mapping[str, tuple[str | bytes, str]]]
    templates: list[dict[str, Any]]
    links: Mapping[str, str]
    """Links of emails that the release sent, by their pages."""

    @classmethod
    def of(cls, release: str) -> "Data":
        return cls(**unpack(FOLDER / release / "data.json.gz"))

    def write(self, release: str) -> None:
        pack(FOLDER / release / "data.json.gz", asdict(self))

    def as_in(self, outputs: Mapping[str, Any]) -> "Data":
        """The same data as it would be in a stack with these outputs: other addresses, and another stack's name.

        What expires does so as long after today as it did after the day when it was kept.
        """
        text = json.dumps(asdict(self), default=_binary)
        for old, new in renamed(self.outputs, outputs):
            text = text.replace(old, new)
        moved = Data(**json.loads(text, object_hook=_bytes))
        later = int(time.time()) - self.kept_at
        for item in (item for items in moved.tables.values() for item in items):
            if "expires_at" in item:
                item["expires_at"] = {"N": str(int(item["expires_at"]["N"]) + later)}
        return moved

    def restore(self, cloud: Cloud) -> None:
        """Put everything into the tables, buckets and templates of a stack that has just been made."""
        database, storage, ses = (cloud.client(service) for service in ("dynamodb", "s3", "sesv2"))
        tables = by_logical_name(database.list_tables()["TableNames"])
        for logical, items in self.tables.items():
            for item in items:
                database.put_item(TableName=tables[logical], Item=item)
        buckets = by_logical_name(bucket["Name"] for bucket in storage.list_buckets()["Buckets"])
        for logical, files in self.files.items():
            for key, (content, kind) in files.items():
                storage.put_object(Bucket=buckets[logical], Key=key, Body=content, ContentType=kind)
        for template in self.templates:
            ses.create_email_template(**template)


def held(cloud: Cloud, outputs: Mapping[str, Any], links: Mapping[str, str]) -> Data:
    """What a stack holds now."""
    database, storage, ses = (cloud.client(service) for service in ("dynamodb", "s3", "sesv2"))
    tables = {
        logical: [item for page in database.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]
        for logical, name in by_logical_name(database.list_tables()["TableNames"]).items()
    }
    files: dict[str, dict[str, tuple[str | bytes, str]]] = {}
    for logical, bucket in by_logical_name(bucket["Name"] for bucket in storage.list_buckets()["Buckets"]).items():
        for found in storage.list_objects_v2(Bucket=bucket).get("Contents", []):
            file = storage.get_object(Bucket=bucket, Key=found["Key"])
            files.setdefault(logical, {})[found["Key"]] = (_text(file["Body"].read()), file["ContentType"])
    names = [each["TemplateName"] for each in ses.list_email_templates()["TemplatesMetadata"]]
    templates = [ses.get_email_template(TemplateName=name) for name in names]
    told = [{key: template[key] for key in ("TemplateName", "TemplateContent")} for template in templates]
    public = {name: value for name, value in outputs.items() if name.endswith(_SHOWN)}
    return Data(int(time.time()), public, tables, files, told, links)


def by_logical_name(names: Any) -> dict[str, str]:
    """Physical names of one stack's tables or buckets, by their names in the program."""
    found = {match[1]: name for name in names if (match := _PHYSICAL.fullmatch(name)) and name != CODE_BUCKET}
    return dict(sorted(found.items()))


def renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each value of outputs with the one that is in its place, the longest first, and the stacks' names last."""
    pairs = {old[name]: new[name] for name in old if name in new and isinstance(new[name], str)}
    stacks = [re.findall(r"email-list-[a-z]+-", outputs["subscribers_table"])[0][:-1] for outputs in (old, new)]
    return [*sorted(pairs.items(), key=lambda pair: -len(pair[0])), (stacks[0], stacks[1])]


def pack(file: Path, content: Any) -> None:
    """Write JSON, compressed so that the same content gives the same bytes."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(json.dumps(content, sort_keys=True, default=_binary).encode(), mtime=0))


def unpack(file: Path) -> Any:
    return json.loads(gzip.decompress(file.read_bytes()), object_hook=_bytes)


def _text(content: bytes) -> str | bytes:
    """Text where it is some, so that the addresses in it can be replaced."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _binary(content: bytes) -> dict[str, str]:
    return {_BASE64: base64.b64encode(content).decode()}


def _bytes(found: dict[str, Any]) -> Any:
    return base64.b64decode(found[_BASE64]) if found.keys() == {_BASE64} else found
