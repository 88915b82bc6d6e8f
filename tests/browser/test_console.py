"""The console, as an editor with a browser uses it."""

import csv
import io
import json
import os
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, Route, expect

from email_list.people import rows
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.test_pictures import photograph
from tests.local.visitor import Visitor, until
from tests.unit.domain.feed_server import Server, serving

from .conftest import SIZES, Shoot, watch

MARKUP = "<img src=x onerror=\"document.title='pwned'\"><b>bold</b>"
BOUNCES = "bounce@simulator.amazonses.com"
SERIOUS = {"serious", "critical"}
PATIENCE = 30_000
"""Milliseconds: what goes through the emulator is slow where the machine is busy."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of; a test that provokes something takes it away."""
    return []


@pytest.fixture
def context(browser: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """An editor's browser. The test fails when it complains of anything, or asks another machine."""
    with browser.new_context(locale="en-GB", viewport=SIZES["desktop"]) as context:  # ty: ignore[invalid-argument-type]
        context.set_default_timeout(PATIENCE)
        watch(context, complaints)
        yield context
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext, visitor: Visitor) -> Page:
    """The console, signed in."""
    page = context.new_page()
    page.goto(visitor.stack.outputs["console_url"])
    sign_in(page, visitor)
    return page


def sign_in(page: Page, visitor: Visitor) -> None:
    page.get_by_label("Admin token").fill(visitor.stack.outputs["admin_token"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation")).to_be_visible()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def section(page: Page, name: str) -> None:
    """Follow a link of the navigation."""
    page.get_by_role("navigation").get_by_role("link", name=name).click()
    heading(page, name)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def visit(page: Page, path: str) -> None:
    """Go to a page by its address, and wait until it has loaded."""
    page.evaluate("path => { location.hash = path }", path)
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy]")).to_have_count(0)


def said(page: Page, text: str) -> None:
    expect(page.locator(".toast").filter(has_text=text)).to_be_visible()


def letter(page: Page) -> Any:
    """The letter in the preview's frame."""
    return page.frame_locator("iframe[title^='The letter']")


def read_later(stack: LocalStack, campaign: str) -> None:
    """Let two people open a campaign, after an hour and on the third day, as SES tells it; the first follows a link."""
    first = {"timestamp": "2026-11-24T11:30:00.000Z", "userAgent": "Thunderbird"}
    for position, kind, what in (
        (0, "Open", first),
        (1, "Open", {**first, "timestamp": "2026-11-26T12:00:00.000Z"}),
        (0, "Click", {**first, "link": "https://www.example.org/winter"}),
    ):
        tags = {"campaign": [campaign], "batch": ["1"], "recipient": [str(position)]}
        mail = {"messageId": f"m{position}", "timestamp": "2026-11-24T10:00:00.000Z", "destination": [], "tags": tags}
        event = {"eventType": kind, "mail": mail, kind.lower(): what}
        records = [{"messageId": "1", "body": json.dumps(event)}]
        assert Campaigner(stack).invoke("record_event", {"Records": records}) == {"batchItemFailures": []}


# The whole job


def test_an_editor_imports_people_writes_tests_sends_reads_the_results_and_tidies_up(
    page: Page, stack: LocalStack, visitor: Visitor, shoot: Shoot
) -> None:
    heading(page, "Overview")

    # Import three people
    section(page, "Subscribers")
    page.get_by_role("link", name="Import").click()
    heading(page, "Import people")
    addresses = ("ada@console.example.com", "grace@console.example.com", BOUNCES)
    people = "email,name,city\n" + "".join(
        f"{address},{address.split('@')[0].title()},Berlin\n" for address in addresses
    )
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": f"{people}not an address,X,Berlin\n".encode()}
    page.get_by_label("CSV file").set_input_files(file)  # ty: ignore[invalid-argument-type]
    page.get_by_role("button", name="Import").click()
    expect(card(page, "File").get_by_text("The import is done.")).to_be_visible()
    expect(card(page, "File")).to_contain_text("3 added")
    expect(card(page, "File")).to_contain_text("1 with a mistake")
    with page.expect_download() as download:
        card(page, "File").get_by_role("link", name="Report").click()
    assert "not an address" in download.value.path().read_text()
    shoot(page, "import")

    # Write a letter with an image and a link
    section(page, "Campaigns")
    page.get_by_role("link", name="New campaign").first.click()
    heading(page, "Untitled draft")
    page.get_by_label("Subject").fill("Winter in the garden")
    page.get_by_label("Preview text").fill("The beds are asleep")
    page.get_by_role("textbox", name="Text", exact=True).fill(
        "# Hello {{name}}\n\nThe beds are **asleep**.\n\n"
        "![A bed under straw](https://www.example.org/bed.jpg)\n\n[Read on](https://www.example.org/winter)\n"
    )
    expect(letter(page).get_by_role("heading", name="Hello Ada")).to_be_visible()
    expect(letter(page).get_by_role("link", name="Read on")).to_have_attribute("href", "https://www.example.org/winter")
    page.get_by_label("Only people with").fill("city = Berlin")
    expect(card(page, "Readers").get_by_role("status")).to_have_text("3 people")
    shoot(page, "write")

    # Send a test
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("dialog").get_by_label("To").fill("editor@console.example.com")
    page.get_by_role("dialog").get_by_role("button", name="Send test").click()
    said(page, "The test is on its way to editor@console.example.com.")
    test = visitor.mail("editor@console.example.com")
    assert test["subject"] == "[Test] Winter in the garden"
    assert "https://www.example.org/bed.jpg" in test["html"]

    # Send it, knowing to how many
    page.get_by_role("button", name="Send or schedule").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Send to 3 people?")
    expect(dialog).not_to_contain_text("as a test yet")
    expect(dialog).to_contain_text("Amazon SES charges less than a cent.")
    shoot(page, "confirm")
    go_ahead(dialog, "Send to 3 people")

    # Watch it finish, and see the results
    heading(page, "Winter in the garden")
    expect(card(page, "Progress")).to_contain_text("Sent to 3 of 3 people.")
    expect(card(page, "Readers").get_by_role("row", name="ada@console.example.com sent")).to_be_visible()
    mail = visitor.mail("ada@console.example.com")
    assert mail["subject"] == "Winter in the garden"
    assert "Hello Ada" in mail["html"]
    # What comes back afterwards shows by itself
    until(lambda: (visitor.person(BOUNCES) or {})["status"] == "bounced", "the bounce")
    expect(card(page, "Results")).to_contain_text("Hard bounces")
    expect(card(page, "Results").get_by_text("33.3% of those sent")).to_be_visible()
    read_later(stack, page.url.rpartition("/")[2])
    chart = card(page, "Results").get_by_role("img", name="Readers by day since sending, day 1 to day 3.")
    expect(chart).to_be_visible()
    card(page, "Results").get_by_text("Show the numbers").first.click()
    expect(card(page, "Results").get_by_role("row", name="hour 2 1 1")).to_be_visible()
    links = card(page, "Results").get_by_role("table", name="Clicks by link")
    expect(links.get_by_role("row").filter(has_text="www.example.org/winter")).to_contain_text("1")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download results").click()
    (figures,) = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert (figures["sent"], figures["opened"], figures["clicked"]) == ("3", "2", "1")
    shoot(page, "campaign")

    # Find a bounced person
    section(page, "Subscribers")
    page.get_by_text("Bounced", exact=True).click()
    expect(page.get_by_role("row", name=BOUNCES)).to_contain_text("bounced")
    shoot(page, "bounced")

    # Erase one
    page.get_by_label("Search").fill("grace@console")
    page.get_by_role("link", name="grace@console.example.com").click()
    heading(page, "grace@console.example.com")
    expect(card(page, "Consent")).to_contain_text("an administrator confirmed consent")
    shoot(page, "person")
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase for good").click()
    heading(page, "Subscribers")
    assert visitor.person("grace@console.example.com") is None


def test_a_person_is_added_edited_unsubscribed_and_brought_back(page: Page, visitor: Visitor) -> None:
    visit(page, "/subscribers")
    page.get_by_role("button", name="Add person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email address").fill("barbara@console.example.com")
    for topic in ("News", "Recipes", "Events"):
        dialog.get_by_role("group", name="Topics").get_by_label(topic).check()
    dialog.get_by_label("This person has agreed").check()
    dialog.get_by_role("button", name="Add").click()
    heading(page, "barbara@console.example.com")

    page.get_by_label("Name").fill("Barbara Liskov")
    page.get_by_label("Attributes").fill("city = Cambridge\nnote = a = b")
    page.get_by_label("Recipes").uncheck()
    page.get_by_role("button", name="Save").click()
    said(page, "Saved.")
    stored = visitor.person("barbara@console.example.com") or {}
    assert stored["name"] == "Barbara Liskov"
    assert stored["attributes"] == {"city": "Cambridge", "note": "a = b"}
    assert stored["topics"] == ["News", "Events"]

    page.get_by_label("Attributes").fill("Not Allowed = 1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Attributes")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("An attribute's name has")).to_be_visible()

    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("dialog").get_by_role("button", name="Unsubscribe").click()
    expect(card(page, "About")).to_contain_text("unsubscribed")
    page.get_by_role("button", name="Make active again").click()
    page.get_by_role("dialog").get_by_role("button", name="Make active").click()
    expect(card(page, "History")).to_contain_text("reactivated")


