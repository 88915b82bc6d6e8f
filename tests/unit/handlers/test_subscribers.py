"""The administrator's tools for single people."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import Answer, Stack

ANN = "ann@example.com"


def call(stack: Stack, method: str, body: Any = None, email: str = ANN) -> Answer:
    path = f"/subscribers/{email}"
    return stack.http("subscribers", method, path, json_body=body)


def test_a_vouched_person_is_active_at_once(stack: Stack) -> None:
    body = {"email": "Ann@Example.com", "name": "Ann", "attributes": {"city": "Ulm"}}
    answer = stack.http("subscribers", "POST", "/subscribers", json_body=body)
    assert answer.status == 201
    assert (answer.json["email"], answer.json["status"], answer.json["source"]) == (ANN, "active", "administrator")
    assert stack.http("subscribers", "POST", "/subscribers", json_body=body).status == 409


def test_nobody_can_vouch_for_an_erased_person(stack: Stack) -> None:
    stack.put(ANN, "active")
    assert call(stack, "DELETE").status == 200
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": ANN})
    assert (answer.status, answer.json["error"]["code"]) == (409, "erased")
    assert stack.invoke("subscribe", {"email": ANN}).status == 409


def test_vouching_brings_nobody_back_who_left_unless_it_is_acknowledged(stack: Stack) -> None:
    stack.put(ANN, "unsubscribed")
    before = stack.person(ANN)
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": ANN})
    assert (answer.status, answer.json["error"]["code"]) == (409, "acknowledgement_required")
    assert stack.person(ANN) == before
    assert call(stack, "PATCH", {"status": "active", "acknowledge": "unsubscribed"}).json["status"] == "active"


def test_an_operator_with_access_to_the_account_may_bring_somebody_back(stack: Stack) -> None:
    stack.put(ANN, "unsubscribed")
    assert stack.invoke("subscribe", {"email": ANN}).status == 200
    assert stack.person(ANN)["status"] == "active"


def test_a_record_shows_consent_and_history(stack: Stack) -> None:
    stack.http("subscribers", "POST", "/subscribers", json_body={"email": ANN})
    stack.invoke("unsubscribe", {"email": ANN})
    record = call(stack, "GET", email="ANN@example.com").json
    assert record["consent"]["subscribed"]["wording"] == "vouched for by an administrator"
    assert [entry["what"] for entry in record["history"]] == ["subscribed", "unsubscribed"]
    assert record["history"][1]["by"] == "operator"


ODD = [
    "a/b@example.com",
    "a%b@example.com",
    "a?b#c@example.com",
    "..%2f@example.com".replace("..", "x"),
    "'+x@example.com",
]


@pytest.mark.parametrize("email", [*ODD, ANN])
def test_everybody_can_be_reached_changed_and_erased_by_their_id(stack: Stack, email: str) -> None:
    added = stack.http("subscribers", "POST", "/subscribers", json_body={"email": email}).json
    listed = stack.http("list_subscribers", "GET", "/subscribers").json["subscribers"]
    assert [person["id"] for person in listed] == [added["id"]]
    path = f"/subscribers/by-id/{added['id']}"
    assert quote(added["id"], safe="") == added["id"]
    assert stack.http("subscribers", "GET", path).json["email"] == email
    assert stack.http("subscribers", "PATCH", path, json_body={"name": "Ann"}).json["name"] == "Ann"
    assert stack.http("subscribers", "DELETE", path).status == 200
    assert stack.person(email) is None
    assert stack.http("subscribers", "GET", path).status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_of_nobody_is_not_found(stack: Stack, method: str) -> None:
    stack.put(ANN, "active")
    assert call(stack, "DELETE").status == 200
    (left,) = [item["email"] for item in stack.subscribers.scan()["Items"]]
    ids = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (left, "nobody@example.com", "x")]
    for id_ in (*ids, "A", "%20", "~~~~", "_" * 400):
        body = {"name": "Ann"} if method == "PATCH" else None
        assert stack.http("subscribers", method, f"/subscribers/by-id/{id_}", json_body=body).status == 404
    assert left in [item["email"] for item in stack.subscribers.scan()["Items"]]


def test_no_topics_are_not_all_topics(stack: Stack) -> None:
    def topics(name: str, **asked: Any) -> list[str]:
        body = {"email": f"{name}@example.com", **asked}
        return stack.http("subscribers", "POST", "/subscribers", json_body=body).json["topics"]

    assert topics("absent") == ["News", "Events"]
    assert topics("empty", topics=[]) == []
    assert topics("one", topics=["Events"]) == ["Events"]
    assert call(stack, "PATCH", {"topics": []}, "one@example.com").json["topics"] == []


@pytest.mark.parametrize(
    ("asked", "field"), [({"topic": ["News"]}, "topic"), ({"topics": None}, "topics"), ({"tags": []}, "tags")]
)
def test_a_misspelt_or_half_said_field_is_refused_by_its_name(stack: Stack, asked: dict[str, Any], field: str) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": ANN, **asked})
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": field})
    stack.put(ANN, "active", topics=["News"])
    answer = call(stack, "PATCH", asked)
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": field})
    assert stack.person(ANN)["topics"] == ["News"]


def test_letters_that_are_lost_are_never_stored(stack: Stack) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": ANN, "name": "J\ufffdrg"})
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": "name"})
    assert stack.person(ANN) is None


def test_name_topics_and_attributes_can_be_edited(stack: Stack) -> None:
    stack.put(ANN, "active", name="Ann")
    answer = call(stack, "PATCH", {"name": "Anna", "topics": ["News"], "attributes": {"age": 41}})
    assert answer.status == 200
    assert (answer.json["name"], answer.json["topics"], answer.json["attributes"]) == ("Anna", ["News"], {"age": 41})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"email": "other@example.com"}, 422),
        ({"status": "bounced"}, 422),
        ({"status": ["active"]}, 422),
        ({"topics": ["Gossip"]}, 422),
        ({"name": "x" * 101}, 422),
    ],
)
def test_what_cannot_be_edited_is_refused_and_nothing_changes(stack: Stack, body: dict, status: int) -> None:
    stack.put(ANN, "active", name="Ann")
    before = stack.person(ANN)
    assert call(stack, "PATCH", {"name": "Other", **body}).status == status
    assert stack.person(ANN) == before


def test_a_person_is_unsubscribed_by_an_administrator(stack: Stack) -> None:
    stack.put(ANN, "active")
    assert call(stack, "PATCH", {"status": "unsubscribed"}).json["status"] == "unsubscribed"


@pytest.fixture
def suppressed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The account's suppression list: a reason by address."""
    entries: dict[str, str] = {}

    class Account:
        def __init__(self, client: Any) -> None:
            pass

        def lift(self, email: str) -> bool:
            if entries.get(email) == "COMPLAINT":
                return False
            entries.pop(email, None)
            return True

    monkeypatch.setattr("handlers.wiring.administration.AccountSuppression", Account)
    return entries


