"""What a recount needs of the counters, in the records table: to record changes, stop the counting, set counters.

The keys are in `counter_table`.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list.aws.counter_table import RUN, CounterTable, Run, notes_key
from email_list.aws.dynamodb import ABSENT, MAX_TRANSACTION, Check, Put, Update, record_key
from email_list.aws.shards import ACTIVE
from email_list.errors import ConflictError
from email_list.figures.counting import Note
from email_list.figures.growth import CounterName

RUN_LASTS = timedelta(minutes=20)
"""Longer than a turn can take and a failed one waits for its next try: a recount that died does not hold up counting
for longer than this."""


class RecountTable(CounterTable):
    """`recount.Counters` of production. `table` is a boto3 DynamoDB table."""

    def open_run(self) -> str:
        """Begin to record changes; ConflictError if another recount does so already."""
        run = secrets.token_hex(8)
        opened = {**RUN, "run": run, "stopped": False, "until": self._items.expiry(RUN_LASTS)}
        if not self._items.put(opened, ABSENT | Attr("until").lt(self._items.expiry())):
            raise ConflictError("Another recount is running.")
        return run

    def keep_run(self, run: str) -> None:
        """Keep it open for another turn; LookupError if the run is no longer this one's."""
        self._change_run(run, until=self._items.expiry(RUN_LASTS))

    def stop_counting(self, run: str) -> None:
        """Refuse changes until `end_run`; LookupError if the run is no longer this one's."""
        self._change_run(run, stopped=True)

    def notes(self, run: str) -> Iterator[Note]:
        """The changes recorded in a run, in any order."""
        for shard in range(ACTIVE):
            for item in self._items.query(Key("pk").eq(notes_key(run, shard))):
                counters = [(book, name) for book, name in item["counters"]]
                yield Note(item["person"], int(item["sk"].partition("#")[0]), counters)

    def correct(self, run: str, amounts: Mapping[CounterName, int]) -> None:
        """Set counters, while counting is stopped for this run."""
        puts = [Put({**record_key(book, name), "amount": amount}) for (book, name), amount in sorted(amounts.items())]
        guard, step = Check(RUN, self.unchanged(Run(run, stopped=True))), MAX_TRANSACTION - 1
        for start in range(0, len(puts), step):
            if refused := self._items.transact([guard, *puts[start : start + step]]):
                raise RuntimeError(f"counters could not be corrected: {', '.join(sorted(set(refused)))}")

    def end_run(self, run: str) -> None:
        """Let counting continue without records."""
        self._items.delete(RUN, Attr("run").eq(run))

    def _change_run(self, run: str, **changes: Any) -> None:
        still_ours = Attr("run").eq(run) & Attr("until").gt(self._items.expiry())
        if self._items.update(Update(RUN, set=changes, when=still_ours)) is None:
            raise LookupError("this recount took too long")
