"""How many of the sender's emails readers at Gmail report as spam, by day, from its Postmaster Tools API.

Version 2 of the API: `domains.domainStats.query`, with `SPAM_RATE` by day (Google Workspace, "Postmaster Tools API"),
which replaces `trafficStats` of version 1. Gmail answers some days late, and only for days with enough emails.
"""

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from email_list.clock import Clock, utc_now
from email_list.deliverability.signing import rs256

API = "https://gmailpostmastertools.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/postmaster.traffic.readonly"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
BY_SIGNATURE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = timedelta(minutes=10)
"""Of a proof; Google allows up to an hour ("Using OAuth 2.0 for Server to Server Applications")."""

DAYS = 30
PATIENCE = 4.0
"""Seconds for each of two requests."""

MAX_ANSWER = 200_000
METRIC = "spam_rate"


class GmailError(Exception):
    """Gmail did not tell, for a reason that the message gives."""


@dataclass(frozen=True)
class SpamRate:
    """The share, from 0 to 1, of a day's emails that reached an inbox and were then reported as spam."""

    date: str
    spam_rate: float


class Postmaster:
    """Asks as the holder of `credentials`: the key of a service account, or of a user who agreed, as Google hands them
    out in JSON. A service account acts for the user that `subject` names, if it does."""

    def __init__(
        self, credentials: Mapping[str, str], domain: str, clock: Clock = utc_now, api: str | None = None
    ) -> None:
        self._credentials = credentials
        self._domain = domain
        self._clock = clock
        self._api = api or API

    def rates(self) -> Sequence[SpamRate]:
        """Those of the last days that Gmail knows, oldest first. GmailError."""
        try:
            today = self._clock().date()
            query = _query(today - timedelta(days=DAYS), today)
            url = f"{self._api}/v2/domains/{urllib.parse.quote(self._domain)}/domainStats:query"
            answer = _post(url, json.dumps(query).encode(), {**_JSON, "authorization": f"Bearer {self._token()}"})
            found = [_rate(each) for each in answer.get("domainStats", []) if each.get("metric") == METRIC]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GmailError(f"{type(error).__name__}: {error}") from error
        return sorted((rate for rate in found if rate), key=lambda rate: rate.date)

    def _token(self) -> str:
        known = self._credentials
        url = known.get("token_uri", TOKEN_URI)
        if known["type"] == "service_account":
            form = {"grant_type": BY_SIGNATURE, "assertion": assertion(known, url, self._clock())}
        else:
            form = {name: known[name] for name in ("client_id", "client_secret", "refresh_token")}
            form["grant_type"] = "refresh_token"
        return str(_post(url, urllib.parse.urlencode(form).encode(), {})["access_token"])


def assertion(credentials: Mapping[str, str], audience: str, now: datetime) -> str:
    """The signed proof that a request comes from a service account (JWT)."""
    issued = int(now.timestamp())
    claims = {
        "iss": credentials["client_email"],
        "scope": SCOPE,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        **({"sub": credentials["subject"]} if credentials.get("subject") else {}),
    }
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    return f"{signed}.{_encoded(rs256(signed.encode(), credentials['private_key']))}"


_JSON = {"content-type": "application/json"}


def _query(first: date, last: date) -> dict[str, Any]:
    return {
        "metricDefinitions": [{"name": METRIC, "baseMetric": {"standardMetric": "SPAM_RATE"}}],
        "timeQuery": {"dateRanges": {"dateRanges": [{"start": _date(first), "end": _date(last)}]}},
        "aggregationGranularity": "DAILY",
        "pageSize": 200,
    }


def _date(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _rate(stat: Mapping[str, Any]) -> SpamRate | None:
    """None for a day without a value."""
    value = stat.get("value", {})
    share = value.get("floatValue", value.get("doubleValue"))
    if share is None:
        return None
    day = date(*(int(stat["date"][name]) for name in ("year", "month", "day")))
    return SpamRate(day.isoformat(), float(share))


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> Any:
    request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - Google's, or the operator's
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 - the same
        return json.loads(response.read(MAX_ANSWER))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