def test_a_template_is_made_from_a_shipped_one_and_a_campaign_written_with_it(page: Page, visitor: Visitor) -> None:
    visit(page, "/templates")
    page.get_by_role("listitem").filter(has_text="announcement").get_by_role("link", name="Customize a copy").click()
    heading(page, "New template")
    page.get_by_label("Name").fill("fair-news")
    page.get_by_label("HTML").fill("<h1>{{headline}}</h1>\n{{#if broken}}")
    expect(page.get_by_label("HTML")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field").filter(has=page.get_by_label("HTML"))).to_contain_text("line 2")
    page.get_by_label("HTML").fill("<h1>{{headline}}</h1>\n{{{body}}}")
    expect(letter(page).get_by_role("heading", name="Our summer fair is on 14 June")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    heading(page, "fair-news")

    visit(page, "/drafts/new?template=fair-news")
    page.get_by_label("Headline").fill("The fair is off")
    expect(letter(page).get_by_role("heading", name="The fair is off")).to_be_visible()
    discard(page)

    visit(page, "/templates/fair-news")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    heading(page, "Templates")
    assert visitor.admin("GET", "/templates/fair-news").status_code == 404


def test_a_campaign_is_scheduled_and_cancelled(page: Page, visitor: Visitor) -> None:
    visitor.put("scheduled@console.example.com", "active")
    visit(page, "/subscribers")
    write(page, "Spring fair", "See you there.")
    page.get_by_role("button", name="Send or schedule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Later").check()
    dialog.get_by_label("Date and time").fill("")
    dialog.get_by_role("button", name="Schedule for").click()
    expect(dialog).to_contain_text("Choose a date and a time.")
    dialog.get_by_label("Date and time").fill("2027-03-01T08:00")
    dialog.get_by_role("button", name=re.compile(r"Schedule for Mon,? 1 Mar 2027, 08:00 \(UTC\)")).click()
    expect(dialog.get_by_text("Go ahead anyway?")).to_be_in_viewport()
    dialog.get_by_role("button", name="anyway").click()
    expect(card(page, "Progress")).to_contain_text("scheduled")
    page.get_by_role("button", name="Cancel campaign").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the campaign").click()
    expect(card(page, "Progress")).to_contain_text("cancelled")
    expect(card(page, "Results")).to_contain_text("The campaign ended before anybody got it.")
    expect(page.get_by_role("button", name="Cancel campaign")).to_have_count(0)


def write(page: Page, subject: str, text: str) -> None:
    visit(page, "/drafts/new")
    page.get_by_label("Subject").fill(subject)
    page.get_by_role("textbox", name="Text", exact=True).fill(text)


def test_the_list_is_exported(page: Page, visitor: Visitor) -> None:
    visitor.put("exported@console.example.com", "complained")
    visit(page, "/subscribers?status=complained")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert "exported@console.example.com" in download.value.path().read_text()


# What is on the screen is what is sent


def ready_to_send(page: Page) -> Locator:
    page.get_by_role("button", name="Send or schedule").click()
    return page.get_by_role("dialog")


def insert(dialog: Locator) -> None:
    """Press the button, and wait for the focus to be back in the text: a field filled before would lose it."""
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_have_count(0)


def escape(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def go_ahead(dialog: Locator, name: str) -> None:
    """Press the button of the dialog, and once more where it asks because of something unusual."""
    dialog.get_by_role("button", name=name).click()
    again = dialog.get_by_role("button", name="anyway")
    expect(again.or_(dialog.page.locator("body:not(:has(dialog))"))).to_be_visible()
    if again.is_visible():
        again.click()
    expect(dialog).to_have_count(0)
    expect(card(dialog.page, "Progress")).to_be_visible()


def test_a_templates_samples_are_examples_and_are_never_sent(page: Page, visitor: Visitor) -> None:
    visitor.put("samples@console.example.com", "active")
    visit(page, "/templates")
    starter = page.get_by_role("listitem").filter(has_text="announcement")
    starter.get_by_role("link", name="Use template").click()
    expect(page.get_by_label("Headline")).to_have_value("")
    expect(page.get_by_label("Headline")).to_have_attribute("placeholder", "Example: Our summer fair is on 14 June")
    expect(letter(page).get_by_role("heading", name="[headline]")).to_be_visible()
    for button in ("Send a test", "Send or schedule"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_label("Headline")).to_be_focused()
        expect(page.get_by_text("This is needed")).to_have_count(2)
        expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_label("Headline").fill("The roof is tight")
    page.get_by_label("Body").fill("At **last**.")
    dialog = ready_to_send(page)
    expect(dialog).to_contain_text("The roof is tight")
    go_ahead(dialog, "Send to")
    heading(page, "The roof is tight")
    mail = visitor.mail("samples@console.example.com")
    assert mail["subject"] == "The roof is tight"
    assert "fair" not in mail["html"]
    section(page, "Campaigns")
    expect(page.get_by_role("link", name="The roof is tight")).to_be_visible()


def test_a_templates_samples_are_written_in_fields_and_rows(page: Page, visitor: Visitor) -> None:
    visit(page, "/templates/new")
    page.get_by_label("Name").fill("rows")
    page.get_by_label("Subject").fill("{{headline}}")
    page.get_by_label("HTML").fill("<h1>{{headline}}, {{name}}</h1>{{#each items}}<p>{{title}}</p>{{/each}}")
    samples = page.get_by_role("group", name="Sample values")
    samples.get_by_label("Headline").fill("The fair")
    samples.get_by_label("Title").fill("Cakes")
    samples.get_by_role("button", name="Add to Items").click()
    samples.get_by_label("Title").nth(1).fill("Music")
    expect(letter(page).get_by_text("Music")).to_be_visible()
    expect(samples.get_by_label("Name")).to_have_count(0)
    # What is no longer asked for comes back with what was written.
    source = page.get_by_label("HTML")
    source.fill("<p>{{other}}</p>")
    expect(samples.get_by_label("Title")).to_have_count(0)
    source.fill("<h1>{{headline}}</h1>{{#each items}}<p>{{title}}</p>{{/each}}")
    expect(samples.get_by_label("Title").nth(1)).to_have_value("Music")
    page.get_by_role("button", name="Save").click()
    said(page, "rows is saved.")
    stored = visitor.admin("GET", "/templates/rows").json()["sample"]
    assert stored == {"headline": "The fair", "items": [{"title": "Cakes"}, {"title": "Music"}]}
    heading(page, "rows")
    expect(samples.get_by_label("Headline")).to_have_value("The fair")


def test_what_repeats_is_written_in_rows_and_sent_as_shown(page: Page, visitor: Visitor) -> None:
    visitor.put("rows@console.example.com", "active", attributes={"rows": "yes"})
    visit(page, "/drafts/new?template=digest")
    page.get_by_label("Title").first.fill("In May")
    first = page.get_by_role("group", name="Items 1", exact=True)
    first.get_by_label("Title").fill("First piece")
    ready_to_send(page)
    expect(first.get_by_label("Text")).to_be_focused()
    first.get_by_label("Text").fill("One.")
    page.get_by_role("button", name="Add to Items").click()
    second = page.get_by_role("group", name="Items 2", exact=True)
    expect(second.get_by_label("Title")).to_be_focused()
    second.get_by_label("Title").fill("Second piece")
    second.get_by_label("Text").fill("Two.")
    page.get_by_role("button", name="Move up: Items 2").click()
    page.get_by_label("Only people with").fill("rows = yes")
    expect(letter(page).get_by_role("heading", level=2)).to_have_text(["Second piece", "First piece"])
    go_ahead(ready_to_send(page), "Send to 1 person")
    heading(page, "In May")
    html = visitor.mail("rows@console.example.com")["html"]
    assert html.index("Second piece") < html.index("First piece")


def test_a_filter_that_is_not_understood_sends_to_nobody(page: Page, visitor: Visitor) -> None:
    visitor.put("filtered@console.example.com", "active")
    write(page, "For Berlin", "Hello.")
    for text, problem in (
        ("city: Berlin", "has no equals sign"),
        ("city = Berlin\ncity = Paris", "city is there already"),
        ("City = Berlin", "An attribute's name has"),
    ):
        page.get_by_label("Only people with").fill(text)
        expect(page.get_by_text(problem)).to_be_visible()
        expect(page.get_by_label("Only people with")).to_have_attribute("aria-invalid", "true")
        page.get_by_role("button", name="Send or schedule").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_label("Only people with")).to_have_value(text)
    page.reload()
    expect(page.get_by_label("Only people with")).to_have_value(text)
    discard(page)


def discard(page: Page) -> None:
    page.get_by_role("button", name="Discard draft").click()
    heading(page, "Campaigns")


def test_looking_at_another_template_and_back_loses_nothing(page: Page) -> None:
    write(page, "Either way", "Words in Markdown.")
    page.get_by_label("Write with").select_option("letter")
    page.get_by_label("Signature").fill("Marta")
    page.get_by_label("Write with").select_option("digest")
    page.get_by_label("Closing").fill("See you!")
    page.get_by_label("Write with").select_option("letter")
    expect(page.get_by_label("Signature")).to_have_value("Marta")
    page.get_by_label("Write with").select_option(label="Markdown")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value("Words in Markdown.")
    page.get_by_label("Write with").select_option("digest")
    expect(page.get_by_label("Closing")).to_have_value("See you!")
    discard(page)


def test_a_template_without_samples_has_a_field_for_every_value(page: Page, visitor: Visitor) -> None:
    visitor.put("bare@console.example.com", "active", attributes={"bare": "yes"})
    html = "<h1>{{headline}}</h1>{{#each dates}}<p>{{this}}</p>{{/each}}<p>{{place.name}} {{attributes.city}}</p>"
    assert visitor.admin("PUT", "/templates/bare", json={"subject": "Bare", "html": html}).status_code == 201
    visit(page, "/drafts/new?template=bare")
    page.get_by_label("Headline").fill("Dates")
    page.get_by_role("group", name="Dates 1", exact=True).get_by_role("textbox").fill("1 May")
    page.get_by_role("group", name="Place").get_by_label("Name").fill("The garden")
    page.get_by_label("For people without city").fill("your town")
    page.get_by_label("Only people with").fill("bare = yes")
    expect(letter(page).get_by_text("The garden your town")).to_be_visible()
    go_ahead(ready_to_send(page), "Send to 1 person")
    heading(page, "Bare")
    html = visitor.mail("bare@console.example.com")["html"]
    assert "1 May" in html
    assert "The garden your town" in html
    visitor.admin("DELETE", "/templates/bare")


def test_a_person_is_not_left_with_changes_that_are_not_saved_unasked(page: Page, visitor: Visitor) -> None:
    visitor.put("guarded@console.example.com", "active")
    visit(page, "/subscribers/guarded@console.example.com")
    page.get_by_label("Attributes").fill("no equals sign")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("has no equals sign")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Campaigns").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    heading(page, "guarded@console.example.com")
    expect(page.get_by_label("Attributes")).to_have_value("no equals sign")
    page.get_by_role("navigation").get_by_role("link", name="Campaigns").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave without saving").click()
    heading(page, "Campaigns")
    visit(page, "/subscribers/guarded@console.example.com")
    page.get_by_label("Attributes").fill("city = Bonn")
    page.get_by_role("button", name="Save").click()
    said(page, "Saved.")
    section(page, "Overview")


def test_a_search_looks_at_everybody_and_shows_that(page: Page, visitor: Visitor) -> None:
    visitor.put("sought@console.example.com", "unsubscribed", name="Sofia Sought")
    visit(page, "/subscribers?status=active")
    expect(page.get_by_label("Active")).to_be_checked()
    for text in ("sought@", "ght@console", "sofia S"):
        page.get_by_label("Search").fill("")
        page.get_by_label("Search").fill(text)
        expect(page.get_by_role("link", name="sought@console.example.com")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_label("All")).to_be_checked()


def test_a_test_that_fails_keeps_its_addresses(page: Page, complaints: list[str]) -> None:
    write(page, "A test", "Hello.")
    page.route("**/drafts/test", lambda route: route.fulfill(status=503, json={"message": "Service Unavailable"}))
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("dialog").get_by_label("To").fill("editor@console.example.com")
    page.get_by_role("dialog").get_by_role("button", name="Send test").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    provoked(complaints, "503")
    escape(page)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("dialog").get_by_label("To")).to_have_value("editor@console.example.com")
    escape(page)
    discard(page)


@pytest.mark.parametrize("path", ["/campaigns/nothing", "/templates/nothing", "/subscribers/nobody@example.com"])
def test_what_is_not_there_is_said_to_be_not_there(page: Page, complaints: list[str], path: str) -> None:
    visit(page, path)
    expect(page.get_by_role("alert")).to_contain_text("Nothing is here.")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("link", name="Back to the overview").click()
    heading(page, "Overview")


# Drafts, and campaigns that stay visible


def saved(page: Page) -> None:
    expect(page.get_by_text(re.compile("^Saved, "))).to_be_visible()


def editor(browser: Browser, visitor: Visitor) -> Page:
    """Another editor, in a browser of their own."""
    context = browser.new_context(locale="en-GB", viewport=SIZES["desktop"])  # ty: ignore[invalid-argument-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(visitor.stack.outputs["console_url"])
    sign_in(page, visitor)
    return page


def text_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Text", exact=True)


def test_two_editors_at_one_draft_lose_nobodys_words(page: Page, browser: Browser, visitor: Visitor) -> None:
    write(page, "Ours", "The first words.")
    saved(page)
    other = editor(browser, visitor)
    visit(other, page.url.partition("#")[2])
    text_of(other).fill("The other's words.")
    saved(other)
    text_of(page).fill("My words.")
    expect(page.get_by_text("Somebody else has changed this draft since")).to_be_visible()
    expect(page.locator(".versions")).to_contain_text("The other's words.")
    text_of(page).fill("My words, and more.")
    page.get_by_role("button", name="Continue with yours").click()
    said(page, "The other version is a draft of its own now.")
    expect(text_of(page)).to_have_value("My words, and more.")
    drafts = visitor.admin("GET", "/drafts").json()["drafts"]
    kept = {each["title"]: each["letter"]["body"] for each in drafts if (each["letter"] or {}).get("subject") == "Ours"}
    assert kept == {None: "My words, and more.", "Ours (other version)": "The other's words."}

    # The other way round
    text_of(other).fill("Once more.")
    other.get_by_role("button", name="Continue with the other").click()
    said(other, "The other version is a draft of its own now.")
    expect(text_of(other)).to_have_value("My words, and more.")
    assert "Once more." in json.dumps(visitor.admin("GET", "/drafts").json())
    other.context.close()


def test_a_draft_that_cannot_be_saved_is_kept_here_and_saved_later(page: Page, complaints: list[str]) -> None:
    page.route("**/drafts", lambda route: route.fulfill(status=503, json={"message": "Service Unavailable"}))
    write(page, "Kept here", "Some words.")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Overview").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave without saving").click()
    heading(page, "Overview")
    page.unroute_all()
    provoked(complaints, "503")
    section(page, "Campaigns")
    row = card(page, "Drafts").get_by_role("listitem").filter(has_text="Kept here")
    expect(row).to_contain_text("unsaved")
    row.get_by_role("link").click()
    expect(text_of(page)).to_have_value("Some words.")
    saved(page)
    section(page, "Campaigns")
    expect(card(page, "Drafts").get_by_role("listitem").filter(has_text="Kept here")).not_to_contain_text("unsaved")