def test_an_address_that_is_made_active_again_is_taken_off_the_accounts_suppression_list(
    stack: Stack, suppressed: dict[str, str]
) -> None:
    suppressed[ANN] = "BOUNCE"
    stack.put(ANN, "bounced", soft_bounces={"2026-01-01T00:00:00.000Z|m"})
    call(stack, "PATCH", {"status": "active"})
    assert suppressed == {ANN: "BOUNCE"}
    assert call(stack, "PATCH", {"status": "active", "acknowledge": "bounced"}).json["status"] == "active"
    assert suppressed == {}
    assert "soft_bounces" not in stack.person(ANN)


def test_who_complained_about_another_list_of_the_account_is_not_made_active(
    stack: Stack, suppressed: dict[str, str]
) -> None:
    suppressed[ANN] = "COMPLAINT"
    stack.put(ANN, "bounced")
    assert call(stack, "PATCH", {"status": "active", "acknowledge": "bounced"}).status == 409
    assert (suppressed, stack.person(ANN)["status"]) == ({ANN: "COMPLAINT"}, "complained")


@pytest.mark.parametrize("before", ["unsubscribed", "bounced", "pending"])
@pytest.mark.usefixtures("suppressed")
def test_making_someone_active_again_must_be_meant(stack: Stack, before: str) -> None:
    stack.put(ANN, before)
    refused = call(stack, "PATCH", {"status": "active"})
    assert (refused.status, refused.json["error"]["code"]) == (409, "acknowledgement_required")
    assert f'"acknowledge": "{before}"' in refused.json["error"]["message"]
    assert call(stack, "PATCH", {"status": "active", "acknowledge": before}).json["status"] == "active"


def test_someone_who_complained_is_never_made_active(stack: Stack) -> None:
    stack.put(ANN, "complained")
    assert call(stack, "PATCH", {"status": "active", "acknowledge": "complained"}).status == 409
    assert stack.person(ANN)["status"] == "complained"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_somebody_who_is_not_there_is_not_found(stack: Stack, method: str) -> None:
    assert call(stack, method, {"name": "Ann"} if method == "PATCH" else None).status == 404


def test_erasing_removes_the_person_and_asks_for_the_traces(stack: Stack) -> None:
    stack.put(ANN, "active")
    assert call(stack, "DELETE").status == 200
    assert stack.person(ANN) is None
    assert [json.loads(message["body"])["email"] for message in stack.messages("ERASURES_QUEUE")] == [ANN]


def test_the_listing_goes_page_by_page_newest_first_active_people_first(stack: Stack) -> None:
    for number in range(5):
        stack.put(f"a{number}@example.com", "active", subscribed_date=f"2026-01-0{number + 1}T00:00:00.000Z")
    stack.put("gone@example.com", "unsubscribed")
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        answer = stack.http("list_subscribers", "GET", f"/subscribers?limit=2&cursor={cursor}").json
        seen += [person["email"] for person in answer["subscribers"]]
        cursor, pages = answer["cursor"], pages + 1
    assert seen == [f"a{number}@example.com" for number in (4, 3, 2, 1, 0)] + ["gone@example.com"]
    assert pages == 3


