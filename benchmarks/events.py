"""SES's events on the local stack: how fast they drain, and whether every one of them is counted once.

They are put straight into the queue as they would arrive, one in twenty a second time at the end. Run with another
number of emails: `python -m benchmarks.events --mails 40000`.
"""

import argparse
import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

from benchmarks.arriving import RECEIVED_AT_ONCE, Mailing, document
from benchmarks.figures import Aim, Figure, Findings, table
from email_list.aws.feedback_table import FeedbackTable
from email_list.events.mail_events import Event, Kind
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack

MAILS = 4000
RATE = 100.0
BATCH = 50
TWICE = 0.05
THREADS = 4
TICK = 1.0
PATIENCE_SECONDS = 3600.0
COUNTED = {
    Kind.DELIVERY: ("delivered",),
    Kind.BOUNCE: ("bounced",),
    Kind.OPEN: ("opens_total",),
    Kind.CLICK: ("clicked", "clicks_total"),
}


def run(mails: int = MAILS) -> Findings:
    """Put all events of a campaign into the queue, and wait until they are counted."""
    mailing = Mailing(mails, RATE, BATCH, deliveries=True, reads=True, campaign="DRAINED")
    events = [event for _, event in mailing.events()]
    bodies = [json.dumps(document(event)) for event in events]
    arriving = bodies + random.Random(5).sample(bodies, round(TWICE * len(bodies)))
    wanted = _sums(events)
    with LocalStack(port=0, config={"trackEngagement": "everybody"}) as stack:
        feedback = _feedback(stack)
        started = time.monotonic()
        _put(stack, arriving)
        while any((sums := feedback.sums(mailing.campaign))[name] != wanted[name] for name in wanted):
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise RuntimeError(f"not drained: {sums} instead of {wanted}")
            time.sleep(TICK)
        took = time.monotonic() - started
        wrong = feedback.recount(mailing.campaign)
        rows = feedback.rows_between(mailing.campaign, 0, mails)
    writes = sum(row.revision for row in rows.values())
    return Findings(
        [
            Figure("events drained a second", len(arriving) / took),
            Figure("sums that a recount corrects", len(wrong), aim=Aim(most=0), exact=True),
            Figure("writes of a row for one event", writes / len(events), plain=1),
        ]
    )


def _sums(events: list[Event]) -> Counter[str]:
    """What must come of events."""
    wanted = Counter(name for event in events for name in COUNTED.get(event.kind, ()))
    wanted["opened"] = len({event.message for event in events if event.kind is Kind.OPEN})
    return wanted


def _feedback(stack: LocalStack) -> FeedbackTable:
    keys: dict[str, Any] = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    dynamodb = boto3.resource("dynamodb", region_name="us-east-1", endpoint_url=stack.emulator.url, **keys)
    return FeedbackTable(dynamodb.Table(stack.outputs["campaigns_table"]))


def _put(stack: LocalStack, bodies: list[str]) -> None:
    sqs = stack.cloud.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    url = next(url for url in urls if "-mail-events-" in url and "-dead-" not in url)

    def batch(start: int) -> None:
        some = bodies[start : start + RECEIVED_AT_ONCE]
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(some)]
        failed = sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
        if failed:
            raise RuntimeError(f"not taken: {failed}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(batch, range(0, len(bodies), RECEIVED_AT_ONCE)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--mails", type=int, default=MAILS)
    print(table({"events": run(parser.parse_args().mails)}))


if __name__ == "__main__":
    main()
