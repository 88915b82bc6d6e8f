"""What must hold of a stack that has what `life.py` left: each row is listed, shown, changed, emailed and exported."""

import csv
import io
import re
from typing import Any
from urllib.parse import quote

from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor, until
from tests.releases.life import ANN, CANCELLED, ERASED, HELD, PUBLIC, SCHEDULED, STATUS


def assert_everything_is_read(stack: Any) -> None:
    """Every list, and every single thing on it, as an administrator and a stranger see them."""
    visitor = Visitor(stack)

    def get(path: str) -> Any:
        answer = visitor.admin("GET", path)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def each(path: str, key: str) -> list[Any]:
        return [get(f"{path}/{one['id']}") for one in get(path)[key]]

    people = {one["email"]: one for status in set(STATUS.values()) for one in get_people(visitor, status)}
    assert {email: one["status"] for email, one in people.items()} == STATUS
    assert ERASED not in people
    ann = get(f"/subscribers/{quote(ANN)}")
    assert (ann["name"], ann["topics"]) == ("Ann B.", ["News"])
    assert ann["attributes"] == {"city": "Bath", "age": 34, "member": True}
    assert ann["consent"]

    campaigns = {one["subject"]: one for one in each("/campaigns", "campaigns")}
    statuses = {PUBLIC: "sent", HELD: "paused", SCHEDULED: "scheduled", CANCELLED: "cancelled"}
    assert {subject: one["status"] for subject, one in campaigns.items()} == statuses
    assert campaigns[HELD]["reason"]["code"] == "held"
    sent = campaigns[PUBLIC]
    assert sent["results"]["opened"] == sent["results"]["clicked"] == sent["results"]["complained"] == 1
    assert sent["counts"]["sent"] == sent["counts"]["planned"] > 3
    recipients = get(f"/campaigns/{sent['id']}/recipients?group=opened")["recipients"]
    assert [one["email"] for one in recipients] == [ANN]

    assert "A draft" in {one["title"] for one in each("/drafts", "drafts")}
    assert "greeting" in {one["name"] for one in get("/templates")["templates"]}
    assert get("/templates/greeting")["subject"] == "Hello"
    assert [one["name"] for one in each("/segments", "segments")] == ["In Bath"]
    sequences = {one["name"]: one for one in each("/sequences", "sequences")}
    assert {name: one["status"] for name, one in sequences.items()} == {"Welcome": "active", "A draft of one": "draft"}
    counts = sequences["Welcome"]["counts"]
    assert counts["entered"] == counts["inside"] + counts["left"] + counts["finished"] > 3
    inside = get(f"/sequences/{sequences['Welcome']['id']}/people?group=inside")["people"]
    assert ANN in {one["email"] for one in inside}
    (feed,) = each("/feeds", "feeds")
    assert {item["title"]: item["state"] for item in feed["items"]}["First"] == "seen"
    assert each("/subscribers/import", "imports")
    assert get("/analytics")["totals"]["active"] > 0
    assert get("/audit")["entries"]
    assert get("/settings")
    assert get("/deliverability")

    archive = stack.outputs["archive_url"]
    assert PUBLIC in visitor.get(archive).text
    page = visitor.get(sent["web_url"])
    assert (page.status_code, "Hello" in page.text) == (200, True)
    (picture,) = set(re.findall(r'src="[^"]+/([0-9a-f]{64})\.png"', page.text))
    shown = get(f"/pictures/{picture}")  # where it is served from now
    assert shown["status"] == "ready"
    assert visitor.get(shown["url"]).headers["content-type"] == "image/png"


def assert_the_list_goes_on(stack: Any) -> None:
    """People of the release are counted, emailed, exported and changed, and what it left unfinished is finished."""
    visitor, campaigner = Visitor(stack), Campaigner(stack)
    active = {email for email, status in STATUS.items() if status == "active"}
    before = {email: len(visitor.mails(email)) for email in STATUS}
    campaigns = {one["subject"]: one["id"] for one in visitor.admin("GET", "/campaigns").json()["campaigns"]}
    again = visitor.admin("POST", f"/campaigns/{campaigns[HELD]}/resume")
    assert again.status_code == 200, again.text
    counts = campaigner.wait(campaigns[HELD], 120)["counts"]
    assert (counts["sent"], counts["failed"]) == (len(active), 0)
    assert {email for email in STATUS if len(visitor.mails(email)) > before[email]} == active

    (segment,) = visitor.admin("GET", "/segments").json()["segments"]
    counted = visitor.admin("POST", "/segments/count", json={"segment": segment["id"]}).json()
    assert (counted["count"], counted["exact"]) == (len(active), True)
    job = visitor.admin("POST", "/subscribers/export", json={"segment": segment["id"]}).json()["id"]

    def exported() -> Any:
        shown = visitor.admin("GET", f"/subscribers/export/{job}").json()
        return shown if shown["status"] == "done" else None

    file = visitor.get(until(exported, "the export", 60)["url"]).text
    assert ANN in {row["email"] for row in csv.DictReader(io.StringIO(file))}
    assert visitor.admin("PATCH", f"/subscribers/{quote(ANN)}", json={"name": "Ann C."}).status_code == 200
    campaigner.invoke("recount", {"settling_seconds": 0})  # putting the rows into the table was counted too
    assert visitor.admin("GET", "/analytics").json()["totals"]["active"] == len(active)


def get_people(visitor: Visitor, status: str) -> list[Any]:
    people: list[Any] = visitor.admin("GET", "/subscribers", params={"status": status}).json()["subscribers"]
    return people
