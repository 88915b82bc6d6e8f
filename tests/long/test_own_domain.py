"""A stack on a domain of its own: what it sends and shows leads there, and a stack made again honours the old links."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from local.stack import LocalStack
from tests.inventory import inventory
from tests.local.visitor import until

DOMAIN = "news.museum.example.org"
CONFIG = {
    "senderEmail": "",
    "senderDomain": "museum.example.org",
    "linkDomain": DOMAIN,
    "trackingDomain": "click.museum.example.org",
    "mailFromDomain": "bounce.museum.example.org",
    "hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "goodbyeMail": "true",
    "archive": "true",
    "reportRecipients": '["office@example.org"]',
}
READER = "reader@example.com"


class Site:
    """The list as browsers reach it by its domain, which no DNS knows here: by the Host header."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack

    def call(self, method: str, url: str, **arguments: Any) -> requests.Response:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", DOMAIN), url
        headers = {"host": DOMAIN, **arguments.pop("headers", {})}
        local = f"{self.stack.cloud.url}{parts.path}?{parts.query}".rstrip("?")
        return requests.request(method, local, headers=headers, timeout=30, **arguments)

    def press(self, link: str, **fields: str) -> requests.Response:
        token = parse_qs(urlsplit(link).query)["token"][0]
        return self.call("POST", link.partition("?")[0], data={"token": token, **fields})

    def admin(self, path: str, json: Mapping[str, Any]) -> requests.Response:
        token = {"authorization": f"Bearer {self.stack.outputs['admin_token']}"}
        return self.call("POST", f"https://{DOMAIN}{path}", json=json, headers=token)

    def deliverability(self) -> dict[str, Any]:
        token = {"authorization": f"Bearer {self.stack.outputs['admin_token']}"}
        return self.call("GET", f"https://{DOMAIN}/deliverability", headers=token).json()

    def enter(self, records: Sequence[Mapping[str, str]]) -> None:
        """Enter DNS records where the local stack looks names up."""
        names: dict[str, dict[str, list[str]]] = {}
        for record in records:
            value = f'"{record["value"]}"' if record["type"] == "TXT" else f"{record['value']}."
            names.setdefault(record["name"], {})[record["type"]] = [value]
        address = f"{self.stack.outputs['mailbox_url']}/names"
        requests.put(address, json=names, timeout=30).raise_for_status()

    def mail(self, number: int) -> dict[str, Any]:
        """The reader's email of this number, in the order of arrival."""
        mailbox = f"{self.stack.outputs['mailbox_url']}/messages"

        def arrived() -> list[dict[str, Any]]:
            mails = requests.get(mailbox, params={"to": READER}, timeout=30).json()
            return mails if len(mails) >= number else []

        return until(arrived, f"email {number}")[number - 1]

    def report(self) -> dict[str, Any]:
        """The report to the list's administrators."""
        functions = self.stack.cloud.client("lambda").list_functions(MaxItems=100)["Functions"]
        (name,) = [each["FunctionName"] for each in functions if "send_report" in each["FunctionName"]]
        self.stack.cloud.client("lambda").invoke(FunctionName=name, Payload=b"{}")
        mailbox = f"{self.stack.outputs['mailbox_url']}/messages"
        arrived = lambda: requests.get(mailbox, params={"to": "office@example.org"}, timeout=30).json()  # noqa: E731
        return until(arrived, "the report")[0]

    def welcome(self, letter: Mapping[str, str]) -> None:
        """Have a sequence send a letter to anyone who confirms."""
        asked = {"name": "Welcome", "trigger": {"on": "confirmed"}, "steps": [{"letter": letter}]}
        sequence = self.admin("/sequences", asked).json()["id"]
        assert self.admin(f"/sequences/{sequence}/activate", {}).status_code == 200

    def join(self) -> None:
        body = {"email": READER}
        assert self.call("POST", self.stack.outputs["subscribe_url"], json=body).status_code == 202
        assert self.press(link(self.mail(1), "/confirm")).status_code == 200


def link(mail: Mapping[str, Any], page: str) -> str:
    """The one link of an email to a page of the list."""
    (found,) = set(re.findall(rf"https://{re.escape(DOMAIN + page)}\?\S+", mail["text"]))
    return found


