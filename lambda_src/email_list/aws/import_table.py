"""People whom an import names, many at once."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from email_list.aws.dynamodb import MAX_KEYS, PAUSE_SECONDS, Item, Items, Key
from email_list.aws.shards import with_status
from email_list.aws.subscriber_items import by_address, erased_key, person_key, record, stored
from email_list.aws.subscriber_table import SubscriberTable, new_nonce
from email_list.people.subscribers import ERASED, Changes, Erased, Evidence, Imported, Record, Status

_MAX_STATEMENTS = 25
"""Statements of one BatchExecuteStatement call (DynamoDB API reference)."""

_PARALLEL_CALLS = 8
_PASSING_ERRORS = {
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "InternalServerError",
}
"""Codes of BatchStatementError that a later attempt may not meet."""


class ImportTable:
    """The `imports.People` of production. `table` is a boto3 DynamoDB table; threads may share this."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)
        self._people = SubscriberTable(table)

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> dict[str, Record | Erased]:
        """Those of these people who are on the list or were erased, by address.

        Erasing first writes what is kept and then deletes the person, so anyone looked for in this order and not found
        was not erased while the two were read.
        """
        found = {email: record(item) for email, item in self._get(map(person_key, emails)).items()}
        gone = {erased_key(fingerprints[email])["email"]: email for email in emails if email not in found}
        erased = dict.fromkeys((gone[name] for name in self._get(map(person_key, gone))), ERASED)
        return {**{email: person for email, person in found.items() if person}, **erased}

    def insert_new(self, people: Sequence[Imported], consent: Evidence) -> set[str]:
        """Store people, each only if not there yet; returns the addresses that were there already.

        PartiQL's INSERT refuses what exists, each statement for itself, twenty-five per call.
        """
        items = [_imported(row, consent) for row in people]
        batches = [items[start : start + _MAX_STATEMENTS] for start in range(0, len(items), _MAX_STATEMENTS)]
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            return set().union(*threads.map(self._insert, batches))

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        """Give people who are on the list the status that their row of an import names, if that is stricter."""
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            list(threads.map(lambda row: self._people.restrict(row, at), people))

    def update(self, changed: Sequence[tuple[Imported, Changes]]) -> None:
        """Change what is known of people who are active, and remember the row that did."""
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            list(threads.map(lambda change: self._people.update(*change), changed))

    def _get(self, keys: Iterable[Key]) -> dict[str, Item]:
        wanted = list({key["email"]: key for key in keys}.values())
        batches = [wanted[start : start + MAX_KEYS] for start in range(0, len(wanted), MAX_KEYS)]
        if len(batches) == 1:
            return by_address(self._items.get_many(batches[0]))
        found: dict[str, Item] = {}
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            for batch in threads.map(lambda batch: by_address(self._items.get_many(batch)), batches):
                found |= batch
        return found

    def _insert(self, items: Sequence[Item]) -> set[str]:
        taken: set[str] = set()
        while items:
            statements = [_insertion(self._items.table_name, item) for item in items]
            answers = self._items.client.batch_execute_statement(Statements=statements)["Responses"]
            errors = [answer.get("Error", {}).get("Code") for answer in answers]
            taken |= {item["email"] for item, error in zip(items, errors, strict=True) if error == "DuplicateItem"}
            items = [item for item, error in zip(items, errors, strict=True) if error in _PASSING_ERRORS]
            unexpected = set(errors) - {None, "DuplicateItem", *_PASSING_ERRORS}
            if unexpected:
                raise RuntimeError(f"DynamoDB refused to store subscribers: {', '.join(sorted(map(str, unexpected)))}")
            if items:
                time.sleep(PAUSE_SECONDS)
        return taken


def _insertion(table_name: str, item: Item) -> Item:
    values = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table_name}" VALUE {{{values}}}', "Parameters": list(item.values())}


def _imported(row: Imported, consent: Evidence) -> Item:
    """The whole item of someone who came with this row of an import."""
    person = row.person
    proof = {"file": dict(row.proof)} if row.proof else {}
    joins = person.status is Status.ACTIVE
    came = {"what": "imported"} if joins else {"what": person.status.value, "by": "import"}
    return {
        "email": person.email,
        **stored(person),
        **with_status(person.email, person.status),
        "subscribed_date": person.subscribed_date,
        "source": person.source,
        "import_row": row.row,
        "nonce": new_nonce(),
        **({"consent": {"subscribed": consent.to_json(), **proof}} if joins else {}),
        "history": [{"at": consent.at, **came}],
    }
