"""Saved drafts: letters that are still being written, kept for every editor and every device.

A draft may be unfinished, but each of its fields has a type and a limit. Letter and audience are returned exactly as
they came.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from email_list import fields
from email_list.campaigns import choosing
from email_list.campaigns.campaign import is_id, new_id
from email_list.clock import Clock, iso, utc_now
from email_list.errors import NotFoundError, OvertakenError
from email_list.mail import writing
from email_list.people.filters import Filter


@dataclass(frozen=True)
class SavedDraft:
    """A draft as its editors left it; `version` counts its changes from 1."""

    id: str
    title: str | None
    letter: Mapping[str, Any] | None
    audience: Mapping[str, Any] | None
    version: int
    updated_at: str

    def written(self) -> dict[str, Any]:
        """What editors write of it, in the shape in which `PUT` takes it."""
        return {"title": self.title, "letter": self.letter, "audience": self.audience}

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.written(), "version": self.version, "updated_at": self.updated_at}


@dataclass(frozen=True)
class DraftPage:
    """Part of a listing, newest first; `cursor` continues it, None at the end."""

    drafts: Sequence[SavedDraft]
    cursor: str | None


class DraftStore(Protocol):
    """Where drafts are kept (`email_list.aws.draft_table`, or a fake in tests)."""

    def get(self, draft_id: str) -> SavedDraft | None: ...

    def put(self, draft: SavedDraft) -> bool:
        """Store a draft, replacing the previous version; False if another is there, or none where one was."""
        ...

    def delete(self, draft: SavedDraft) -> bool:
        """Remove a draft, unless it has changed since it was read."""
        ...

    def page(self, limit: int, cursor: str | None) -> DraftPage: ...


Seen = Callable[[int], bool]
"""Whether an editor about to change this version of a draft has seen it."""


def find(draft_id: str, store: DraftStore) -> SavedDraft:
    """NotFoundError if there is no such draft."""
    draft = store.get(draft_id) if is_id(draft_id) else None
    if draft is None:
        raise NotFoundError("There is no such draft.")
    return draft


def find_seen(draft_id: str, seen: Seen, store: DraftStore) -> SavedDraft:
    """The draft, if the editor has seen its current state. OvertakenError includes the newer version."""
    draft = find(draft_id, store)
    if not seen(draft.version):
        raise _overtaken(draft)
    return draft


def create(document: Mapping[str, Any], store: DraftStore, clock: Clock = utc_now) -> SavedDraft:
    """Store a new draft of a request's `title`, `letter` and `audience`. InvalidError names what no draft may
    contain."""
    now = clock()
    draft = _checked(SavedDraft(new_id(now), None, None, None, 1, iso(now)), document)
    store.put(draft)
    return draft


def save(
    draft_id: str, document: Mapping[str, Any], seen: Seen, store: DraftStore, clock: Clock = utc_now
) -> SavedDraft:
    """Replace those of `title`, `letter` and `audience` that a request names, each as a whole."""
    current = find_seen(draft_id, seen, store)
    draft = _checked(replace(current, version=current.version + 1, updated_at=iso(clock())), document)
    if not store.put(draft):
        raise _overtaken(find(draft_id, store))
    return draft


def delete(draft_id: str, seen: Seen, store: DraftStore) -> None:
    """Delete a draft permanently."""
    draft = find_seen(draft_id, seen, store)
    if not store.delete(draft):
        raise _overtaken(find(draft_id, store))


def _checked(draft: SavedDraft, document: Mapping[str, Any]) -> SavedDraft:
    draft = replace(draft, **{name: document[name] for name in draft.written() if name in document})
    if draft.title is not None:
        draft = replace(draft, title=fields.single_line(draft.title, "title", fields.MAX_SUBJECT))
    if draft.letter is not None:
        writing.checked_source(draft.letter)
    # A segment is looked up when the draft is sent: it may be deleted until then, and the words must be kept.
    choosing.read(draft.audience, lambda segment: Filter.read({"topic": segment}))
    fields.kept_json(draft.written(), "draft")
    return draft


def _overtaken(newer: SavedDraft) -> OvertakenError:
    message = (
        f"Someone else has changed the draft since you read it; it is at version {newer.version} now. Nothing was "
        "saved, sent or deleted: look at the newer version, which comes with this answer, then try again."
    )
    return OvertakenError(message, details={"version": newer.version, "draft": newer.to_json()})
