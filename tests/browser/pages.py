"""Writes down every page that a stack serves, for `make lint-html`: ``python -m tests.browser.pages FOLDER``.

Readers' pages as they come, in each language; the console's as Chromium has them once their scripts are done. The
archive's feed is written to FOLDER.atom.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import requests

from email_list.words import languages
from local.stack import LocalStack
from tests.browser.conftest import TOPICS, link_to
from tests.browser.screenshots import a_browser
from tests.browser.test_archive import LETTER, OWN_PAGE
from tests.browser.test_console import PAGES, pages_of_a_sequence, visit
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor

CONFIG = {
    "listName": "Garden & Letters",
    "description": "Once a month, from the beds <and> borders",
    "websiteUrl": "https://www.example.org",
    "logoUrl": "https://www.example.org/logo.png",
    "privacyUrl": "https://www.example.org/privacy",
    "topics": json.dumps(TOPICS),
    "language": "auto",
    "archive": "true",
    "trackEngagement": "consenting",
}
EMAIL = "reader@pages.example.com"


def main() -> None:
    """Write all pages, in place of those that were there."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    with LocalStack(0, CONFIG) as stack:
        for language in sorted(languages()):
            for name, html in readers_pages(stack, language):
                (folder / f"{language} {name}.html").write_text(html)
        folder.with_suffix(".atom").write_bytes(
            requests.get(f"{stack.outputs['archive_url']}.atom", timeout=30).content
        )
        for name, html in console_pages(stack):
            (folder / f"console {name}.html").write_text(html)
    print(f"{len(list(folder.glob('*.html')))} pages")


def readers_pages(stack: LocalStack, language: str) -> Iterator[tuple[str, str]]:
    """Each page that somebody sees from signing up to being erased, then the archive's, by what it is."""
    visitor, email = Visitor(stack), f"{language}-{EMAIL}"
    visitor.session.headers["accept-language"] = language
    form = stack.outputs["subscribe_url"]

    def page(answer: requests.Response, status: int = 200) -> str:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.status_code == status, answer.url
        return answer.text

    def sent(**fields: str) -> requests.Response:
        return visitor.session.post(form, data={"homepage": "", "language": language, **fields}, timeout=30)

    yield "form", page(visitor.get(form))
    snippet = visitor.get(f"{form}/embed").text
    yield "embedded", f"<!doctype html><html lang={language}><title>A blog</title><h1>A blog</h1>{snippet}"
    yield "form with a mistake", page(sent(email="nowhere", name="Ada <b>"), 400)
    yield "check your inbox", page(sent(email=email, name="Ada <b>"), 202)
    confirm = visitor.link(email, "/confirm")
    yield "confirm", page(visitor.get(confirm))
    yield "confirmed", (confirmed := page(visitor.press(confirm)))
    yield "confirmed already", page(visitor.get(confirm))

    preferences = link_to("preferences", confirm, confirmed)
    yield "preferences", (shown := page(visitor.get(preferences)))
    unsubscribe = link_to("unsubscribe", preferences, shown)
    yield "preferences saved", page(visitor.press(preferences, action="save", tracking="on"))
    yield "link asked for", page(visitor.press(preferences, action="download"))
    yield "unsubscribe", page(visitor.get(unsubscribe))
    yield "unsubscribed", page(visitor.press(unsubscribe, reason="too_often", comment="<every> day"))
    yield "preferences of who left", page(visitor.get(preferences))
    data = visitor.link(email, "/preferences/data", 2)
    yield "data", page(visitor.get(data))
    yield "erased", page(visitor.press(data, action="erase"))
    yield "broken link", page(visitor.get(preferences[:-8]), 400)

    campaigner, archive = Campaigner(stack), stack.outputs["archive_url"]
    yield "archive, at first", page(visitor.get(archive))
    letters = [LETTER, {"subject": 'Winter & "frost"', "body": "", "html": OWN_PAGE}]
    letters += [
        {"template": each["name"], "values": campaigner.admin("GET", f"/templates/{each['name']}").json()["sample"]}
        for each in campaigner.admin("GET", "/templates").json()["templates"]
    ]
    for number, letter in enumerate(letters):
        campaign = campaigner.create(f"{language}-{number}", **{"body": None, **letter, "public": True})
        web_url = campaigner.wait(campaign)["web_url"]
        yield f"issue {number}", page(visitor.get(web_url))
    yield "archive", page(visitor.get(f"{archive}?utm_source=again"))
    yield "no such issue", page(visitor.get(f"{archive}/nothing"), 404)


def console_pages(stack: LocalStack) -> Iterator[tuple[str, str]]:
    """The console's pages, first that of signing in, by their address."""
    visitor, email = Visitor(stack), "everybody@console.example.com"
    visitor.put(email, "active")
    campaign = Campaigner(stack).create("console", hold=True)
    yield "file", visitor.get(stack.outputs["console_url"]).text
    with a_browser(stack) as page:
        for path in (*PAGES, f"/campaigns/{campaign}", *pages_of_a_sequence(visitor)):
            visit(page, path)
            yield path.strip("/").replace("/", " ") or "overview", page.content()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Admin token").wait_for()
        yield "sign in", page.content()


if __name__ == "__main__":
    main()