def test_a_discarded_draft_comes_back(page: Page) -> None:
    write(page, "Thrown away", "Words.")
    page.get_by_label("Title of the draft").fill("For the fair")
    saved(page)
    discard(page)
    page.get_by_role("button", name="Undo").click()
    heading(page, "For the fair")
    expect(text_of(page)).to_have_value("Words.")
    discard(page)
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    heading(page, "For the fair")
    discard(page)


def test_the_single_draft_of_older_releases_is_taken_over(page: Page) -> None:
    page.evaluate(
        """() => {
            const place = new URL(document.querySelector("script[type=module]").src);
            const path = new URL("../../", place).pathname;
            const draft = {subject: "From before", body: "Old words.", template: "", values: {}, defaults: {},
                topics: ["News"], attributes: "city = Berlin"};
            localStorage.setItem(`draft of ${path} campaign`, JSON.stringify(draft));
        }"""
    )
    section(page, "Campaigns")
    card(page, "Drafts").get_by_role("link", name="From before").click()
    expect(text_of(page)).to_have_value("Old words.")
    expect(page.get_by_label("Only people with")).to_have_value("city = Berlin")
    expect(page.get_by_label("News")).to_be_checked()
    discard(page)


def test_a_scheduled_letter_is_seen_edited_rescheduled_duplicated_and_archived(page: Page, visitor: Visitor) -> None:
    visitor.put("planned@console.example.com", "active")
    write(page, "Spring teh fair", "See you *there*.")
    dialog = ready_to_send(page)
    dialog.get_by_label("Later").check()
    dialog.get_by_role("button", name="In a week 9:00").click()
    go_ahead(dialog, "Schedule for")
    expect(letter(page).get_by_text("See you there.")).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    heading(page, "Edit campaign")
    page.get_by_label("Subject").fill("Spring: the fair")
    expect(card(page, "Before you send it")).to_contain_text("has not been sent as a test yet")
    page.get_by_role("button", name="Save changes").click()
    heading(page, "Spring: the fair")

    page.get_by_role("button", name="Reschedule").click()
    moment = dialog.get_by_label("Date and time")
    moment.fill("2020-03-01T08:00")
    expect(dialog).to_contain_text("This time has passed.")
    later = datetime.now(UTC) + timedelta(days=200)
    moment.fill(f"{later:%Y-%m-%dT23:30}")
    expect(dialog).not_to_contain_text("This time has passed.")
    dialog.get_by_role("button", name="Schedule for").click()
    expect(dialog).to_contain_text("This is unusual. Go ahead anyway?")
    expect(dialog.get_by_text("It will be night")).to_have_count(2)
    dialog.get_by_role("button", name="anyway").click()
    expect(card(page, "Progress")).to_contain_text(f"{later:%Y}, 23:30")

    page.get_by_role("button", name="Duplicate").click()
    expect(text_of(page)).to_have_value("See you *there*.")
    discard(page)

    page.get_by_label("Scheduled").check()
    page.get_by_label("Search").fill("the fair")
    page.get_by_role("link", name="Spring: the fair").click()
    page.get_by_role("button", name="Cancel campaign").click()
    dialog.get_by_role("button", name="Cancel the campaign").click()
    page.get_by_role("button", name="Archive").click()
    said(page, "The campaign is archived.")
    visit(page, "/campaigns?status=cancelled")
    expect(page.get_by_role("link", name="Spring: the fair")).to_have_count(0)
    page.get_by_label("Archived").check()
    expect(page.get_by_role("link", name="Spring: the fair")).to_be_visible()


