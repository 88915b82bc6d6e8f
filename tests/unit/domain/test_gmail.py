"""Gmail's spam rate, asked of a server on this machine that answers as Google documents it, and what follows."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from email_list.campaigns.campaign import ReasonCode, Status
from email_list.deliverability import daily, gmail
from email_list.deliverability.advice import Advice
from email_list.deliverability.checkup import Findings
from email_list.deliverability.gmail import GmailError, Postmaster, SpamRate
from email_list.deliverability.memory import Remembered
from email_list.deliverability.records import Sender
from email_list.deliverability.signing import rs256
from email_list.metrics import Metrics
from tests.unit.domain.campaign_world import World, people

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
SENDER = Sender.assumed("example.org", "example.org")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def stat(day: int, share: float | None) -> dict[str, Any]:
    """One row of the answer, as documented: `name` is opaque, `value` has one of several fields."""
    return {
        "name": f"domains/example.org/domainStats/{day}",
        "value": {} if share is None else {"floatValue": share},
        "date": {"year": 2026, "month": 11, "day": day},
        "metric": "spam_rate",
    }


class Google:
    """The token endpoint and the API, with the answers that were recorded."""

    def __init__(self) -> None:
        self.stats: Any = {"domainStats": [stat(24, 0.0005), stat(23, 0.002), stat(25, None)]}
        self.token: Any = {"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"}
        self.status = {"/token": 200, "stats": 200}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        google = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                google.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                of_token = self.path == "/token"
                answer = google.token if of_token else google.stats
                self.send_response(google.status["/token" if of_token else "stats"])
                self.end_headers()
                self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def account(self, **more: str) -> dict[str, str]:
        known = {"type": "service_account", "client_email": "list@project.iam.example", "private_key": PEM}
        return {**known, "token_uri": f"{self.url}/token", **more}

    def rates(self, **more: str) -> Any:
        return Postmaster(self.account(**more), "example.org", lambda: NOW, self.url).rates()


@pytest.fixture
def google() -> Iterator[Google]:
    running = Google()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_rates_of_the_last_days_are_asked_for_as_google_documents_it(google: Google) -> None:
    assert google.rates() == [SpamRate("2026-11-23", 0.002), SpamRate("2026-11-24", 0.0005)]
    (_, _, form), (path, headers, body) = google.asked
    assert parse_qs(form.decode())["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert path == "/v2/domains/example.org/domainStats:query"
    assert headers["authorization"] == "Bearer ya29.token"
    assert json.loads(body) == {
        "metricDefinitions": [{"name": "spam_rate", "baseMetric": {"standardMetric": "SPAM_RATE"}}],
        "timeQuery": {
            "dateRanges": {
                "dateRanges": [
                    {
                        "start": {"year": 2026, "month": 10, "day": 27},
                        "end": {"year": 2026, "month": 11, "day": 26},
                    }
                ]
            }
        },
        "aggregationGranularity": "DAILY",
        "pageSize": 200,
    }


def test_a_service_account_proves_itself_by_a_signature_that_the_library_accepts(google: Google) -> None:
    google.rates(subject="ann@example.org")
    signed = parse_qs(google.asked[0][2].decode())["assertion"][0]
    head, claims, signature = signed.split(".")
    KEY.public_key().verify(decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "iss": "list@project.iam.example",
        "scope": "https://www.googleapis.com/auth/postmaster.traffic.readonly",
        "aud": f"{google.url}/token",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "sub": "ann@example.org",
    }


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_our_signature_is_the_librarys(size: int) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=size)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    assert rs256(b"message", pem) == key.sign(b"message", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        PEM[:200] + "\n-----END PRIVATE KEY-----\n",
        PEM.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
    ],
)
def test_what_is_no_key_signs_nothing(google: Google, pem: str) -> None:
    with pytest.raises(GmailError):
        google.rates(private_key=pem)


def test_a_user_who_agreed_needs_no_signature(google: Google) -> None:
    user = {"type": "authorized_user", "client_id": "1", "client_secret": "2", "refresh_token": "3"}
    rates = Postmaster({**user, "token_uri": f"{google.url}/token"}, "example.org", lambda: NOW, google.url).rates()
    assert len(rates) == 2
    assert parse_qs(google.asked[0][2].decode()) == {
        "client_id": ["1"],
        "client_secret": ["2"],
        "refresh_token": ["3"],
        "grant_type": ["refresh_token"],
    }


def test_gmail_may_know_of_no_day(google: Google) -> None:
    google.stats = {}
    assert google.rates() == []


FAILURES: dict[str, Callable[[Google], None]] = {
    "no token": lambda google: google.status.update({"/token": 401}),
    "not allowed to see the domain": lambda google: google.status.update({"stats": 403}),
    "too many requests": lambda google: google.status.update({"stats": 429}),
    "not JSON": lambda google: setattr(google, "stats", b"<html>"),
    "another shape": lambda google: setattr(google, "stats", {"domainStats": [stat(31, 0.1)]}),
    "a token of another shape": lambda google: setattr(google, "token", {}),
}


@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_is_said_to_be_one(google: Google, what: str) -> None:
    FAILURES[what](google)
    with pytest.raises(GmailError):
        google.rates()


def test_nobody_listens(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gmail, "PATIENCE", 0.2)
    with pytest.raises(GmailError):
        Postmaster(google.account(token_uri="http://127.0.0.1:1/token"), "example.org").rates()


# What follows


class Kept:
    def __init__(self) -> None:
        self.remembered = Remembered()

    def latest(self) -> Remembered:
        return self.remembered

    def keep(self, remembered: Remembered) -> None:
        self.remembered = remembered


class Daily:
    """The daily check of a list whose campaign is being sent."""

    def __init__(self) -> None:
        self.world = World(people(100))
        self.campaign = self.world.create()
        self.world.plan()
        self.memory = Kept()
        self.metrics: list[str] = []

    def check(self, rates: Any) -> Status:
        def look() -> Findings:
            problems, known = (["gmail"], None) if isinstance(rates, GmailError) else ([], rates)
            now = "2026-11-26T08:00:00.000Z"
            return Findings(now, SENDER, remembered=self.memory.latest(), gmail=known, problems=problems)

        daily.check(look, self.memory, self.world.store, Metrics("test", self.metrics.append))
        return self.world.status(self.campaign)


def test_a_recorded_answer_over_the_limit_pauses_a_campaign_with_a_reason(google: Google) -> None:
    google.stats = {"domainStats": [stat(23, 0.0005), stat(25, 0.0041)]}
    day = Daily()
    assert day.check(google.rates()) is Status.PAUSED
    reason = day.world.store.campaigns[day.campaign].reason
    assert reason
    assert reason.code is ReasonCode.GMAIL_SPAM
    assert "On 2026-11-25, readers at Gmail reported 0.41 % of your emails as spam" in reason.message
    assert sum('"CampaignsHarmful": 1' in line for line in day.metrics) == 1
    assert sum('"GmailSpamPer10000": 41' in line for line in day.metrics) == 1
    assert day.memory.remembered.spam == {"date": "2026-11-25", "spam_rate": "0.0041"}


def test_anyone_who_resumes_the_campaign_is_not_stopped_again_for_the_same_day() -> None:
    day = Daily()
    over = [SpamRate("2026-11-25", 0.003)]
    assert day.check(over) is Status.PAUSED
    day.world.desk.resume(day.campaign)
    assert day.check(over) is Status.SENDING
    assert day.check([*over, SpamRate("2026-11-26", 0.01)]) is Status.PAUSED


@pytest.mark.parametrize(
    "rates",
    [
        [],
        [SpamRate("2026-11-25", 0.0029)],
        [SpamRate("2026-11-24", 0.02), SpamRate("2026-11-25", 0.0001)],
        [SpamRate("2026-11-18", 0.02)],
        GmailError("no answer"),
    ],
    ids=["no day", "below", "over and better since", "long ago", "a failure"],
)
def test_nothing_else_pauses_a_campaign(rates: Any) -> None:
    assert Daily().check(rates) is Status.SENDING


@pytest.mark.parametrize(
    ("rates", "state", "first"),
    [
        ([], "none", "nothing"),
        ([SpamRate("2026-11-25", 0.0009)], "good", "nothing"),
        ([SpamRate("2026-11-25", 0.001)], "review", "gmail_review"),
        ([SpamRate("2026-11-25", 0.003)], "pause", "gmail_pause"),
    ],
)
def test_the_page_shows_the_rate_by_day_and_what_it_means(rates: list[SpamRate], state: str, first: str) -> None:
    verified = Sender("example.org", "example.org", True, "success", (), "", "b.example.org")
    shown = Advice(Findings("2026-11-26T08:00:00.000Z", verified, gmail=rates), "en").to_json()
    assert (shown["gmail"]["state"], shown["next"]["code"]) == (state, first)
    assert shown["gmail"]["days"] == [{"date": rate.date, "spam_rate": rate.spam_rate} for rate in rates]
    assert Advice(Findings("2026-11-26T08:00:00.000Z", verified), "en").to_json()["gmail"] is None
