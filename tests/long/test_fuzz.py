"""Requests that the API's description allows, as many that it does not, and files, against a running stack.

`make test-long` sends a few to every operation; `make fuzz` sets FUZZ_EXAMPLES to send thousands.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks

from email_list import openapi
from email_list.people import columns, consent
from email_list.people.jobs import OUTCOMES
from email_list.people.links import Links
from email_list.people.subscribers import Status
from email_list.people.tokens import LinkKeys, LinkTokens
from local.stack import LocalStack
from tests.local.leaks import assert_logs_are_private
from tests.local.visitor import Visitor, until
from tests.unit.domain.feed_server import serving

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
"""Generated requests to an operation, besides those at the bounds of its schemas in a longer run."""

KNOWN = re.compile("{|^/(confirm|unsubscribe|preferences|preferences/data)$")
"""Paths of something that may be there."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(openapi.document("http://stack.example"))
schema.config.phases.examples.enabled = False
schema.config.phases.coverage.enabled = "FUZZ_EXAMPLES" in os.environ


class Target:
    """A stack to fuzz, and things that are there to be found."""

    def __init__(self, stack: LocalStack, feed: str) -> None:
        self.visitor = Visitor(stack)
        self.url = stack.outputs["api_endpoint"]
        self.requests = 0
        self.session = requests.Session()
        self._authorization = f"Bearer {stack.outputs['admin_token']}"
        self._links = self._read_links(stack)
        self._feed = feed
        self._made: dict[str, str] = {}
        self._people = 0

    def aim(self, case: schemathesis.Case) -> None:
        """Let a request be about something that is there: with its path parameters, or its link's token."""
        path = case.operation.path
        collection, parameter, _ = path.partition("{")
        if parameter:
            case.path_parameters = {name: self._there(collection) for name in case.path_parameters or {}}
        if case.method.upper() == "DELETE":
            self._made.pop(collection, None)
        if token := self._token(path):
            case.query = {**(case.query or {}), "token": token}

    def ask(self, case: schemathesis.Case) -> None:
        """Send a request, to what is not public as an administrator, and look at the answer."""
        self.requests += 1
        headers = {"authorization": self._authorization} if case.operation.definition.raw.get("security") else {}
        response = case.call(base_url=self.url, session=self.session, headers=headers, timeout=30)
        case.validate_response(response, checks=CHECKS)

    def _token(self, path: str) -> str | None:
        """A genuine token, as emails have it, for one of the pages behind links."""
        email = self._there("/subscribers/")
        nonce = (self.visitor.person(email) or {}).get("nonce", "")  # they may have been erased
        links = {
            "/confirm": self._links.confirm(email, "1"),
            "/unsubscribe": self._links.unsubscribe(email, nonce),
            "/preferences": self._links.preferences(email, nonce),
            "/preferences/data": self._links.data(email, "1"),
        }
        return links[path].partition("token=")[2] if path in links else None

    def _there(self, collection: str) -> str:
        """What names something in a collection, such as `/drafts/`: made when it is asked for, and after a DELETE."""
        if collection not in self._made:
            self._made[collection] = self._make(collection)
        return self._made[collection]

    def _make(self, collection: str) -> str:
        letter = {"subject": "Held", "body": "Hello."}
        held = {**letter, "hold": True, "audience": {"attributes": {"no": "body"}}}
        match collection:
            case "/subscribers/":
                return self._person()["email"]
            case "/subscribers/by-id/":
                return self._person()["id"]
            case "/templates/":
                self._admin(
                    "PUT", "/templates/there", json={"subject": "Hello", "html": "<p>{{greeting}}</p>{{> footer}}"}
                )
                return "there"
            case "/console/":
                return "style.css"
            case "/archive/":
                return self._admin("POST", "/campaigns", json={**held, "public": True})["web_url"].rpartition("/")[2]
        made = {
            "/drafts/": {"title": "There"},
            "/campaigns/": held,
            "/subscribers/import/": None,
            "/subscribers/export/": None,
            "/pictures/": {"type": "image/png", "size": 1, "sha256": "0" * 64},
            "/segments/": {"name": "There", "filter": {"attribute": "no", "is": "body"}},
            "/sequences/": {"name": "There", "trigger": {"on": "confirmed"}, "steps": [{"letter": letter}]},
            "/feeds/": {"url": self._feed, "cadence": {"every": "day", "at": "07:30"}},
        }
        path = collection.rstrip("/")
        answer = self.visitor.admin("POST", path, json=made[collection])
        if answer.status_code == 409:  # the requests before have made as many as there may be
            return self._admin("GET", path)[path.strip("/")][0]["id"]
        assert answer.ok, answer.text
        return answer.json()["id"]

    def _person(self) -> Any:
        """Somebody new: an address that was erased may not be added again."""
        self._people += 1
        return self._admin("POST", "/subscribers", json={"email": f"{self._people}@fuzz.example", "name": "Somebody"})

    def _admin(self, method: str, path: str, **request: Any) -> Any:
        answer = self.visitor.admin(method, path, **request)
        assert answer.ok, answer.text
        return answer.json()

    def _read_links(self, stack: LocalStack) -> Links:
        parameters = stack.cloud.client("ssm")
        names = [
            found["Name"] for found in parameters.describe_parameters()["Parameters"] if "link-keys" in found["Name"]
        ]
        value = parameters.get_parameter(Name=names[0], WithDecryption=True)["Parameter"]["Value"]
        return Links(self.url, LinkTokens(LinkKeys.from_json(value)))


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A stack of this test's own: what is sent here would email other tests' people."""
    with LocalStack(port=0, config={"signupsPerIpAndHour": "1000000", "archive": "true"}, enforce_iam=True) as stack:
        with serving() as server:
            target = Target(stack, f"{server}/plain")
            yield target
        print(f"\n{target.requests} requests")
        assert_logs_are_private(stack)


generated = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


@schema.parametrize()
@generated
def test_every_answer_is_described_and_none_is_a_failure(case: schemathesis.Case, target: Target) -> None:
    target.ask(case)


@schema.include(lambda context: bool(KNOWN.search(context.operation.path))).parametrize()
@generated
def test_so_is_every_answer_about_what_is_there(case: schemathesis.Case, target: Target) -> None:
    target.aim(case)
    target.ask(case)


EMAILS = [f"person{number}@files.example" for number in range(20)]
headers = st.sampled_from(["email", *columns.HEADERS]) | st.text(max_size=8)
cells = st.one_of(
    st.sampled_from(EMAILS),
    st.sampled_from(list(columns.WORDS)),
    st.sampled_from(["", "0", "yes", "2024-01-01 10:00:00", '{"a": 1}', "=1+1", '"', '"two\nlines"', '""']),
    st.text(max_size=8),
)
files = st.one_of(
    st.builds(
        lambda names, rows, delimiter, end, encoding: end.join(
            map(delimiter.join, [["email", *names], *([email, *row] for email, row in rows), []])
        ).encode(encoding, errors="replace"),
        st.lists(headers, max_size=6),
        st.lists(st.tuples(st.sampled_from(EMAILS) | cells, st.lists(cells, max_size=7)), max_size=30),
        st.sampled_from(",;\t"),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "windows-1252", "utf-16"]),
    ),
    st.binary(max_size=200),
)


@generated
@given(file=files)
def test_any_file_is_imported_to_its_end_and_brings_nobody_closer(file: bytes, target: Target) -> None:
    visitor = target.visitor
    before = _statuses(visitor)
    target.requests += 1
    answer = visitor.admin("POST", "/subscribers/import", data=file, headers={"content-type": "text/csv"})
    assert answer.status_code in (202, 422), answer.text
    if answer.status_code == 202:
        path = f"/subscribers/import/{answer.json()['id']}"
        ended = ("done", "failed")
        job = until(lambda: found if (found := visitor.admin("GET", path).json())["status"] in ended else {}, path, 60)
        assert sum(job[name] for name in OUTCOMES) == job["rows"]
    for email, status in _statuses(visitor).items():
        assert email not in before or _at_least(status, before[email]), (email, before[email], status)


pieces = st.sampled_from(
    [
        *("# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n", "\n\n", "\n", "    ", "`", "**", "~~", "_", "\\", "&"),
        *("&copy ", "[a](https://e.org)", "[a](#b)", "![a](", "[", "](", "<", ">", "<p>", "</p>", "<b ", "<img src='"),
        *("<!--", "-->", "<style>", "p{color:red}", "</style>", "<table><tr><td>", "<![CDATA[", "<first name>"),
        *("https://e.org/?a=1&b=2", "{{name}}", "{{attributes.city}}", "{{{body}}}", "{{#if name}}", "{{else}}"),
        *("{{/if}}", "{{#each items}}", "{{/each}}", "{{", "}}", "{{> footer}}", "{{unsubscribe_url}}"),
        *("\u202e", "\0", "\ud800", "שלום", "é", "\U0001f600"),
    ]
)
sources = st.lists(pieces | st.text(max_size=5), max_size=25).map("".join)
given_letters = st.fixed_dictionaries(
    {"subject": sources},
    optional={
        "body": sources,
        "html": sources,
        "text": sources,
        "preheader": sources,
        "template": st.sampled_from(["announcement", "there", "none-such", ""]),
        "values": st.dictionaries(st.sampled_from(["body", "headline", "items", "name"]), sources | st.lists(sources)),
        "defaults": st.dictionaries(st.sampled_from(["name", "attributes.city"]), sources),
    },
)


@generated
@given(letter=given_letters)
def test_any_letter_is_shown_or_refused_and_kept_as_it_was_written(letter: dict[str, Any], target: Target) -> None:
    admin = target.visitor.admin
    target.requests += 4
    shown = admin("POST", "/drafts/preview", json=letter)
    assert shown.status_code in (200, 404, 413, 422), shown.text
    checked = admin("POST", "/campaigns/preflight", json={**letter, "audience": {"topics": ["nobody's"]}})
    assert checked.status_code == 200, checked.text
    assert shown.ok or not checked.json()["ready"]
    kept = admin("POST", "/drafts", json={"letter": letter})
    assert kept.status_code in (201, 422), kept.text
    if kept.ok:
        assert admin("GET", f"/drafts/{kept.json()['id']}").json()["letter"] == letter


def _statuses(visitor: Visitor) -> dict[str, Status]:
    return {email: Status(item["status"]) for email, item in visitor.everyone().items() if "status" in item}


def _at_least(status: Status, before: Status) -> bool:
    return consent.restrictiveness(status) >= consent.restrictiveness(before)