def test_a_letter_is_sent_again_to_those_who_did_not_open_it(page: Page, visitor: Visitor) -> None:
    for name in ("one", "two"):
        visitor.put(f"{name}@again.example.com", "active", attributes={"again": "yes"})
    write(page, "Twice", "Hello.")
    page.get_by_label("Only people with").fill("again = yes")
    go_ahead(ready_to_send(page), "Send to 2 people")
    expect(card(page, "Progress")).to_contain_text("Sent to 2 of 2 people.")
    again = page.get_by_role("button", name="Send again to those who did not open it")
    expect(page.get_by_role("button", name="Download results")).to_be_visible()
    expect(again).to_have_count(0)

    def track_one(route: Route) -> None:
        if route.request.method != "GET":
            return route.fallback()
        response = route.fetch()
        return route.fulfill(response=response, json={**response.json(), "tracked": 1})

    campaign = page.url.rpartition("/")[2]
    page.route(f"**/campaigns/{campaign}", track_one)
    page.reload()
    again.click()
    expect(page.get_by_role("dialog")).to_contain_text("Of 1 person it is not known whether they opened it")
    page.get_by_role("button", name="Write a draft for all of them").click()
    heading(page, "Again: Twice")
    expect(page.get_by_text("were sent “Twice” and did not open “Twice”")).to_be_visible()
    expect(card(page, "Readers").get_by_role("status")).to_have_text("2 people")
    discard(page)


def test_the_toolbar_writes_markdown_and_the_preview_is_as_wide_as_an_email(page: Page) -> None:
    write(page, "Tools", "a word")
    text, dialog = text_of(page), page.get_by_role("dialog")
    text.evaluate("each => each.setSelectionRange(2, 6)")
    text.press("Control+b")
    expect(text).to_have_value("a **word**")
    text.press("Control+b")
    expect(text).to_have_value("a word")
    page.get_by_role("button", name="Heading", exact=True).click()
    expect(text).to_have_value("## a word")
    text.press("Control+z")
    expect(text).to_have_value("a word")
    text.press("End")
    page.get_by_role("button", name="Button", exact=True).click()
    dialog.get_by_label("Text on the button").fill("Read on")
    dialog.get_by_label("Where it leads").fill("ftp://www.example.org")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_contain_text("An address begins with https://.")
    dialog.get_by_label("Where it leads").fill("www.example.org/a")
    insert(dialog)
    expect(text).to_have_value(re.compile(r"a word\n\n\[Read on\]\(https://www.example.org/a\)\{\.button\}"))
    expect(letter(page).get_by_role("link", name="Read on")).to_have_attribute("href", "https://www.example.org/a")
    page.get_by_role("button", name="Insert a reader").click()
    dialog.get_by_label("Value").select_option(label="Another attribute …")
    dialog.get_by_label("Name of the attribute").fill("town")
    dialog.get_by_label("When it is not known").fill("your town")
    insert(dialog)
    expect(page.get_by_label("For people without town")).to_have_value("your town")
    expect(letter(page).get_by_text("your town")).to_be_visible()
    frame = page.locator(".stage iframe")
    assert frame.evaluate("each => each.clientWidth") == 640
    page.get_by_text("Phone", exact=True).click()
    assert frame.evaluate("each => each.clientWidth") == 360
    page.get_by_text("Inbox", exact=True).click()
    expect(page.locator(".inbox")).to_contain_text("Garden LettersTools")
    discard(page)


def test_a_letter_is_read_as_somebody_on_the_list(page: Page, visitor: Visitor) -> None:
    visitor.put("rosa@readers.example.com", "active", name="Rosa", attributes={"town": "Bath"})
    write(page, "Chosen", "Dear {{name}} of {{attributes.town}}")
    page.get_by_label("For people without town").fill("your town")
    expect(letter(page).get_by_text("Dear Ada of your town")).to_be_visible()
    dialog, readers = page.get_by_role("dialog"), page.get_by_label("Read as")
    readers.select_option(label="Somebody on the list …")
    dialog.get_by_label("Email address").fill("nobody@readers.example.com")
    dialog.get_by_role("button", name="Show").click()
    expect(dialog).to_contain_text("Nobody on the list has this address.")
    dialog.get_by_label("Email address").fill("rosa@readers.example.com")
    dialog.get_by_role("button", name="Show").click()
    expect(letter(page).get_by_text("Dear Rosa of Bath")).to_be_visible()
    readers.select_option(label="Somebody unknown")
    expect(letter(page).get_by_text("of your town")).to_be_visible()
    discard(page)


def test_a_newcomer_sends_a_letter_with_two_pictures_a_button_and_a_fallback(
    page: Page, visitor: Visitor, shoot: Shoot
) -> None:
    started = time.monotonic()
    visitor.put("first@newcomer.example.com", "active", attributes={"newcomer": "yes"})
    visitor.put("of-old@newcomer.example.com", "active")
    section(page, "Overview")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Subject").fill("Our first letter")
    text, dialog = text_of(page), page.get_by_role("dialog")
    text.fill("Hello ")
    page.get_by_role("button", name="Insert a reader").click()
    dialog.get_by_label("When it is not known").fill("friend")
    insert(dialog)
    text.press("End")
    page.get_by_role("button", name="Picture", exact=True).click()
    dialog.get_by_label("Picture file").set_input_files(
        {"name": "fair.jpg", "mimeType": "image/jpeg", "buffer": photograph("teal")}
    )
    expect(dialog.get_by_text("Uploaded: fair.jpg")).to_be_visible()
    shoot(page, "picture")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_contain_text("Say what the picture shows")
    dialog.get_by_label("Description").fill("The fair from above")
    insert(dialog)
    give(text, "paste", photograph("olive"))
    expect(dialog.get_by_text("Uploaded: pasted.jpg")).to_be_visible()
    dialog.get_by_label("It is only decoration").check()
    insert(dialog)
    page.get_by_role("button", name="Button", exact=True).click()
    dialog.get_by_label("Text on the button").fill("Come along")
    dialog.get_by_label("Where it leads").fill("https://www.example.org/fair")
    insert(dialog)
    page.get_by_label("Only people with").fill("newcomer = yes")
    expect(letter(page).get_by_role("link", name="Come along")).to_be_visible()
    for picture in letter(page).locator("img").all():
        until(lambda shown=picture: shown.evaluate("each => each.naturalWidth") == 1200, "the picture in the preview")
    expect(card(page, "Before you send it")).to_contain_text("Amazon SES charges")
    expect(page.get_by_text("Readers cannot reach")).to_have_count(0)
    shoot(page, "written")

    page.get_by_role("button", name="Send a test").click()
    dialog.get_by_label("To").fill("me@newcomer.example.com")
    dialog.get_by_role("button", name="Send test").click()
    test = visitor.mail("me@newcomer.example.com")
    assert "Hello friend" in test["text"]
    expect(page.get_by_text("has not been sent as a test yet")).to_have_count(0)

    ready_to_send(page)
    dialog.get_by_label("Later").check()
    dialog.get_by_role("button", name="Tomorrow 9:00").click()
    expect(dialog).to_contain_text("everybody has it by")
    expect(dialog).to_contain_text("newcomer = yes")
    shoot(page, "schedule")
    go_ahead(dialog, "Schedule for")
    expect(page.get_by_text("newcomer = yes")).to_be_visible()
    page.get_by_role("button", name="Reschedule").click()
    dialog.get_by_label("Now").check()
    go_ahead(dialog, "Send to 1 person")
    said(page, "The campaign has begun.")
    expect(card(page, "Progress")).to_contain_text("Sent to 1 of 1 person.")
    shoot(page, "sent")
    mail = visitor.mail("first@newcomer.example.com")
    addresses = re.findall(r'<img[^>]* src="([^"]+)"', mail["html"])
    assert [requests.get(address, timeout=30).headers["content-type"] for address in addresses] == ["image/jpeg"] * 2
    assert 'class="button"' in mail["html"]
    print(f"\nfrom the overview to the inbox: {time.monotonic() - started:.0f} seconds")


def give(text: Locator, how: str, content: bytes, name: str = "pasted.jpg", kind: str = "image/jpeg") -> None:
    """Paste or drop a file into a text."""
    text.evaluate(
        """(each, [how, content, name, type]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([Uint8Array.from(content)], name, { type }));
            const event = how === "paste"
                ? new ClipboardEvent("paste", { clipboardData: carried, cancelable: true })
                : new DragEvent("drop", { dataTransfer: carried, cancelable: true });
            each.dispatchEvent(event);
        }""",
        [how, [*content], name, kind],
    )