def test_the_direct_listing_counts_everyone(stack: Stack) -> None:
    for number in range(3):
        stack.put(f"a{number}@example.com", "active")
    stack.put("gone@example.com", "unsubscribed")
    whole = stack.invoke("list_subscribers", {}).json
    assert (len(whole["subscribers"]), whole["total_count"], whole["cursor"]) == (4, 4, None)
    part = stack.invoke("list_subscribers", {"status": "active", "limit": 2}).json
    assert (len(part["subscribers"]), part["total_count"]) == (2, 3)


def test_of_a_long_list_the_counters_tell_the_length(stack: Stack) -> None:
    stack.put("ann@example.com", "active")
    stack.put("bob@example.com", "active")
    for status, amount in (("active", 40_000), ("unsubscribed", 2_000)):
        stack.records.put_item(Item={"pk": "TOTALS", "sk": status, "amount": amount})
    assert stack.invoke("list_subscribers", {"limit": 1}).json["total_count"] == 42_000
    assert stack.invoke("list_subscribers", {"limit": 1, "status": "active"}).json["total_count"] == 40_000
    assert stack.invoke("list_subscribers", {"limit": 1, "status": "unsubscribed"}).json["total_count"] == 0
    assert stack.invoke("list_subscribers", {}).json["total_count"] == 2


def test_people_are_found_by_the_beginning_of_their_address(stack: Stack) -> None:
    for name in ("ann", "anna", "bert", "annabel"):
        stack.put(f"{name}@example.com", "active")
    first = stack.http("list_subscribers", "GET", "/subscribers?search=ANNA&limit=1").json
    assert [person["email"] for person in first["subscribers"]] == ["anna@example.com"]
    rest = stack.http("list_subscribers", "GET", f"/subscribers?search=anna&cursor={first['cursor']}").json
    assert [person["email"] for person in rest["subscribers"]] == ["annabel@example.com"]


def found(stack: Stack, query: str) -> tuple[list[str], str | None]:
    page = stack.http("list_subscribers", "GET", f"/subscribers?{query}").json
    return [person["email"] for person in page["subscribers"]], page["cursor"]


def test_people_are_found_by_what_is_inside_their_address_or_name_after_those_whose_address_begins_so(
    stack: Stack,
) -> None:
    stack.put("lovely@example.com", "active", subscribed_date="2026-01-01T00:00:00.000Z")
    stack.put("ada@lovelace.example", "unsubscribed", subscribed_date="2026-01-02T00:00:00.000Z")
    stack.put("byron@example.com", "active", name="Ada LOVELACE", subscribed_date="2026-01-03T00:00:00.000Z")
    stack.put("jo@example.com", "active", name="Zo\u00eb", subscribed_date="2026-01-04T00:00:00.000Z")
    everyone = ["lovely@example.com", "byron@example.com", "ada@lovelace.example"]
    assert found(stack, "search=lov") == (everyone, None)
    one_by_one, cursor = [], ""
    while cursor is not None:
        page, cursor = found(stack, f"search=LOV&limit=1&cursor={cursor}")
        one_by_one += page
    assert one_by_one == everyone
    assert found(stack, "search=Zoe%CC%88") == (["jo@example.com"], None)
    assert found(stack, "search=nobody") == ([], None)


def test_a_search_looks_at_so_many_people_and_continues_where_it_stopped(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("email_list.aws.subscriber_listing.MAX_LOOKED_AT", 3)
    for number in range(7):
        stack.put(f"p{number}@example.com", "active", subscribed_date=f"2026-01-0{number + 1}T00:00:00.000Z")
    first, cursor = found(stack, "search=0@example")
    assert first == []
    second, cursor = found(stack, f"search=0@example&cursor={cursor}")
    assert second == []
    assert found(stack, f"search=0@example&cursor={cursor}") == (["p0@example.com"], None)


@pytest.mark.parametrize(
    "query",
    ["status=gone", "limit=0", "limit=501", "limit=x", "limit=1e3", "search=a", "search=ann&status=active"],
)
def test_a_listing_with_a_bad_bound_is_refused(stack: Stack, query: str) -> None:
    assert stack.http("list_subscribers", "GET", f"/subscribers?{query}").status == 422


@pytest.mark.parametrize("cursor", ["x", "e30", "WyJhIl0", "WyJnb25lIiwiYiIsImMiXQ", "A" * 2000, "%00"])
def test_a_forged_cursor_is_refused(stack: Stack, cursor: str) -> None:
    answer = stack.http("list_subscribers", "GET", f"/subscribers?cursor={cursor}")
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_cursor")
