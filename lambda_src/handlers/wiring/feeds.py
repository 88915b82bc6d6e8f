"""Feeds, as administrators manage them."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from contract import Env
from email_list.aws.clients import client, waiting_client
from email_list.aws.feed_reader import FeedReader
from email_list.aws.feed_schedule import FeedSchedule
from email_list.aws.feed_table import FeedTable
from email_list.feeds.newsdesk import NewsDesk
from email_list.mail import writing
from handlers.wiring import letters, segments, settings, tables


def store() -> FeedTable:
    return FeedTable(tables.records())


@cache
def reader() -> FeedReader:
    return FeedReader(waiting_client("lambda"), os.environ[Env.FEED_READER_FUNCTION])


@cache
def desk() -> NewsDesk:
    schedule = FeedSchedule(
        client("scheduler"),
        os.environ[Env.SCHEDULE_GROUP],
        os.environ[Env.FEED_SENDER_ARN],
        os.environ[Env.SCHEDULE_ROLE],
    )
    zone = settings.document()["time_zone"]["name"]
    return NewsDesk(store(), reader(), schedule, _compose, segments.segments().get, zone)


def _compose(letter: Mapping[str, Any]) -> object:
    return writing.compose(letter, settings.of_list(), letters.find_template())
