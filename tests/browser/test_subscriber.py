"""A subscriber's whole life, as a person with a browser lives it. Nothing of it needs a script."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page, expect

from tests.local.visitor import Visitor

from .conftest import Judge, Shoot, link_to


def heading(page: Page, text: str) -> None:
    """The page says this, whatever it took to get here."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def click_in_mail(page: Page, visitor: Visitor, email: str, number: int, link: str, shoot: Shoot) -> Page:
    """Find an email in the mailbox, open it, follow a link in its HTML; the tab that this opens."""
    mail = visitor.mail(email, number)
    page.goto(f"{visitor.stack.outputs['mailbox_url']}/?to={email}")
    page.get_by_role("link", name=mail["subject"]).first.click()
    letter = page.frame_locator("iframe")
    expect(letter.get_by_role("link", name=link)).to_be_visible()
    shoot(page, f"mail {number}")
    with page.expect_popup() as popup:
        letter.get_by_role("link", name=link).click()
    return popup.value


def test_sign_up_confirm_change_download_leave_come_back_and_be_forgotten(
    page: Page, visitor: Visitor, shoot: Shoot
) -> None:
    email = "ada.lovelace@example.com"

    # Sign up with the form
    page.goto(visitor.stack.outputs["subscribe_url"])
    shoot(page, "form")
    page.get_by_label("Email address").fill(email.upper())
    page.get_by_label("Name").fill("Ada <Lovelace>")
    page.get_by_label("News").check()
    page.get_by_role("button", name="Subscribe").click()
    heading(page, "Check your inbox")
    shoot(page, "check inbox")

    # Read the email, click, confirm
    confirmation = click_in_mail(page, visitor, email, 1, "Confirm my subscription", shoot)
    heading(confirmation, "Confirm your subscription")
    expect(confirmation.get_by_text(email)).to_be_visible()
    assert (visitor.person(email) or {})["status"] == "pending"
    shoot(confirmation, "confirm")
    confirmation.get_by_role("button", name="Confirm subscription").click()
    heading(confirmation, "You are subscribed")
    assert (visitor.person(email) or {})["status"] == "active"
    shoot(confirmation, "confirmed")

    # Change topics
    confirmation.get_by_role("link", name="Choose what you receive").click()
    page = confirmation
    preferences = page.url
    heading(page, "Your preferences")
    expect(page.get_by_text("(Ada <Lovelace>)")).to_be_visible()
    expect(page.get_by_label("News")).to_be_checked()
    expect(page.get_by_label("Events")).not_to_be_checked()
    shoot(page, "preferences")
    page.get_by_label("News").uncheck()
    page.get_by_label("Events").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    shoot(page, "saved")
    page.goto(preferences)
    expect(page.get_by_label("News")).not_to_be_checked()
    expect(page.get_by_label("Events")).to_be_checked()

    # Download everything, by a link from the inbox
    page.get_by_role("button", name="Download my data").click()
    heading(page, "Check your inbox")
    data = click_in_mail(page, visitor, email, 2, "Go to my data", shoot)
    heading(data, "Your data")
    shoot(data, "data")
    with data.expect_download() as download:
        data.get_by_role("button", name="Download my data").click()
    record = json.loads(download.value.path().read_text())
    assert (record["email"], record["name"], record["topics"]) == (email, "Ada <Lovelace>", ["Events"])
    assert "you agree to receive Garden Letters by email" in record["consent"]["confirmed"]["wording"]

    # Once is once
    data.reload()
    heading(data, "This link has been used or has expired")
    data.close()

    # Leave, with a reason
    page.goto(preferences)
    page.get_by_role("link", name="Unsubscribe").click()
    heading(page, "Unsubscribe")
    assert (visitor.person(email) or {})["status"] == "active"
    page.get_by_text("Tell us why").click()
    page.get_by_label("Too many emails").check()
    page.get_by_label("In your own words").fill("Every day\nis too much.")
    shoot(page, "unsubscribe")
    page.get_by_role("button", name="Unsubscribe").click()
    heading(page, "You are unsubscribed")
    left = visitor.person(email) or {}
    assert (left["status"], left["unsubscribe_reason"]) == ("unsubscribed", "too_often: Every day is too much.")
    shoot(page, "unsubscribed")

    # Topics alone bring nobody back: anyone who has the link is asked
    page.goto(preferences)
    expect(page.get_by_text("You receive no emails from")).to_be_visible()
    shoot(page, "left")
    page.get_by_label("News").check()
    page.get_by_role("button", name="Come back").click()
    expect(page.get_by_role("status")).to_contain_text("Welcome back!")
    back = visitor.person(email) or {}
    assert (back["status"], back["topics"]) == ("active", ["News", "Events"])
    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Unsubscribe").click()
    heading(page, "You are unsubscribed")

    # By the form, that needs a new confirmation
    page.get_by_role("link", name="Subscribe again").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Subscribe").click()
    heading(page, "Check your inbox")
    assert (visitor.person(email) or {})["status"] == "unsubscribed"
    page = click_in_mail(page, visitor, email, 3, "Confirm my subscription", shoot)
    page.get_by_role("button", name="Confirm subscription").click()
    heading(page, "You are subscribed")
    assert (visitor.person(email) or {})["status"] == "active"

    # Be forgotten
    page.get_by_role("link", name="Choose what you receive").click()
    page.get_by_role("button", name="Erase my data").click()
    heading(page, "Check your inbox")
    assert visitor.person(email)
    page = click_in_mail(page, visitor, email, 4, "Go to my data", shoot)
    shoot(page, "erase")
    page.get_by_role("button", name="Erase everything").click()
    heading(page, "Your data is erased")
    shoot(page, "erased")
    assert email not in json.dumps(list(visitor.everyone().values()), default=str)
    page.close()