def test_a_picture_that_cannot_be_shown_is_refused_in_words(page: Page, complaints: list[str]) -> None:
    write(page, "Pictures", "Hello.")
    text, dialog = text_of(page), page.get_by_role("dialog")
    give(text, "drop", b"<svg/>", "drawing.svg", "image/svg+xml")
    expect(dialog).to_contain_text("This is not a JPEG, PNG or GIF.")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_contain_text("Choose a file, or give an address")
    dialog.get_by_label("Picture file").set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(dialog).to_contain_text("The file is damaged")
    page.route("**/pictures", lambda route: route.abort())
    dialog.get_by_label("Picture file").set_input_files(
        {"name": "fair.jpg", "mimeType": "image/jpeg", "buffer": photograph("navy")}
    )
    expect(dialog).to_contain_text("The server cannot be reached.")
    page.unroute("**/pictures")
    complaints[:] = [each for each in complaints if "ERR_FAILED" not in each]
    dialog.get_by_label("Or the address of a picture").fill("https://www.example.org/fair.jpg")
    dialog.get_by_label("Description").fill("The fair")
    insert(dialog)
    expect(text).to_have_value(re.compile(r"!\[The fair\]\(https://www.example.org/fair.jpg\)"))
    expect(page.get_by_text("Pictures are left out")).to_be_visible()
    discard(page)


