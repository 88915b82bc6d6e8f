"""Feeds in DynamoDB, in the records table.

| `pk` | `sk` | item |
|---|---|---|
| `FEED` | feed id | the feed, with the entries that are known of it |
| `FEED#<id>` | `ISSUE#<period>` | what is made of new entries in one period |
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from email_list.aws.dynamodb import ABSENT, Delete, Item, Items, Put, record_key
from email_list.clock import Clock, utc_now
from email_list.feeds.feed import Cadence, Every, Feed, Issue, Mode, State, Status, Wish
from email_list.feeds.feed import Item as Known
from email_list.feeds.problem import Problem, Trouble

ISSUES_KEPT = timedelta(days=90)
"""Long after the last repetition of a start."""

_OF_THE_FEED = ("created_at", "updated_at", "title", "link", "etag", "modified", "looked_at")


class FeedTable:
    """The `FeedStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)

    def get(self, feed_id: str) -> Feed | None:
        item = self._items.get(record_key("FEED", feed_id))
        return _feed(item) if item else None

    def put(self, feed: Feed) -> bool:
        """Store a new feed, or one that was changed since version - 1; False if another change was faster."""
        return self._items.put(_item(feed), _follows(feed))

    def delete(self, feed_id: str) -> None:
        self._items.delete(record_key("FEED", feed_id))

    def all(self) -> Sequence[Feed]:
        """All feeds, the oldest first; there are few."""
        return [_feed(item) for item in self._items.query(Key("pk").eq("FEED"))]

    def issue(self, feed_id: str, period: str) -> Issue | None:
        item = self._items.get(_issue_key(feed_id, period))
        if item is None:
            return None
        return Issue(period, item["issue"], json.loads(item["letter"]), item["keys"], item.get("made", ""))

    def begin(self, feed: Feed, issue: Issue) -> bool:
        """Store an issue with the feed that knows its entries, both or none; False if another was faster."""
        return not self._items.transact(
            [Put(_item(feed), _follows(feed)), Put(self._issue_item(feed.id, issue), ABSENT)]
        )

    def made(self, feed: Feed, issue: Issue) -> bool:
        """Note what has been made of an issue, with the feed whose entries name it; False if another change of the feed
        was faster."""
        return not self._items.transact([Put(_item(feed), _follows(feed)), Put(self._issue_item(feed.id, issue))])

    def drop(self, feed: Feed, issue: Issue) -> None:
        """Forget an issue of which nothing can be made, with the feed that no longer knows its entries."""
        self._items.transact([Put(_item(feed), _follows(feed)), Delete(_issue_key(feed.id, issue.period))])

    def _issue_item(self, feed_id: str, issue: Issue) -> Item:
        return {
            **_issue_key(feed_id, issue.period),
            "issue": issue.id,
            "letter": json.dumps(issue.letter, ensure_ascii=False),
            "keys": list(issue.keys),
            "expires_at": self._items.expiry(ISSUES_KEPT),
            **({"made": issue.made} if issue.made else {}),
        }


def _issue_key(feed_id: str, period: str) -> dict[str, str]:
    return record_key(f"FEED#{feed_id}", f"ISSUE#{period}")


def _follows(feed: Feed) -> ConditionBase:
    return ABSENT if feed.version == 1 else Attr("version").eq(feed.version - 1)


def _item(feed: Feed) -> Item:
    wish = asdict(feed.wish)
    wish["cadence"] = {name: value for name, value in wish["cadence"].items() if value is not None}
    known = {name: value for name in _OF_THE_FEED if (value := getattr(feed, name)) is not None}
    if feed.problem:
        known["problem"] = feed.problem.to_json()
    items = json.dumps([asdict(item) for item in feed.items], ensure_ascii=False)
    status, version = feed.status.value, feed.version
    return {**record_key("FEED", feed.id), **known, "wish": wish, "items": items, "status": status, "version": version}


def _feed(item: Item) -> Feed:
    wish, cadence, problem = item["wish"], item["wish"]["cadence"], item.get("problem")
    on = cadence.get("on")
    return Feed(
        id=item["sk"],
        wish=Wish(
            url=wish["url"],
            cadence=Cadence(
                Every(cadence["every"]),
                cadence["at"],
                cadence["time_zone"],
                on if isinstance(on, str | None) else int(on),
            ),
            template=wish["template"],
            segment=wish["segment"],
            mode=Mode(wish["mode"]),
        ),
        problem=Problem(Trouble(problem["code"]), problem["message"]) if problem else None,
        status=Status(item.get("status", Status.ACTIVE)),
        items=[Known(**{**one, "state": State(one["state"])}) for one in json.loads(item["items"])],
        version=int(item["version"]),
        **{name: item[name] for name in _OF_THE_FEED if name in item},
    )
