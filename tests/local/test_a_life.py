"""A person's whole life on a stack: they come, are written to, read, and are erased. Then they are searched for, in
every table, bucket, queue, list and log there is."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from email_list.people.stores import STORES, Ends
from email_list.people.subscribers import id_of
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor, until

ANN, BOUNCING = "ann.lifelong@life.example", "bounce+lifelong@simulator.amazonses.com"
NAME = "Annegret Lebenslang"
TRACES = {ANN, BOUNCING, id_of(ANN), id_of(BOUNCING), quote(ANN, safe=""), NAME, "lifelong"}

ONLY_TIME = {store.name for store in STORES if store.ends is Ends.BY_ITSELF}


class Search:
    """Looks for traces of people wherever a stack keeps anything."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._client = stack.cloud.client

    def hits(self) -> list[tuple[str, str]]:
        """Every place where a trace was found: the store by its name in the table of stores, and the place itself."""
        return [(store, place) for store, place, text in self._everything() if any(trace in text for trace in TRACES)]

    def _everything(self) -> Iterator[tuple[str, str, str]]:
        yield from self._tables()
        yield from self._buckets()
        yield from self._queues()
        yield from self._parameters()
        listed = self._client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"]
        yield "suppression_list", "suppression list", json.dumps(listed, default=str)
        yield "logs", "logs of functions", self._stack.function_logs()

    def _tables(self) -> Iterator[tuple[str, str, str]]:
        dynamodb = self._client("dynamodb")
        for table in dynamodb.list_tables()["TableNames"]:
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    yield "tables", f"{table} {item.get('pk', item.get('email'))}", json.dumps(item, default=str)

    def _buckets(self) -> Iterator[tuple[str, str, str]]:
        s3 = self._client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
                for found in page.get("Contents", []):
                    body = s3.get_object(Bucket=bucket["Name"], Key=found["Key"])["Body"].read()
                    store = "code" if found["Key"].endswith(".zip") else "files"
                    yield store, f"{bucket['Name']} {found['Key']}", found["Key"] + body.decode(errors="replace")

    def _queues(self) -> Iterator[tuple[str, str, str]]:
        sqs = self._client("sqs")
        for url in sqs.list_queues().get("QueueUrls", []):
            how = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 1, "MessageAttributeNames": ["All"]}
            found = sqs.receive_message(QueueUrl=url, **how).get("Messages", [])
            yield "queues", url, json.dumps(found, default=str)

    def _parameters(self) -> Iterator[tuple[str, str, str]]:
        ssm = self._client("ssm")
        for parameter in ssm.describe_parameters()["Parameters"]:
            value = ssm.get_parameter(Name=parameter["Name"], WithDecryption=True)["Parameter"]["Value"]
            yield "parameters", parameter["Name"], value


def live(visitor: Visitor, campaigner: Campaigner) -> dict[str, Any]:
    """Everything that can happen to a person, until they have their data in hand; what they downloaded."""
    begin_series(visitor)
    visitor.sign_up(ANN, name=NAME, attributes={"city": "Lebenslang"})
    assert visitor.press(visitor.link(ANN, "/confirm")).status_code == 200
    until(lambda: any(mail["subject"] == "Series" for mail in visitor.mails(ANN)), "the sequence", 90)
    assert visitor.admin("POST", "/subscribers", json={"email": BOUNCING, "name": NAME}).status_code == 201
    campaign = campaigner.admin("POST", "/campaigns", json={"subject": "News", "body": "Hello {{name}}."}).json()["id"]
    campaigner.wait(campaign)
    mail = next(mail for mail in visitor.mails(ANN) if mail["subject"] == "News")
    mailbox = f"{visitor.stack.outputs['mailbox_url']}/messages/{quote(mail['id'], safe='')}"
    assert requests.post(f"{mailbox}/open", timeout=30).status_code == 202
    assert requests.post(f"{mailbox}/click", params={"url": "https://life.example/"}, timeout=30).status_code == 202
    until(lambda: campaigner.show(campaign)["results"]["clicked"] == 1, "the click")
    until(lambda: (visitor.person(BOUNCING) or {})["status"] == "bounced", "the bounce")
    export = visitor.admin("POST", "/subscribers/export").json()["id"]
    until(lambda: visitor.admin("GET", f"/subscribers/export/{export}").json()["status"] == "done", "the export")
    headers = {"content-type": "text/csv"}
    job = visitor.admin("POST", "/subscribers/import", data=f"email,name\n{ANN},{NAME}\n", headers=headers).json()["id"]
    until(lambda: visitor.admin("GET", f"/subscribers/import/{job}").json()["existing"] == 1, "the import")
    assert visitor.admin("PATCH", f"/subscribers/{ANN}", json={"name": NAME}).status_code == 200
    preferences = next(link for link in re.findall(r"http\S+/preferences\?token=[\w.-]+", mail["text"]))
    assert visitor.press(preferences, action="save").status_code == 200
    return visitor.press(data_link(visitor, preferences), action="download").json()


