"""What makes issues of feeds: campaigns by the desk, drafts for editors."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.draft_table import DraftTable
from email_list.campaigns.saved_drafts import SavedDraft
from email_list.clock import iso, utc_now
from email_list.feeds.newsdesk import Press
from handlers.wiring import desk, feeds, tables


@cache
def press() -> Press:
    return Press(feeds.store(), feeds.reader(), _send, _keep)


def _send(request: Mapping[str, Any], key: str) -> str:
    return desk.desk().create(request, key).campaign.id


def _keep(draft_id: str, written: Mapping[str, Any]) -> str:
    DraftTable(tables.records()).put(SavedDraft(draft_id, version=1, updated_at=iso(utc_now()), **written))
    return draft_id
