"""Growth and results over HTTP, and the functions that count: from the stream of changes to the answer."""

import json
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from email_list.aws.background import BackgroundFunction
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.campaign import Campaign, Status, new_id
from email_list.campaigns.feedback import Mark, Note, Results, Row
from email_list.clock import iso, utc_now
from email_list.errors import ConflictError, NotFoundError

from .conftest import Context, Stack

TODAY = iso(utc_now())[:10]


def record(number: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """A change of the subscribers table, as its stream tells it."""

    def image(item: dict[str, Any]) -> dict[str, Any]:
        return {name: TypeSerializer().serialize(value) for name, value in item.items()}

    key = (after or before or {})["email"]
    images = {"OldImage": image(before) if before else None, "NewImage": image(after) if after else None}
    return {
        "eventID": f"event-{number}",
        "dynamodb": {
            "Keys": {"email": {"S": key}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": 1790000000.0,
            **{name: value for name, value in images.items() if value},
        },
    }


def person(email: str, status: str = "active", **more: Any) -> dict[str, Any]:
    item = {"email": email, "status": status, "subscribed_date": f"{TODAY}T00:00:00.000Z", "source": "form"}
    return {**item, **more}


def count(stack: Stack, *records: dict[str, Any]) -> None:
    stack.run("count_subscribers", {"Records": list(records)})


def analytics(stack: Stack, query: str = "", accept: str = "application/json") -> Any:
    return stack.http("analytics", "GET", f"/analytics{query}", headers={"accept": accept})


def test_who_joins_is_counted_and_told(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    joined = record(1, None, person("ann@example.com"))
    count(stack, joined, record(2, None, person("bob@example.com", "pending")))
    count(stack, joined)
    answer = analytics(stack).json
    assert answer["totals"]["active"] == 1
    assert answer["totals"]["pending"] == 1
    assert answer["days"][-1] == {"date": TODAY, "requested": 1, "joined": 1, "left": 0, "net": 1, "active": 1}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [metric["SubscribersJoined"] for metric in metrics] == [1]


def test_it_comes_as_csv_for_anyone_who_prefers_it(stack: Stack) -> None:
    count(stack, record(1, None, person("ann@example.com")))
    for answer in (analytics(stack, accept="text/csv"), analytics(stack, "?format=csv")):
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.body.splitlines()[-1] == f"{TODAY},0,1,0,1,1"


def test_campaigns_come_as_a_table_of_their_own(stack: Stack) -> None:
    answer = analytics(stack, "?format=csv&table=campaigns")
    assert answer.body.startswith("id,subject,status,started_at,planned,sent,")


@pytest.mark.parametrize("query", ["?format=xml", "?table=people", "?from=monday"])
def test_what_it_does_not_know_it_refuses(stack: Stack, query: str) -> None:
    assert analytics(stack, query).status == 422


def test_a_recount_fixes_the_counters_from_the_table(stack: Stack) -> None:
    stack.subscribers.put_item(Item=person("ann@example.com"))
    first = stack.invoke("recount", {"settling_seconds": 0}).json
    assert first["corrections"] == [
        {"counter": f"GROWTH/{TODAY}#joined#form", "counted": 0, "right": 1},
        {"counter": "TOTALS/active", "counted": 0, "right": 1},
    ]
    assert analytics(stack).json["totals"]["active"] == 1
    again = stack.invoke("recount", {"settling_seconds": 0})
    assert again.status == 200
    found = {"status": "done", "people": 1, "corrections": [], "corrected": 0, "busy": []}
    assert again.json == {"id": again.json["id"], **found}


def test_a_recount_that_one_turn_does_not_finish_goes_on_by_itself(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.subscribers.put_item(Item=person("ann@example.com"))
    events: list[dict[str, Any]] = []
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "recount")
    monkeypatch.setattr(BackgroundFunction, "start", lambda function, event: events.append(event))
    in_a_hurry = Context(remaining=1)
    begun = stack.invoke("recount", {"settling_seconds": 0}, in_a_hurry)
    assert (begun.status, begun.json["status"], begun.json["corrections"]) == (202, "running", [])
    asked = {"id": begun.json["id"]}
    turns = 0
    while events:
        assert stack.invoke("recount", asked).json["status"] == "running"
        assert stack.run("recount", events.pop(), in_a_hurry) is None
        turns += 1
    assert turns == 2
    shown = stack.invoke("recount", asked).json
    assert (shown["status"], shown["people"], shown["corrected"]) == ("done", 1, 2)
    assert analytics(stack).json["totals"]["active"] == 1


def test_a_turn_that_fails_is_an_error_so_that_lambda_tries_it_again(stack: Stack) -> None:
    with pytest.raises(NotFoundError):
        stack.run("recount", {"go_on": "nothing"})


def test_a_recount_fixes_the_results_of_campaigns(stack: Stack) -> None:
    store, feedback, moment = CampaignTable(stack.records), FeedbackTable(stack.records), utc_now()
    recent, old = (new_id(moment - timedelta(days=days)) for days in (1, 500))
    for campaign, days in ((recent, 1), (old, 500)):
        at = iso(moment - timedelta(days=days))
        store.create(Campaign(campaign, Status.SENT, "News", created_at=at, updated_at=at))
        feedback.save(campaign, [(1, Row(), Row().with_notes([Note(0, Mark.OPENED, age=30)]))])
        stack.records.delete_item(Key={"pk": f"CAMPAIGN#{campaign}#1", "sk": "FEEDBACK#0000001"})
    answer = stack.invoke("recount", {"settling_seconds": 0}).json
    # The rows of the older one are gone because their time was over; its sums stay.
    assert answer["corrections"] == [
        {"counter": f"CAMPAIGN#{recent}/{name}", "counted": 1, "right": 0} for name in ("O1", "opened", "opens_total")
    ]
    assert feedback.results(recent) == Results()
    assert feedback.results(old).opened == 1


def test_a_campaign_that_does_not_stand_still_is_named_for_later(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, at = new_id(utc_now()), iso(utc_now())
    CampaignTable(stack.records).create(Campaign(campaign, Status.SENDING, "News", created_at=at, updated_at=at))

    def never_stands_still(table: FeedbackTable, campaign_id: str) -> None:
        raise ConflictError("Too much feedback is arriving.")

    monkeypatch.setattr(FeedbackTable, "recount", never_stands_still)
    answer = stack.invoke("recount", {"settling_seconds": 0}).json
    assert (answer["corrections"], answer["busy"]) == ([], [campaign])


def test_a_recount_waits_for_a_time_that_can_be(stack: Stack) -> None:
    assert stack.invoke("recount", {"settling_seconds": -1}).status == 422
    assert stack.invoke("recount", {"settling_seconds": "long"}).status == 422


def test_a_recount_is_begun_or_asked_about(stack: Stack) -> None:
    assert stack.invoke("recount", {"settling_seconds": 0, "id": "x"}).status == 422
    assert stack.invoke("recount", {"id": "x"}).status == 404