def begin_series(visitor: Visitor) -> None:
    """A sequence that Ann enters, and in which she is still inside at her end."""
    letters = [{"subject": subject, "body": "Hi"} for subject in ("Series", "Later")]
    steps = [{"letter": letters[0]}, {"wait": {"days": 1}, "letter": letters[1]}]
    asked = {"name": "Life", "trigger": {"on": "confirmed"}, "filter": {"attribute": "city", "is": "Lebenslang"}}
    sequence = visitor.admin("POST", "/sequences", json={**asked, "steps": steps}).json()["id"]
    assert visitor.admin("POST", f"/sequences/{sequence}/activate").status_code == 200


def data_link(visitor: Visitor, preferences: str) -> str:
    """The link that is mailed to Ann when she asks for her data."""

    def links() -> list[str]:
        return [
            link
            for mail in visitor.mails(ANN)
            for link in re.findall(r"http\S+/preferences/data\?token=[\w.-]+", mail["text"])
        ]

    before = len(links())
    assert visitor.press(preferences, action="erase").status_code == 200
    until(lambda: len(links()) > before, "the link")
    return links()[-1]


def test_of_a_person_who_lived_and_was_erased_nothing_is_left_that_time_does_not_empty(
    whole_list: LocalStack,
) -> None:
    visitor, campaigner, search = Visitor(whole_list), Campaigner(whole_list), Search(whole_list)
    downloaded = live(visitor, campaigner)
    # What they may take along is everything that is stored about them.
    assert downloaded["consent"]["confirmed"]["ip"]
    ((received,),) = ([one for one in downloaded["campaigns"] if one["subject"] == "News"],)
    assert (received["outcome"], received["opened"], received["clicked"]) == ("sent", [0], [0])
    assert {"delivered", "opened", "clicked"} <= set(received["feedback"])
    ((series,), (first,)) = downloaded["sequences"], downloaded["sequences"][0]["emails"]
    assert (series["sequence"], series["group"], series["step"]) == ("Life", "inside", 2)
    assert (first["subject"], first["outcome"]) == ("Series", "sent")
    # A search that finds nothing proves nothing unless it finds them while they are there.
    assert {store for store, _ in search.hits()} >= {"tables", "files"}

    preferences = next(
        link for mail in visitor.mails(ANN) for link in re.findall(r"http\S+/preferences\?token=[\w.-]+", mail["text"])
    )
    assert visitor.press(data_link(visitor, preferences), action="erase").status_code == 200
    assert visitor.admin("DELETE", f"/subscribers/{BOUNCING}").status_code == 200

    def left() -> list[tuple[str, str]]:
        return [hit for hit in search.hits() if hit[0] not in ONLY_TIME]

    until(lambda: not left(), f"the end of {left()}", 60)
    assert [hit for hit in search.hits() if hit[0] == "queues"] == []
    assert {store for store, _ in search.hits()} <= {"files", "suppression_list"}