def assert_ours(mail: Mapping[str, Any], stack: LocalStack) -> None:
    """Its links lead to the list's own domain, and none to the address that API Gateway gave it."""
    found = links(f"{mail['html']} {mail['text']} {' '.join(map(str, mail['headers'].values()))}")
    assert {urlsplit(url).netloc for url in found if not url.startswith(stack.outputs["mailbox_url"])} == {DOMAIN}


def links(text: str) -> set[str]:
    return {html.unescape(found) for found in re.findall(r"""https?://[^\s"'<>]+""", text)}


def test_every_link_begins_with_the_domain_and_outlives_the_stack_that_sent_it() -> None:
    with LocalStack(port=0, config=CONFIG, enforce_iam=True) as stack:
        site = Site(stack)
        assert {urlsplit(url).netloc for key, url in stack.outputs.items() if key.endswith("_url")} == {
            DOMAIN,
            urlsplit(stack.outputs["mailbox_url"]).netloc,
            urlsplit(stack.outputs["emulator_url"]).netloc,
        }
        letter = {"subject": "News", "body": "Hello"}
        site.welcome(letter)
        site.join()
        confirmation, welcome = (site.mail(number) for number in (1, 2))
        public = {"subject": "News", "body": "[View in browser]({{web_url}})", "public": True}
        assert site.admin("/campaigns", public).status_code == 201
        newsletter = site.mail(3)
        assert site.admin("/drafts/test", {**letter, "to": [READER]}).status_code == 200
        assert site.press(link(newsletter, "/preferences"), action="download").status_code == 200
        tried, data = site.mail(4), site.mail(5)
        report = site.report()
        for mail in (confirmation, welcome, newsletter, tried, data, report):
            assert_ours(mail, stack)
        pages = [
            *(f"https://{DOMAIN}/{page}" for page in ("subscribe", "subscribe/embed", "console")),
            *(f"https://{DOMAIN}/{page}" for page in ("archive", "archive.atom", "sitemap.xml", "robots.txt")),
            *re.findall(rf"https://{re.escape(DOMAIN)}/archive/[\w-]+", newsletter["text"]),
            link(confirmation, "/confirm"),
            link(newsletter, "/preferences"),
            link(newsletter, "/unsubscribe"),
            link(data, "/preferences/data"),
        ]
        for page in pages:
            shown = site.call("GET", page)
            assert shown.status_code == 200, page
            assert stack.outputs["api_endpoint"] not in shown.text
        described = site.call("GET", f"https://{DOMAIN}/openapi.json").json()
        assert described["servers"][0]["url"] == f"https://{DOMAIN}"
        assert requests.get(f"{stack.outputs['api_endpoint']}/subscribe", timeout=30).status_code == 200
        assert len(stack.outputs["dns_records"]) == 9
        assert "missing" in {record["state"] for record in site.deliverability()["records"]}
        policy = {"name": "_dmarc.museum.example.org", "type": "TXT", "value": "v=DMARC1; p=reject"}
        site.enter([*stack.outputs["dns_records"], policy])
        looked_up = site.deliverability()
        # Those of the output, and two that nobody but the domain's owner can make: the policy, and where replies go.
        assert [record["state"] for record in looked_up["records"]] == ["found"] * 11
        assert looked_up["next"]["code"] == "nothing"
        keys = stack.outputs["link_keys"]
        stack.provider.destroy()
        assert not {"domains", "certificates", "distributions", "hosted zones"} & inventory(stack.cloud).keys()

    with LocalStack(port=0, config={**CONFIG, "keptLinkKeys": keys}, enforce_iam=True) as again:
        site = Site(again)
        site.join()
        left = site.press(link(newsletter, "/unsubscribe"), **{"List-Unsubscribe": "One-Click"})
        assert left.status_code == 200
        token = {"authorization": f"Bearer {again.outputs['admin_token']}"}
        person = site.call("GET", f"https://{DOMAIN}/subscribers/{READER}", headers=token).json()
        assert person["status"] == "unsubscribed"
        assert_ours(site.mail(2), again)
