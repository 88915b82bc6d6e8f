"""The archive's pages, feed, sitemap and robots.txt: what they say, whom they suit, and how long they are kept."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from justhtml import JustHTML

from email_list.campaigns import issues
from email_list.campaigns.campaign import Campaign, Status, new_id
from email_list.campaigns.web_rendering import WebVersions
from email_list.clock import iso
from email_list.mail import writing
from email_list.mail.writing import FindTemplate
from handlers.wiring import archive, engine, settings
from tests.unit.handlers.conftest import PUBLIC_URL, Answer, Stack

START = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
NO_TEMPLATE: FindTemplate = {}.__getitem__


@pytest.fixture
def configured(stack: Stack, listed: Callable[..., None]) -> Callable[..., None]:
    """The list with an archive, and whatever else it has."""

    def configure(**changes: Any) -> None:
        listed(archive=True, **changes)

    configure()
    return configure


def publish(number: int, status: Status = Status.SENT, letter: Mapping[str, str] | None = None) -> Campaign:
    """A public campaign, as the desk makes one."""
    composed = writing.compose(
        {"subject": f"Issue {number}", "body": "Hello.", **(letter or {})}, settings.of_list(), NO_TEMPLATE
    )
    moment = START + timedelta(days=number)
    web = WebVersions(archive.store(), settings.of_list())
    campaign = Campaign(new_id(moment), status, composed.subject, iso(moment), iso(moment), cutoff=iso(moment))
    campaign = web.keep(replace(campaign, public=True), composed)
    engine.store().create(campaign)
    return campaign


def get(path: str, headers: dict[str, str] | None = None) -> Answer:
    return Stack({}).http("archive", "GET", path, headers=headers)


def page_of(campaign: Campaign) -> Answer:
    return get(f"/archive/{issues.slug(campaign)}")


def html_errors(page: str) -> list[str]:
    return [str(error) for error in JustHTML(page, collect_errors=True, sanitize=False).errors]


def attributes(document: JustHTML, element: str) -> list[dict[str, str | None]]:
    return [each.attrs or {} for each in document.query(element)]


def test_an_empty_archive_says_so_and_offers_to_subscribe(configured: Any) -> None:
    answer = get("/archive")
    assert answer.status == 200
    assert "Nothing has been published yet." in answer.body
    assert f'href="{PUBLIC_URL}/subscribe"' in answer.body


def test_the_list_has_what_was_sent_newest_first_with_its_day_by_the_lists_clocks(configured: Any) -> None:
    first, second = publish(1), publish(2)
    publish(3, Status.SCHEDULED)
    body = get("/archive").body
    assert body.index(issues.slug(second)) < body.index(issues.slug(first))
    assert "Issue 3" not in body
    # 23:30 in UTC is the next day in Berlin.
    assert '<time datetime="2026-11-02T23:30:00.000Z">3 November 2026</time>' in body
    assert f'href="{issues.web_url(PUBLIC_URL, first)}"' in body


def test_older_issues_are_a_page_further(configured: Any) -> None:
    for number in range(105):
        publish(number)
    first = JustHTML(get("/archive").body, sanitize=False)
    (older,) = [given["href"] for given in attributes(first, "a") if given.get("rel") == "next"]
    assert older is not None
    assert older.startswith(f"{PUBLIC_URL}/archive?cursor=")
    second = get(older)
    assert "Issue 4<" in second.body
    assert "Issue 5<" not in second.body
    assert "Latest issues" in second.body
    assert 'rel="next"' not in second.body
    assert get("/archive?cursor=nonsense").status == 400
    assert len(feedparser.parse(get("/archive.atom").body).entries) == 20
    assert get("/sitemap.xml").body.count("<loc>") == 107


@pytest.mark.parametrize("path", ["/archive", "/archive/{slug}", "/archive.atom", "/sitemap.xml", "/robots.txt"])
def test_whatever_is_served_may_be_kept_for_a_minute_and_is_not_sent_twice(configured: Any, path: str) -> None:
    path = path.format(slug=issues.slug(publish(1)))
    answer = get(path, {"accept-encoding": "gzip"})
    assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=60")
    again = get(path, {"if-none-match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, "")
    publish(2, letter={"subject": "Another"})
    assert (get(path).headers["etag"] == answer.headers["etag"]) is (path.startswith("/archive/") or "robots" in path)


@pytest.mark.parametrize(
    "letter",
    [
        {"body": "# Hello\n\n* one\n* two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> so\n\n![a & b](https://e.org/a.png)"},
        {"body": 'Dear {{name}}, AT&T &amp; "quotes" <3', "preheader": "Soon"},
        {"html": "<h2>Hello</h2><p>a<br>b</p>{{> footer}}"},
        {"html": "<html><body><p>Hello</p>{{> footer}}</body></html>", "subject": 'A < B & "C"'},
        {"message": "Hello,\n\nsee https://example.org/?a=1&b=2"},
    ],
    ids=["markdown", "characters", "fragment", "document", "message"],
)
def test_pages_are_html_as_the_standard_has_it(configured: Any, letter: dict[str, str]) -> None:
    configured(logo_url="https://e.org/logo.png", privacy_url="https://e.org/privacy", description="A & B")
    campaign = publish(1, letter={"body": "", **letter})
    for page in (page_of(campaign), get("/archive"), get("/archive/nothing")):
        assert html_errors(page.body) == []


def test_an_issue_has_what_search_engines_and_previews_of_links_read(configured: Any) -> None:
    campaign = publish(1, letter={"subject": 'The "fair"', "body": "It begins.\n\n![x](https://e.org/x.png)"})
    document = JustHTML(page_of(campaign).body, sanitize=False)
    said = {given.get("property") or given.get("name"): given.get("content") for given in attributes(document, "meta")}
    url = issues.web_url(PUBLIC_URL, campaign)
    assert said["og:title"] == 'The "fair"'
    assert said["og:description"] == said["description"] == "It begins."
    assert (said["og:url"], said["og:image"], said["og:type"]) == (url, "https://e.org/x.png", "article")
    links = {given["rel"]: given["href"] for given in attributes(document, "link")}
    assert links == {"canonical": url, "alternate": f"{PUBLIC_URL}/archive.atom"}
    assert "robots" not in said


def test_pages_run_no_script_and_only_their_own_form_leads_anywhere(configured: Any) -> None:
    answer = page_of(publish(1))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'self'" in policy
    assert "<script" not in answer.body
    assert 'action="../subscribe"' in answer.body
    assert 'name="source" value="archive"' in answer.body


def test_with_a_captcha_an_issue_links_to_the_form_so_that_it_needs_no_script(
    configured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPTCHA_SITE_KEY", "key")
    body = page_of(publish(1)).body
    assert "<form" not in body
    assert f'class="button" href="{PUBLIC_URL}/subscribe"' in body


def test_search_engines_can_be_asked_to_leave_the_archive_out(configured: Any) -> None:
    configured(archive_noindex=True)
    campaign = publish(1)
    for answer in (get("/archive"), page_of(campaign)):
        assert answer.headers["x-robots-tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in answer.body
    assert issues.slug(campaign) not in get("/sitemap.xml").body
    configured()
    assert "x-robots-tag" not in get("/archive").headers
    assert issues.slug(campaign) in get("/sitemap.xml").body
    assert f"Sitemap: {PUBLIC_URL}/sitemap.xml" in get("/robots.txt").body


def test_the_feed_is_one_that_readers_read(configured: Any) -> None:
    configured(language="de", description="Aus & für den Garten")
    campaign = publish(1, letter={"subject": "Über <alles>", "body": "Ein **Anfang**."})
    read = feedparser.parse(get("/archive.atom").body)
    assert not read.bozo
    assert (read.version, read.feed.title, read.feed.language) == ("atom10", "Garden Letters", "de")
    assert (read.feed.subtitle, read.feed.link) == ("Aus & für den Garten", f"{PUBLIC_URL}/archive")
    (entry,) = read.entries
    assert (entry.title, entry.summary) == ("Über <alles>", "Ein Anfang.")
    assert entry.link == issues.web_url(PUBLIC_URL, campaign)
    assert entry.id.startswith("urn:uuid:")
    assert entry.updated == campaign.cutoff


def test_the_feed_has_what_the_standard_requires_even_without_an_entry(configured: Any) -> None:
    for _ in range(2):
        feed = ElementTree.fromstring(get("/archive.atom").body)
        atom = "{http://www.w3.org/2005/Atom}"
        for element in (feed, *feed.iter(f"{atom}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(atom + name)) == 1
        assert feed.find(f"{atom}author/{atom}name") is not None
        publish(1)


def test_words_around_an_issue_are_in_the_language_of_its_letter(configured: Any) -> None:
    campaign = publish(1, letter={"language": "de"})
    body = page_of(campaign).body
    assert '<html lang="de"' in body
    assert "Die nächste Ausgabe per E-Mail erhalten" in body
    assert ">3. November 2026<" in body


@pytest.mark.parametrize("slug", ["nothing", "fair-" + "0" * 26, "%2e%2e"])
def test_at_any_other_address_a_page_says_that_nothing_is_public_there(configured: Any, slug: str) -> None:
    answer = get(f"/archive/{slug}")
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_campaign_that_is_taken_back_is_gone(configured: Any) -> None:
    campaign = publish(1)
    assert page_of(campaign).status == 200
    engine.store().publish(campaign, False)
    answer = page_of(campaign)
    assert answer.status == 404
    assert "This issue is not public" in answer.body
    assert issues.slug(campaign) not in get("/archive").body + get("/archive.atom").body + get("/sitemap.xml").body
