"""Where a picture is shown: drafts, templates, campaigns and sequences, whose sources are read one after the other.

That is the dear way, at a unit for each 8 KB, but exact; only a deletion takes it.
"""

from collections.abc import Iterator
from typing import Any

from boto3.dynamodb.conditions import Key

from email_list.aws.dynamodb import Items
from email_list.aws.partitions import CAMPAIGNS, DRAFTS, SEQUENCES, TEMPLATES, letter_key, steps_key
from email_list.pictures.pictures import Use


class PictureUses:
    """The `Uses` of production. `table` is a boto3 DynamoDB table, that of records."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def first(self, text: str) -> Use | None:
        """Something in whose source this text occurs."""
        return next((use for use, source in self._sources() if text in source), None)

    def _sources(self) -> Iterator[tuple[Use, str]]:
        """Everything that is written, with what it is."""
        for kind, partition, source in (("draft", DRAFTS, "written"), ("template", TEMPLATES, "source")):
            for item in self._items.query(Key("pk").eq(partition), attributes=("sk", source)):
                yield Use(kind, item["sk"]), item[source]
        campaigns = self._items.query(Key("pk").eq(CAMPAIGNS), attributes=("sk", "edition"))
        letters = [letter_key(item["sk"], item.get("edition", "")) for item in campaigns]
        for item in self._items.get_many(letters, ("pk", "source")):
            yield Use("campaign", item["pk"].partition("#")[2]), item["source"]
        yield from self._of_sequences()

    def _of_sequences(self) -> Iterator[tuple[Use, str]]:
        """Their steps, and the letters of earlier ones, which people inside may still be sent."""
        for item in self._items.query(Key("pk").eq(SEQUENCES), attributes=("sk", "lines")):
            editions = [edition for line in item["lines"].values() for edition in line]
            keys = [steps_key(item["sk"]), *(letter_key(edition, "") for edition in editions)]
            for written in self._items.get_many(keys, ("steps", "source")):
                yield Use("sequence", item["sk"]), written.get("steps") or written["source"]