def test_text_that_is_pasted_with_a_picture_stays_text(page: Page) -> None:
    write(page, "Words", "Hello.")
    text = text_of(page)
    text.evaluate(
        """each => {
            const carried = new DataTransfer();
            carried.setData("text/plain", "from a word processor");
            carried.items.add(new File(["x"], "x.png", { type: "image/png" }));
            each.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, cancelable: true }));
        }"""
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
    discard(page)


def test_a_page_chosen_before_the_list_is_known_is_shown_once(page: Page) -> None:
    held: list[Route] = []
    asked: list[str] = []
    page.route("**/settings", lambda route: held.append(route))
    page.on("request", lambda request: asked.append(urlsplit(request.url).path.rpartition("/")[2]))
    page.reload()
    page.get_by_role("navigation").get_by_role("link", name="Templates").click()
    until(lambda: held, "the question about the list")
    assert "templates" not in asked
    held[0].continue_()
    heading(page, "Templates")
    settled(page)
    assert asked.count("templates") == 1


def test_what_is_wrong_with_a_letter_is_said_with_a_way_to_its_place(page: Page, visitor: Visitor) -> None:
    visitor.put("checked@console.example.com", "active")
    write(page, "Checked", "Hello {{attributes.nowhere}}.\n\n[A link](#gone)")
    findings = card(page, "Before you send it")
    expect(findings).to_contain_text("attributes.nowhere")
    findings.get_by_role("listitem").filter(has_text="#gone").get_by_role("button", name="Show me").click()
    expect(text_of(page)).to_be_focused()
    assert (
        text_of(page).evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)") == "[A link](#gone)"
    )
    page.get_by_role("button", name="Send or schedule").click()
    expect(page.get_by_text("give it a fallback").first).to_be_visible()
    discard(page)


def test_the_sign_up_page_is_on_a_qr_code_that_phones_read(page: Page, visitor: Visitor) -> None:
    section(page, "Settings")
    picture = page.get_by_role("img", name="QR code of the sign-up page")
    assert read_code(picture.screenshot()) == visitor.stack.outputs["subscribe_url"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the QR code").click()
    assert download.value.path().read_text().startswith("<svg")
    # The shortest and the longest text of every version
    script = page.locator("script[type=module]").get_attribute("src") or ""
    address = visitor.stack.outputs["console_url"].removesuffix("console") + script.replace("app.js", "qr.js")
    longest = [0, 14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
    lengths = [most + more for most in longest for more in (0, 1)][1:-1]
    texts = ["http://ä.example/ß", *("x" * length for length in lengths)]
    drawn = page.evaluate(
        "async ([address, texts]) => texts.map((await import(address)).qrModules)", [address, [*texts, "x" * 214]]
    )
    assert drawn.pop() is None
    for text, modules in zip(texts, drawn, strict=True):
        code = Image.new("L", (len(modules) + 8, len(modules) + 8), "white")
        code.putdata(
            [
                0 if 0 <= x < len(modules) and 0 <= y < len(modules) and modules[y][x] else 255
                for y in range(-4, len(modules) + 4)
                for x in range(-4, len(modules) + 4)
            ]
        )
        file = io.BytesIO()
        code.resize((code.width * 3, code.height * 3), Image.Resampling.NEAREST).save(file, "PNG")
        assert read_code(file.getvalue()) == text


def read_code(picture: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return found.text


# Who comes in, and what stays behind


def test_the_token_is_in_no_address_and_gone_after_signing_out(page: Page, visitor: Visitor) -> None:
    token = visitor.stack.outputs["admin_token"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    section(page, "Settings")
    settled(page)
    assert token not in page.url + "".join(asked)
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in")
    assert token not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    page.reload()
    heading(page, "Sign in")


def test_signing_in_and_out_holds_for_every_tab_and_for_a_working_day_at_most(page: Page, visitor: Visitor) -> None:
    other = page.context.new_page()
    other.goto(visitor.stack.outputs["console_url"])
    heading(other, "Overview")
    other.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in")
    sign_in(page, visitor)
    page.clock.install()
    page.clock.fast_forward("10:00:01")
    page.get_by_role("navigation").get_by_role("link", name="Campaigns").click()
    heading(page, "Sign in")


def test_activity_tells_which_token_did_what(page: Page, visitor: Visitor) -> None:
    email = "active@console.example.com"
    visitor.admin("POST", "/subscribers", json={"email": email})
    section(page, "Activity")
    row = page.get_by_role("row").filter(has_text=email)
    expect(row).to_contain_text("Add subscriber")
    expect(row).to_contain_text("first")
    row.get_by_role("link", name=email).click()
    heading(page, email)
    filter_ = {"attribute": "town", "is": "Hull"}
    segment = visitor.admin("POST", "/segments", json={"name": "In Hull", "filter": filter_}).json()["id"]
    section(page, "Activity")
    page.get_by_role("link", name=f"Segment …{segment[-6:]}").click()
    heading(page, "Segment")
    expect(page.get_by_label("Name")).to_have_value("In Hull")
    visitor.admin("DELETE", f"/segments/{segment}")


def test_deliverability_says_what_to_do_first_and_what_to_enter(page: Page, visitor: Visitor) -> None:
    names = f"{visitor.stack.outputs['mailbox_url']}/names"
    visitor.session.put(names, json={"_dmarc.example.com": {"TXT": ['"v=DMARC1; p=maybe"']}}).raise_for_status()
    section(page, "Deliverability")
    expect(page.get_by_text("What to do first")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="_dmarc.example.com")
    expect(row).to_contain_text("Wrong")
    expect(row).to_contain_text("Replace it with v=DMARC1; p=none")
    visitor.session.put(names, json={"_dmarc.example.com": {"TXT": ['"v=DMARC1; p=reject"']}}).raise_for_status()
    page.get_by_role("button", name="Check again").click()
    expect(row).to_contain_text("Found")
    visitor.session.put(names, json={"_dmarc.example.com": None}).raise_for_status()


def test_a_wrong_token_is_said_to_be_wrong(context: BrowserContext, visitor: Visitor) -> None:
    page = context.new_page()
    page.goto(visitor.stack.outputs["console_url"])
    page.get_by_label("Admin token").fill("nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This token is not valid.")).to_be_visible()
    page.get_by_label("Admin token").fill("not a tökén")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This is not a token")).to_be_visible()


def test_a_draft_outlives_a_failure_a_reload_and_the_end_of_the_session(
    page: Page, visitor: Visitor, complaints: list[str]
) -> None:
    visitor.put("reader@console.example.com", "active")
    write(page, "Not lost", "Many hours of work.")
    expect(letter(page).get_by_text("Many hours of work.")).to_be_visible()

    sent: list[str | None] = []

    def fail(route: Route) -> None:
        sent.append(route.request.headers.get("idempotency-key"))
        route.fulfill(status=503, content_type="application/json", body='{"message":"Service Unavailable"}')

    page.route("**/campaigns", fail)
    dialog = ready_to_send(page)
    dialog.get_by_role("button", name="Send to").click()
    for attempt in (1, 2):
        dialog.get_by_role("button", name="anyway").click()
        until(lambda: len(sent) == attempt, f"attempt {attempt}")  # noqa: B023
        expect(dialog.get_by_role("alert")).to_contain_text("status 503")
    assert sent[0]
    assert sent[0] == sent[1]
    page.unroute("**/campaigns")
    provoked(complaints, "the server responded with a status of 503")

    page.reload()
    text = page.get_by_role("textbox", name="Text", exact=True)
    expect(text).to_have_value("Many hours of work.")

    refuse = {"status": 403, "content_type": "application/json", "body": '{"message":"Forbidden"}'}
    page.route("**/campaigns?*", lambda route: route.fulfill(**refuse))
    page.route("**/drafts/*", lambda route: route.fulfill(**refuse))
    text.fill("Many hours of work, and more.")
    heading(page, "Sign in")
    expect(page.get_by_text("what you were writing is kept")).to_be_visible()
    page.unroute_all()
    sign_in(page, visitor)
    expect(text).to_have_value("Many hours of work, and more.")
    saved(page)
    discard(page)


def provoked(complaints: list[str], text: str) -> None:
    """The browser has complained of this and of nothing else; it was meant to."""
    assert complaints
    assert all(text in complaint for complaint in complaints), complaints
    complaints.clear()


def test_a_failed_page_says_why_and_can_be_tried_again(page: Page, complaints: list[str]) -> None:
    error = {"error": {"code": "internal", "message": "Something broke.", "details": {"request_id": "r-1"}}}
    page.route("**/subscribers?*", lambda route: route.fulfill(status=500, json=error))
    page.evaluate("location.hash = '/subscribers'")
    expect(page.get_by_role("alert")).to_contain_text("Something broke. (request r-1)")
    page.unroute_all()
    provoked(complaints, "the server responded with a status of 500")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table").or_(page.get_by_text("The list is empty."))).to_be_visible()


# Hostile values


def test_markup_in_any_value_is_shown_as_text_on_every_page(page: Page, visitor: Visitor) -> None:
    email = "markup@console.example.com"
    visitor.put(
        email,
        "unsubscribed",
        name=MARKUP,
        source=MARKUP,
        topics=[MARKUP],
        attributes={"city": MARKUP},
        unsubscribe_reason=MARKUP,
        consent={"requested": {"at": "2026-01-01T00:00:00.000Z", "user_agent": MARKUP, "wording": MARKUP}},
        history=[{"at": "2026-01-01T00:00:00.000Z", "what": MARKUP, "reason": MARKUP}],
    )
    source = {"subject": MARKUP, "html": "<p>Hi</p>", "description": MARKUP, "sample": {"city": MARKUP}}
    assert visitor.admin("PUT", "/templates/markup", json=source).status_code == 201
    campaign = visitor.admin("POST", "/campaigns", json={"subject": MARKUP, "body": "Hi", "hold": True}).json()
    imported = visitor.admin(
        "POST", "/subscribers/import", data=f"email,{MARKUP}\n".encode(), headers={"content-type": "text/csv"}
    )
    assert imported.status_code in (202, 422)

    pages = {
        "/": 1,
        f"/subscribers/{email}": 7,
        "/subscribers?status=unsubscribed": 2,
        "/campaigns": 1,
        f"/campaigns/{campaign['id']}": 1,
        "/templates": 1,
        "/templates/markup": 1,
        "/drafts/new?template=markup": 0,
        "/subscribers/import": 0,
        "/settings": 0,
    }
    for path, least in pages.items():
        visit(page, path)
        shown = page.locator("main").inner_text() + "".join(
            field.input_value() for field in page.locator("input[type=text], textarea").all()
        )
        assert shown.count(MARKUP) >= least, path
        assert page.locator("main img, main b").count() == 0, path
        assert "pwned" not in page.title(), path
    visitor.admin("POST", f"/campaigns/{campaign['id']}/cancel")
    visitor.admin("DELETE", "/templates/markup")
    page.evaluate("localStorage.clear()")


def test_a_previewed_letter_runs_no_script_loads_nothing_and_cannot_reach_the_console(
    page: Page, complaints: list[str]
) -> None:
    loaded: list[str] = []
    page.on("requestfinished", lambda request: loaded.append(request.url))
    visit(page, "/templates/new")
    page.get_by_label("Subject").fill("Hostile")
    page.get_by_label("HTML").fill(
        '<style>p { background: url("https://elsewhere.example/x.png") }</style><p id="here">Hi {{name}}</p>'
    )
    frame = letter(page).locator("#here")
    expect(frame).to_be_visible()
    found = frame.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            let parentIsOpen = true;
            try { parent.document.title } catch { parentIsOpen = false }
            let store = true;
            try { sessionStorage.length } catch { store = false }
            return { ran: Boolean(window.ran), parentIsOpen, store, origin: self.origin };
        }"""
    )
    assert found == {"ran": False, "parentIsOpen": False, "store": False, "origin": "null"}
    assert complaints.pop(1) == "https://elsewhere.example/x.png"
    provoked(complaints, "violates the following Content Security Policy directive")
    assert not any("elsewhere.example" in url for url in loaded)
    page.evaluate("localStorage.clear()")


# For everybody


PAGES = (
    "/",
    "/activity",
    "/deliverability",
    "/subscribers",
    "/subscribers/everybody@console.example.com",
    "/subscribers/import",
    "/segments",
    "/segments/new",
    "/campaigns",
    "/drafts/new",
    "/feeds",
    "/feeds/new",
    "/templates",
    "/sequences",
    "/templates/new?from=digest",
    "/templates/announcement",
    "/settings",
    "/no-such-page",
)


def pages_of_a_sequence(visitor: Visitor) -> tuple[str, str]:
    """A draft of a sequence, and its email."""
    steps = [{"wait": {"days": 1}, "at": "09:00", "letter": {"subject": "Hello", "body": "Hi"}}]
    asked = {"name": "A series", "trigger": {"on": "added"}, "steps": steps, "exit": {"topic": "News"}}
    sequence = visitor.admin("POST", "/sequences", json=asked).json()["id"]
    return f"/sequences/{sequence}", f"/sequences/{sequence}/steps/1"


@pytest.fixture
def furnished(page: Page, visitor: Visitor) -> Callable[[], Iterator[str]]:
    """Every page, one after the other, each with something to show; then the dialogs."""
    email = "everybody@console.example.com"
    visitor.put(email, "active")
    held = {"subject": "A letter that waits", "body": "Hi", "hold": True}
    campaign = visitor.admin("POST", "/campaigns", json=held, headers={"idempotency-key": "furnished"}).json()

    def walk() -> Iterator[str]:
        for path in (*PAGES, f"/campaigns/{campaign['id']}", *pages_of_a_sequence(visitor)):
            visit(page, path)
            yield path
        visit(page, f"/subscribers/{email}")
        page.get_by_role("button", name="Erase").click()
        yield "dialog to erase"
        escape(page)
        write(page, "A dialog", "Hi")
        page.get_by_role("button", name="Send or schedule").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "dialog to send"
        escape(page)
        discard(page)
        page.get_by_role("button", name="Sign out").click()
        yield "sign in"

    return walk


@pytest.mark.parametrize(("scheme", "size"), [("light", "desktop"), ("dark", "phone")])
def test_axe_finds_no_serious_problem_on_any_page(
    page: Page, furnished: Callable[[], Iterator[str]], scheme: Any, size: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(SIZES[size])  # ty: ignore[invalid-argument-type]
    axe = Axe()
    problems = {}
    for name in furnished():
        answer = axe.run(page).response
        assert len(answer["passes"]) > 10, name
        found = [
            f"{violation['id']}: {violation['nodes'][0]['html']}"
            for violation in answer["violations"]
            if violation["impact"] in SERIOUS
        ]
        if found:
            problems[name] = found
    assert problems == {}


@contextmanager
def in_german(browser: Browser, visitor: Visitor) -> Generator[Page]:
    """The console of an editor who speaks German, signed in. Fails where it lacks words."""
    missing: set[str] = set()
    with browser.new_context(locale="de-DE", viewport=SIZES["desktop"]) as context:  # ty: ignore[invalid-argument-type]
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda message: missing.add(message.text) if "no Deutsch" in message.text else None)
        page = context.new_page()
        page.goto(visitor.stack.outputs["console_url"])
        page.get_by_label("Admin-Token").fill(visitor.stack.outputs["admin_token"])
        page.get_by_role("button", name="Anmelden").click()
        heading(page, "Übersicht")
        yield page
    assert sorted(missing) == []


def test_the_console_speaks_german_on_every_page(browser: Browser, visitor: Visitor) -> None:
    visitor.put("deutsch@console.example.com", "active")
    held = {"subject": "Ein Brief", "body": "Hallo", "hold": True}
    campaign = visitor.admin("POST", "/campaigns", json=held, headers={"idempotency-key": "german"}).json()
    with in_german(browser, visitor) as page:
        person = "/subscribers/deutsch@console.example.com"
        for path in (*PAGES, f"/campaigns/{campaign['id']}", person, *pages_of_a_sequence(visitor)):
            visit(page, path)
        assert page.locator("html").get_attribute("lang") == "de"
        visit(page, "/subscribers?search=deutsch")
        row = page.get_by_role("row").filter(has_text="deutsch@console.example.com")
        expect(row).to_contain_text(re.compile(r"0?1\. ?(Jan\.|01\.) ?2026"))
        # What the API says, too
        visit(page, "/drafts/new")
        page.get_by_label("Betreff").fill("Ein Brief")
        page.get_by_role("textbox", name="Text", exact=True).fill("Hallo {{attributes.nirgends}}")
        findings = card(page, "Bevor Sie senden")
        expect(findings).to_contain_text("Hier wäre eine Lücke, weil ein Wert fehlt (Text, Zeile 1).")
        expect(findings).to_contain_text("Amazon SES berechnet weniger als einen Cent.")
        page.get_by_role("button", name="Entwurf verwerfen").click()
        heading(page, "Kampagnen")
        visit(page, "/activity")
        expect(page.get_by_role("row").filter(has_text="Kampagne erstellen").first).to_be_visible()
        visit(page, "/settings")
        page.get_by_label("Sprache der Konsole").select_option("en")
        heading(page, "Settings")


def test_no_page_scrolls_sideways_on_a_phone_or_a_desktop(
    page: Page, furnished: Callable[[], Iterator[str]], shoot: Shoot
) -> None:
    for name in furnished():
        shoot(page, re.sub(r"\W+", "-", name).strip("-") or "overview")
        for size in SIZES.values():
            page.set_viewport_size(size)  # ty: ignore[invalid-argument-type]
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (name, size)


def test_the_keyboard_reaches_everything_and_the_focus_follows_the_reader(page: Page) -> None:
    page.reload()
    heading(page, "Overview")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.get_by_role("link", name="Skip to the page").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    section(page, "Subscribers")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("navigation").get_by_role("link", name="Subscribers")).to_have_attribute(
        "aria-current", "page"
    )
    add = page.get_by_role("button", name="Add person")
    add.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Email address")).to_be_focused()
    page.keyboard.press("Escape")
    expect(add).to_be_focused()


LARGE_FILES = {
    "cells with breaks": "email,name\n" + "".join(f'p{n}@a.example,"Name, with\nline {n}"\n' for n in range(50)),
    "letters of three bytes": "email;name\r\n" + "".join(f"p{n}@a.example;" + "漢字" * 10 + "\r\n" for n in range(20)),
    "inches": "email,size\n" + "".join(f'p{n}@a.example,24" wide\n' for n in range(50)),
    "a quote never closed": "email,name\n" + 'a@a.example,"Ada\n' + "".join(f"p{n}@a.example,\n" for n in range(80)),
    "a delimiter of its own": "sep=;\nemail;name\n" + "".join(f'p{n}@a.example;"A ""B"" C"\n' for n in range(50)),
    "an old Mac's line ends": "email\r" + "".join(f"p{n}@a.example\r" for n in range(50)),
    "empty lines": "\n\nemail\n" + "".join(f"p{n}@a.example\n\n,\n" for n in range(50)),
}


def test_a_large_file_is_cut_into_parts_that_read_as_the_whole(page: Page, visitor: Visitor) -> None:
    settled(page)
    script = page.locator("script[type=module]").get_attribute("src") or ""
    address = visitor.stack.outputs["console_url"].removesuffix("console") + script.replace("app.js", "csv.js")
    cut = """async ([address, text]) => {
        const parts = (await import(address)).cut(new TextEncoder().encode(text), 300);
        return Promise.all(parts.map((part) => part.text()));
    }"""

    def read(text: str) -> list[tuple[list[str], int, str | None]]:
        body = text.encode()
        return [(row.fields, row.number, row.problem) for row in rows.read([body], 0, rows.delimiter_of(body))]

    for name, text in LARGE_FILES.items():
        header, *people = read(text)
        parts = [read(part) for part in page.evaluate(cut, [address, text])]
        assert len(parts) > 2, name
        assert all(part[0] == header for part in parts), name
        assert [row for part in parts for row in part[1:]] == people, name


def test_a_file_that_is_not_utf_8_is_imported_as_its_reader_says(page: Page, visitor: Visitor) -> None:
    visit(page, "/subscribers/import")

    def choose(text: str, encoding: str) -> None:
        file = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode(encoding)}
        page.get_by_label("CSV file").set_input_files(file)  # ty: ignore[invalid-argument-type]
        page.get_by_role("button", name="Import").click()

    choose("E-mail;First Name\nrenee@console.example.com;Renée\n", "utf-16")
    expect(card(page, "File").get_by_text("The import is done.")).to_be_visible()
    assert (visitor.person("renee@console.example.com") or {})["name"] == "Renée"
    card(page, "File").get_by_text("How the columns were read").click()
    expect(card(page, "File").get_by_role("definition").first).to_have_text("email address")

    choose("email,name\nzoe@console.example.com,Zoë\n", "mac-roman")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Zo\u2018")
    dialog.get_by_role("button", name="No, cancel").click()
    expect(page.get_by_text("This file is not UTF-8 text.")).to_be_visible()
    assert visitor.person("zoe@console.example.com") is None

    choose("email,name\nzoe@console.example.com,Zoë\n", "windows-1252")
    expect(dialog).to_contain_text("Zoë")
    dialog.get_by_role("button", name="Yes, import").click()
    expect(card(page, "File").get_by_text("The import is done.")).to_be_visible()
    assert (visitor.person("zoe@console.example.com") or {})["name"] == "Zoë"


@pytest.mark.skipif("FULL_SIZE" not in os.environ, reason="takes minutes; `make proof` runs it")
def test_every_page_is_usable_with_a_hundred_thousand_people(
    page: Page, stack: LocalStack, furnished: Callable[[], Iterator[str]]
) -> None:
    campaigner, count = Campaigner(stack), 100_000
    campaigner.add_people("crowd", count)
    until(lambda: campaigner.admin("GET", "/analytics").json()["totals"]["active"] >= count, "the last count", 600)
    waited: list[float] = []

    def note(response: Response) -> None:
        if response.request.resource_type == "fetch":
            timing = response.request.timing
            waited.append((timing["responseStart"] - timing["requestStart"]) / 1000)

    page.on("response", note)
    more = ("/subscribers/crowd-077777@example.com", "/subscribers?status=unsubscribed", "/subscribers?status=active")
    print(f"\n{'page':45}{'seconds':>9}{'waiting for the API':>21}")
    for path in (*PAGES, *more):
        waited.clear()
        started = time.monotonic()
        visit(page, path)
        print(f"{path:45}{time.monotonic() - started:9.2f}{max(waited, default=0):21.2f}", flush=True)
        expect(page.locator(".problem")).to_have_count(0)
    expect(page.get_by_text("crowd-099999@example.com")).to_be_visible()
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("crowd-099949@example.com")).to_be_visible()
    page.get_by_label("Search").fill("crowd-0777")
    expect(page.get_by_text("crowd-077700@example.com")).to_be_visible()


def test_a_segment_is_made_of_rows_counted_while_it_is_written_and_chosen_for_a_letter(
    page: Page, visitor: Visitor
) -> None:
    for name, city in (("rosa", "Rostock"), ("rolf", " ROSTOCK "), ("emil", "Essen")):
        visitor.put(f"{name}@segments.example.com", "active", attributes={"harbour": city})
    visit(page, "/segments/new")
    heading(page, "New segment")
    page.get_by_label("Name").fill("At the sea")
    page.get_by_label("What").select_option("attribute")
    page.get_by_role("combobox", name="Attribute", exact=True).select_option("harbour")
    page.get_by_label("Value").fill("rostock")
    expect(card(page, "Who it chooses").get_by_role("status")).to_have_text("2 people")
    expect(card(page, "Who it chooses")).to_contain_text("rosa@segments.example.com")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("What").nth(1).select_option("joined")
    page.get_by_label("Value").nth(1).fill("0")
    expect(card(page, "Who it chooses").get_by_role("status")).to_have_text(
        re.compile("^Must be a whole number of days")
    )
    page.get_by_role("button", name="Remove").nth(1).click()
    expect(card(page, "Who it chooses").get_by_role("status")).to_have_text("2 people")
    page.get_by_role("button", name="Save").click()
    heading(page, "Segments")
    expect(page.get_by_role("listitem").filter(has_text="At the sea")).to_contain_text("harbour is rostock")
    (segment,) = visitor.admin("GET", "/segments").json()["segments"]
    assert segment["filter"] == {"attribute": "harbour", "is": "rostock"}

    visit(page, "/campaigns/new")
    page.get_by_label("Segment").select_option("At the sea")
    expect(card(page, "Readers").get_by_role("status")).to_have_text("2 people")


def test_a_segment_chooses_by_a_campaign_that_is_named_and_not_by_its_id(page: Page, visitor: Visitor) -> None:
    visitor.put("sent@harbours.example.com", "active", attributes={"port": "none"})
    asked = {"subject": "To the port", "body": "Hello.", "audience": {"attributes": {"port": "none"}}}
    made = visitor.admin("POST", "/campaigns", json=asked, headers={"idempotency-key": "port"}).json()["id"]
    until(lambda: visitor.admin("GET", f"/campaigns/{made}").json()["status"] == "sent", "the campaign")
    visit(page, "/segments/new")
    page.get_by_label("Name").fill("Not at the port")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Complete at least one condition first.")).to_be_visible()
    page.get_by_label("What").select_option("received")
    expect(page.get_by_text("Complete at least one condition first.")).to_have_count(0)
    page.get_by_label("Value").select_option(made)
    expect(card(page, "Who it chooses").get_by_role("status")).to_have_text("1 person")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text="Not at the port")).to_contain_text("were sent “To the port”")


def test_a_campaign_names_the_segment_that_it_goes_to(page: Page, visitor: Visitor) -> None:
    saved = {"name": "Readers in Bath", "filter": {"attribute": "town", "is": "Bath"}}
    segment = visitor.admin("POST", "/segments", json=saved).json()["id"]
    held = {"subject": "To Bath", "body": "Hello.", "hold": True, "audience": {"segment": segment}}
    campaign = visitor.admin("POST", "/campaigns", json=held, headers={"idempotency-key": "to-bath"}).json()["id"]
    visit(page, f"/campaigns/{campaign}")
    expect(card(page, "About")).to_contain_text("segment “Readers in Bath”, town is Bath")
    visitor.admin("DELETE", f"/segments/{segment}")
    visit(page, "/campaigns")
    page.reload()
    visit(page, f"/campaigns/{campaign}")
    expect(card(page, "About")).to_contain_text("a saved segment, town is Bath")


@pytest.fixture
def blog() -> Iterator[str]:
    """The address of a feed with one entry."""
    Server.entries = ["Plant swap"]
    with serving() as address:
        yield f"{address}/blog"


def test_a_feed_is_read_before_it_is_added_changed_and_deleted(
    page: Page, visitor: Visitor, blog: str, shoot: Shoot
) -> None:
    section(page, "Campaigns")
    page.get_by_role("link", name="Feeds").click()
    heading(page, "Feeds")
    expect(page.get_by_text("No feeds yet.")).to_be_visible()
    page.get_by_role("link", name="New feed").click()
    heading(page, "New feed")
    page.get_by_label("Address of the feed").fill(blog.replace("blog", "gone"))
    page.get_by_role("button", name="Read the feed").click()
    expect(page.get_by_text("There is nothing at this address any more")).to_be_visible()
    page.get_by_label("Address of the feed").fill(blog)
    page.get_by_role("button", name="Read the feed").click()
    expect(letter(page).get_by_role("heading", name="Plant swap")).to_be_visible()
    assert visitor.admin("GET", "/feeds").json()["feeds"] == []
    shoot(page, "feed")
    page.get_by_label("It is read").select_option("every month")
    page.get_by_label("Day of the month").select_option("3")
    page.get_by_role("button", name="Save").click()
    said(page, "Saved.")
    heading(page, "Feeds")
    expect(page.get_by_role("listitem")).to_contain_text(["On day 3 of each month at 09:00"])
    shoot(page, "feeds")
    page.get_by_role("link", name="Edit").click()
    expect(card(page, "Entries")).to_contain_text("Was there before the feed was added")
    page.get_by_label("New entries become").select_option("send")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem")).to_contain_text(["Sent as a campaign"])
    page.get_by_role("button", name="Pause").click()
    said(page, "The feed is paused.")
    expect(page.get_by_role("listitem")).to_contain_text(["Paused"])
    page.get_by_role("button", name="Resume").click()
    said(page, "The feed is read again.")
    expect(page.get_by_role("listitem")).to_contain_text(["On day 3 of each month at 09:00"])
    (feed,) = visitor.admin("GET", "/feeds").json()["feeds"]
    assert (feed["mode"], feed["cadence"]["every"], feed["cadence"]["on"]) == ("send", "month", 3)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No feeds yet.")).to_be_visible()


def test_why_a_feed_cannot_be_read_is_said_in_german_too(
    browser: Browser, visitor: Visitor, blog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"url": blog, "cadence": {"every": "day", "at": "09:00"}}
    feed = visitor.admin("POST", "/feeds", json=asked).json()["id"]
    monkeypatch.setattr(Server, "blog", Server.gone)
    Campaigner(visitor.stack).invoke("send_feed", {"feed": feed, "period": "2026-11-30T08:00:00Z"})
    with in_german(browser, visitor) as page:
        visit(page, "/feeds")
        expect(page.get_by_role("listitem")).to_contain_text(["Unter dieser Adresse gibt es nichts mehr."])
        visit(page, "/feeds/new")
        page.get_by_label("Adresse des Feeds").fill(visitor.stack.outputs["subscribe_url"])
        page.get_by_role("button", name="Feed lesen").click()
        expect(page.get_by_text("Das ist eine Webseite und kein Feed.")).to_be_visible()
    visitor.admin("DELETE", f"/feeds/{feed}")


def test_a_letter_is_opened_on_the_web_from_its_email_found_there_and_taken_back_by_a_switch(
    page: Page, visitor: Visitor, shoot: Shoot
) -> None:
    email, archive = "web@public.example.com", visitor.stack.outputs["archive_url"]
    visitor.put(email, "active", attributes={"web": "yes"})
    write(page, "The open garden", "[View in browser]({{web_url}})\n\nCome and see.")
    page.get_by_label("Only people with").fill("web = yes")
    dialog = ready_to_send(page)
    expect(dialog.get_by_label("Anyone can read it on the web")).to_be_checked()
    go_ahead(dialog, "Send to 1 person")
    expect(card(page, "Progress")).to_contain_text("Sent to 1 of 1 person.")
    shoot(page, "campaign")

    (link,) = set(re.findall(re.escape(archive) + r"/[\w-]+", visitor.mail(email)["text"]))
    reader = page.context.new_page()
    reader.goto(link)
    heading(reader, "The open garden")
    reader.goto(f"{archive}?utm_source=switch")
    expect(reader.get_by_role("link", name="The open garden")).to_have_attribute("href", link)
    assert link in visitor.get(f"{archive}.atom").text

    page.get_by_role("button", name="Remove from the web").click()
    said(page, "It will be gone from the web within a minute.")
    reader.reload()
    expect(reader.get_by_role("link", name="The open garden")).to_have_count(0)
    reader.goto(link)
    reader.reload()
    heading(reader, "This issue is not public")
    assert link not in visitor.get(f"{archive}.atom").text

    page.get_by_role("button", name="Let anyone read it on the web").click()
    said(page, "Anyone can read it on the web now.")
    reader.reload()
    heading(reader, "The open garden")
    reader.close()


def test_a_feed_whose_segment_is_gone_is_not_saved_for_everybody(page: Page, visitor: Visitor, blog: str) -> None:
    segment = visitor.admin("POST", "/segments", json={"name": "Few", "filter": {"topic": "News"}}).json()["id"]
    asked = {"url": blog, "cadence": {"every": "day", "at": "09:00"}, "segment": segment}
    feed = visitor.admin("POST", "/feeds", json=asked).json()["id"]
    visitor.admin("DELETE", f"/segments/{segment}")
    visit(page, f"/feeds/{feed}")
    expect(page.get_by_label("Readers")).to_have_value(segment)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is no segment with this id.")).to_be_visible()
    assert visitor.admin("GET", f"/feeds/{feed}").json()["segment"] == segment
    visitor.admin("DELETE", f"/feeds/{feed}")


def test_a_welcome_series_of_three_is_built_tested_switched_on_and_sent_to_who_signs_up(
    page: Page, visitor: Visitor, shoot: Shoot
) -> None:
    section(page, "Sequences")
    card(page, "A welcome for everybody who joins").get_by_role("button", name="Prepare it").click()
    heading(page, "Welcome")
    for subject in ("The best of last year", "Shall we meet?"):
        page.get_by_role("link", name="Add an email").click()
        heading(page, "Email of a sequence")
        page.get_by_label("Subject").fill(subject)
        page.get_by_role("textbox", name="Text", exact=True).fill("Hello {{name}}.")
        page.get_by_label("Days").fill("0")
        page.get_by_role("button", name="Save").click()
        heading(page, "Welcome")
    line = page.get_by_role("list", name="The emails, in their order")
    expect(line.get_by_role("heading")).to_have_text(
        ["Welcome to {{list_name}}", "The best of last year", "Shall we meet?"]
    )
    shoot(page, "sequence")

    page.get_by_role("button", name="Test all emails").click()
    page.get_by_role("dialog").get_by_label("To").fill("editor@series.example.com")
    page.get_by_role("dialog").get_by_role("button", name="Send tests").click()
    said(page, "The test is on its way to editor@series.example.com.")
    tests = [visitor.mail("editor@series.example.com", number)["subject"] for number in (1, 2, 3)]
    assert tests == ["[Test] Welcome to Garden Letters", "[Test] The best of last year", "[Test] Shall we meet?"]

    page.get_by_role("button", name="Activate").click()
    said(page, "The sequence is active.")
    visitor.join("nora@series.example.com", name="Nora")
    until(lambda: len(visitor.mails("nora@series.example.com")) == 4, "the series", 120)
    subjects = [mail["subject"] for mail in visitor.mails("nora@series.example.com")][1:]
    assert subjects == ["Welcome to Garden Letters", "The best of last year", "Shall we meet?"]
    page.reload()
    heading(page, "Welcome")
    page.get_by_text("Finished", exact=True).last.click()
    expect(card(page, "People").get_by_role("row", name="nora@series.example.com")).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    said(page, "The sequence is paused.")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    heading(page, "Sequences")


def test_a_file_is_checked_before_it_is_imported(page: Page, visitor: Visitor) -> None:
    visitor.put("known@checked.example.com", "active", name="Known", attributes={})
    visit(page, "/subscribers/import")
    people = "Mail;Place\nknown@checked.example.com;Bonn\nnew@checked.example.com;Ulm\n"
    file = {"name": "may.csv", "mimeType": "text/csv", "buffer": people.encode()}
    page.get_by_label("CSV file").set_input_files(file)  # ty: ignore[invalid-argument-type]
    page.get_by_label("People who are already on the list").select_option("update")
    page.get_by_role("button", name="Check first").click()
    expect(card(page, "File")).to_contain_text("Nobody is imported yet.")
    expect(card(page, "File")).to_contain_text("1 updated")
    assert visitor.person("new@checked.example.com") is None
    card(page, "File").get_by_text("What the columns hold").click()
    page.get_by_label("Place").select_option("name")
    page.get_by_role("button", name="Check again").click()
    expect(card(page, "File").get_by_role("cell", name="Ulm")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(card(page, "File").get_by_text("The import is done.")).to_be_visible()
    assert (visitor.person("known@checked.example.com") or {})["name"] == "Bonn"
    expect(card(page, "Past imports")).to_contain_text("may.csv")