def test_mistakes_are_explained_beside_their_field(page: Page, visitor: Visitor, shoot: Shoot) -> None:
    page.goto(visitor.stack.outputs["subscribe_url"])
    page.get_by_label("Email address").fill("ada@nowhere")
    page.get_by_label("Name").fill("Ada")
    page.get_by_role("button", name="Subscribe").click()
    heading(page, "Subscribe")
    expect(page.get_by_text("This does not look like an email address.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ada")
    shoot(page, "invalid address")


def test_a_link_that_is_broken_or_over_gets_a_friendly_page(page: Page, visitor: Visitor, shoot: Shoot) -> None:
    api = visitor.stack.outputs["api_endpoint"]
    for path in ("/confirm", "/unsubscribe", "/preferences"):
        page.goto(f"{api}{path}?token=broken")
        heading(page, "This link does not work")
    shoot(page, "broken link")
    page.get_by_role("link", name="Go to the sign-up form").click()
    heading(page, "Subscribe")


def test_the_snippet_works_on_another_site(page: Page, visitor: Visitor, shoot: Shoot) -> None:
    email = "reader-of-a-blog@example.com"
    snippet = visitor.get(f"{visitor.stack.outputs['subscribe_url']}/embed").text
    with site(f"<!doctype html><html lang=en><title>A blog</title><h1>A blog</h1>{snippet}") as address:
        page.goto(address)
        shoot(page, "embedded form")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Events").check()
        page.get_by_role("button", name="Subscribe").click()
        heading(page, "Check your inbox")
    visitor.mail(email)
    assert (visitor.person(email) or {})["topics"] == ["Events"]


@contextmanager
def site(body: str) -> Generator[str]:
    """The address of another web site, with this one page."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_axe_finds_no_problem_on_any_page_and_nothing_is_wider_than_a_phone(judge: Judge, visitor: Visitor) -> None:
    email, form = "grace.hopper@example.com", visitor.stack.outputs["subscribe_url"]
    judge(form)
    visitor.sign_up(email, topics=["News"])
    confirm = visitor.link(email, "/confirm")
    judge(confirm)
    preferences = link_to("preferences", confirm, visitor.press(confirm).text)
    judge(preferences)
    judge(link_to("unsubscribe", preferences, visitor.get(preferences).text))
    visitor.press(preferences, action="download")
    judge(visitor.link(email, "/preferences/data", 2))
    judge(preferences + "x")
