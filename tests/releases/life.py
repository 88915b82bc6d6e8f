"""A list on which everything happens once, so that its tables hold a row of every kind."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from email_list.clock import iso, utc_now
from local.stack import ROOT
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor, until
from tests.unit.domain.feed_server import Server, serving

ANN, BOB, CARL, DORA = (f"{name}@release.example" for name in ("ann", "bob", "carl", "dora"))
BOUNCING, COMPLAINING = "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"
UNREACHABLE = "bounce+confirmation@simulator.amazonses.com"
PENDING, ADDED, IMPORTED = (f"{name}@release.example" for name in ("pending", "added", "imported"))
ERASED = "erased@release.example"

STATUS = {
    **dict.fromkeys((ANN, BOB, DORA, ADDED, IMPORTED), "active"),
    CARL: "unsubscribed",
    BOUNCING: "bounced",
    UNREACHABLE: "bounced",
    COMPLAINING: "complained",
    PENDING: "pending",
}
"""Everybody, in the end."""

LETTER = {"subject": "Hello {{name}}", "body": "Hello {{name}}, [look](https://www.example.org/)."}
PUBLIC, HELD, SCHEDULED, CANCELLED = "The first issue", "Held for a test", "For later", "Not sent after all"
A_MONTH = {"days": 30}
PATIENCE = 120


class Life:
    """Lives it, through the doors of a stack."""

    def __init__(self, stack: Any) -> None:
        """`stack` has `outputs` and a `cloud`, as a LocalStack does."""
        self._visitor, self._campaigner = Visitor(stack), Campaigner(stack)
        self._outputs = stack.outputs

    def live(self) -> dict[str, str]:
        """All of it; links of emails to Bob, by their pages."""
        self._begin_a_sequence()
        self._people_come()
        segment = self._write()
        sent = self._send(segment)
        self._people_react(sent)
        self._read_a_feed()
        self._work_in_the_background()
        return {
            page: self._visitor.link(BOB, page, number=len(self._visitor.mails(BOB)))
            for page in ("/unsubscribe", "/preferences")
        }

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self._visitor.admin(method, path, **arguments)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _begin_a_sequence(self) -> None:
        steps = [{"letter": LETTER}, {"wait": A_MONTH, "letter": {**LETTER, "subject": "A month later"}}]
        asked = {"name": "Welcome", "trigger": {"on": "confirmed"}, "steps": steps}
        sequence = self.ask("POST", "/sequences", json=asked)["id"]
        self.ask("POST", f"/sequences/{sequence}/activate")
        self.ask("POST", "/sequences", json={**asked, "name": "A draft of one"})

    def _people_come(self) -> None:
        about = {"topics": ["News"], "attributes": {"city": "Bath", "age": 34, "member": True}, "source": "fair"}
        for email in (ANN, BOB, CARL, ERASED):
            self._visitor.join(email, name="Ann" if email == ANN else "", **(about if email == ANN else {}))
        self._visitor.sign_up(UNREACHABLE)
        self._visitor.sign_up(PENDING)
        self._visitor.mail(PENDING)
        self.ask("POST", "/subscribers", json={"email": ADDED, "name": "Added", "topics": ["Events"]})
        for email in (BOUNCING, COMPLAINING):
            self.ask("POST", "/subscribers", json={"email": email})
        for query, rows in (("", f"email,city\n{IMPORTED},Bern\n"), ("?dry_run=true", f"email\n{ANN}\nnobody\n")):
            headers = {"content-type": "text/csv"}
            job = self.ask("POST", f"/subscribers/import{query}", data=f"{rows}", headers=headers)["id"]
            self._until(f"/subscribers/import/{job}", "status", "done")
        until(lambda: len(self._visitor.mails(ANN)) == 2, "the welcome", PATIENCE)

    def _write(self) -> str:
        content = (ROOT / "docs/images/letter.png").read_bytes()
        about = {"type": "image/png", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        picture = self.ask("POST", "/pictures", json=about)
        form = picture["upload"]
        self._visitor.session.post(form["url"], data=form["fields"], files={"file": content}, timeout=30)
        self._until(f"/pictures/{picture['id']}", "status", "ready")
        self.body = f"{LETTER['body']}\n\n![A letter]({picture['url']})"
        self.ask("POST", "/drafts", json={"title": "A draft", "letter": {**LETTER, "body": self.body}})
        self.ask("PUT", "/templates/greeting", json={"subject": "Hello", "html": "<p>Hello {{name}}</p>"})
        self.ask("POST", "/drafts/test", json={**LETTER, "to": ["editor@release.example"]})
        in_bath = {"name": "In Bath", "filter": {"any": [{"attribute": "city", "is": "Bath"}, {"topic": "Events"}]}}
        return self.ask("POST", "/segments", json=in_bath)["id"]

    def _send(self, segment: str) -> str:
        letter = {**LETTER, "body": self.body, "subject": PUBLIC, "public": True}
        sent = self.ask("POST", "/campaigns", json=letter, headers={"idempotency-key": "first"})["id"]
        self._campaigner.wait(sent, PATIENCE)
        later = {"schedule_at": iso(utc_now() + timedelta(days=200)), "audience": {"segment": segment}}
        self.ask("POST", "/campaigns", json={**LETTER, "subject": SCHEDULED, **later})
        for subject in (HELD, CANCELLED):
            held = self.ask("POST", "/campaigns", json={**LETTER, "subject": subject, "hold": True})["id"]
        self.ask("POST", f"/campaigns/{held}/cancel")
        return sent

    def _people_react(self, campaign: str) -> None:
        mailbox = f"{self._outputs['mailbox_url']}/messages"
        (issue,) = [mail for mail in self._visitor.mails(ANN) if mail["subject"] == PUBLIC]
        for what in ("open", "click?url=https://www.example.org/"):
            assert self._visitor.session.post(f"{mailbox}/{issue['id']}/{what}", timeout=30).ok
        link = self._visitor.link(CARL, "/unsubscribe", number=len(self._visitor.mails(CARL)))
        assert self._visitor.press(link, reason="too_often").ok
        self.ask("PATCH", f"/subscribers/{quote(ANN)}", json={"name": "Ann B."})
        self.ask("DELETE", f"/subscribers/{quote(ERASED)}")
        self._visitor.join(DORA)
        page = self._visitor.link(DORA, "/preferences", number=2)
        assert self._visitor.press(page, action="erase").ok  # which first emails a link

        def reacted() -> bool:
            results = self.ask("GET", f"/campaigns/{campaign}")["results"]
            return bool(results["opened"] and results["clicked"] and results["complained"])

        until(reacted, "what readers did", PATIENCE)
        ends = (BOUNCING, UNREACHABLE, COMPLAINING)
        until(lambda: all(self._status(email) == STATUS[email] for email in ends), "the bounces", PATIENCE)

    def _status(self, email: str) -> str:
        return (self._visitor.person(email) or {}).get("status", "")

    def _read_a_feed(self) -> None:
        Server.entries = ["First"]
        with serving() as address:
            asked = {"url": f"{address}/blog", "cadence": {"every": "day", "at": "09:00"}, "mode": "draft"}
            feed = self.ask("POST", "/feeds", json=asked)["id"]
            Server.entries = ["Second", "First"]
            for day in (5, 6):
                period = iso(utc_now() + timedelta(days=day))[:17] + "00Z"
                self._campaigner.invoke("send_feed", {"feed": feed, "period": period})
                Server.entries = ["Third", *Server.entries]

    def _work_in_the_background(self) -> None:
        job = self.ask("POST", "/subscribers/export", json={"status": "active"})["id"]
        self._until(f"/subscribers/export/{job}", "status", "done")
        for function in ("deliverability", "send_report"):
            self._campaigner.invoke(function, {})
        self._campaigner.invoke("recount", {"settling_seconds": 0})
        self._campaigner.invoke("sync_suppression", {})
        self.ask("PATCH", "/settings", json={"confirmations": "running"})

    def _until(self, path: str, field: str, value: str) -> None:
        until(lambda: self.ask("GET", path)[field] == value, f"{value} at {path}", PATIENCE)
