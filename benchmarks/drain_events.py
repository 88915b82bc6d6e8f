"""How fast SES's events drain on the local stack, and whether every one of them is counted once.

Puts events straight into the queue: each mail's Send and Delivery or bounce about when their turn comes, opens and
clicks at any time after, one in twenty a second time at the end. Waits until all are taken in, and compares the sums
with what was put in and with a recount of the ledger's rows. Run: `python -m benchmarks.drain_events --events 100000`.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from email_list.feedback import Results
from local.stack import LocalStack

CAMPAIGN = "DRAINED"
BATCH = 50
TWICE = 0.05
DISORDER = 500
"""By how many mails the Send event or the delivery of one may be late: five seconds at 100 mails a second."""

AT_ONCE = 10
THREADS = 4
TICK = 1.0


def documents(events: int) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """When an event comes (in mails sent by then), its kind, and the event, until there are so many."""
    chance, number, last = random.Random(3), 0, events / 2.36
    while events > 0:
        kinds = ["Send", "Bounce"] if chance.random() < 0.01 else ["Send", "Delivery"]
        if kinds[-1] == "Delivery" and chance.random() < 0.3:
            kinds += ["Open"] + ["Click"] * (chance.random() < 0.2)
        for kind in kinds[:events]:
            latest = last if kind in ("Open", "Click") else number + DISORDER
            yield chance.uniform(number, max(number, latest)), kind, document(kind, number)
        events -= len(kinds)
        number += 1


def document(kind: str, number: int) -> dict[str, Any]:
    moment = "2026-11-24T10:00:00.000Z"
    mail = {
        "timestamp": moment,
        "messageId": f"m{number}",
        "destination": [f"nobody-{number}@example.com"],
        "tags": {"campaign": [CAMPAIGN], "batch": [str(number // BATCH)], "recipient": [str(number % BATCH)]},
    }
    details = {"timestamp": moment, "userAgent": "Mozilla/5.0 (a person)", "bounceType": "Permanent"}
    return {"eventType": kind, "mail": mail, kind.lower(): details}


def put(sqs: Any, url: str, bodies: list[str]) -> None:
    def batch(start: int) -> None:
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[start : start + AT_ONCE])]
        failed = sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
        assert not failed, failed

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(batch, range(0, len(bodies), AT_ONCE)))


def ledger(stack: LocalStack, prefix: str) -> list[dict[str, Any]]:
    client, deserialize = stack.cloud.client("dynamodb"), TypeDeserializer().deserialize
    pages = client.get_paginator("query").paginate(
        TableName=stack.outputs["campaigns_table"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": {"S": f"CAMPAIGN#{CAMPAIGN}"}, ":prefix": {"S": prefix}},
    )
    items = [item for page in pages for item in page["Items"]]
    return [{name: deserialize(value) for name, value in item.items()} for item in items]


def results(stack: LocalStack) -> Results:
    return Results.of(ledger(stack, "RESULTS#"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args().events
    made = sorted(documents(count), key=lambda event: event[0])
    kinds = Counter(kind for _, kind, _ in made)
    bodies = [json.dumps(document) for *_, document in made]
    arriving = bodies + random.Random(5).sample(bodies, round(TWICE * len(bodies)))
    wanted = Results(
        delivered=kinds["Delivery"],
        bounced=kinds["Bounce"],
        opened=kinds["Open"],
        opens_total=kinds["Open"],
        clicked=kinds["Click"],
        clicks_total=kinds["Click"],
    )
    with LocalStack(port=0, config={"trackEngagement": "true"}) as stack:
        sqs = stack.cloud.client("sqs")
        urls = sqs.list_queues()["QueueUrls"]
        url = next(url for url in urls if "-mail-events-" in url and "-dead-" not in url)
        started = time.monotonic()
        put(sqs, url, arriving)
        put_after = time.monotonic() - started
        print(f"{len(arriving)} messages ({len(bodies)} events) put in {put_after:.0f} s", flush=True)
        while (found := results(stack)) != wanted:
            time.sleep(TICK)
            if time.monotonic() - started > 3600:
                raise SystemExit(f"not drained: {asdict(found)}")
        took = time.monotonic() - started
        rows = ledger(stack, "FEEDBACK#")
        recount = Counter()
        for row in rows:
            for name in ("delivered", "bounced", "opened", "clicked"):
                recount[name] += int(row.get(name, 0)).bit_count()
        assert recount == {name: getattr(wanted, name) for name in recount}, recount
        writes = sum(int(row["revision"]) for row in rows)
        print(f"drained in {took:.0f} s: {len(arriving) / took:.0f} messages a second")
        print(f"exact: {asdict(found)}")
        print(f"{writes} writes of {len(rows)} rows: {writes / len(bodies):.3f} an event")


if __name__ == "__main__":
    main()
