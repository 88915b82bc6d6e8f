"""The console before a list of 100,000 people. `make proof` runs it, and shows how long each page takes."""

import os
import time

import pytest
from playwright.sync_api import Page, Response, expect

from local.stack import LocalStack
from tests.local.campaigners import Campaigner

from .test_console import PATIENCE, complaints, context, heading, page, settled  # noqa: F401

pytestmark = pytest.mark.skipif("FULL_SIZE" not in os.environ, reason="takes minutes; `make proof` runs it")

PEOPLE = 100_000
PAGES = {
    "/": "Overview",
    "/subscribers": "Subscribers",
    "/subscribers?status=active": "Subscribers",
    "/subscribers?q=crowd-0777": "Subscribers",
    "/subscribers/crowd-077777@example.com": "crowd-077777@example.com",
    "/import": "Import people",
    "/export": "Export",
    "/templates": "Templates",
    "/campaigns": "Campaigns",
    "/campaigns/new": "New campaign",
    "/settings": "Settings",
}


def test_every_page_is_usable_with_a_hundred_thousand_people(stack: LocalStack, page: Page) -> None:  # noqa: F811
    Campaigner(stack).add_people("crowd", PEOPLE)
    _wait_until_counted(stack)
    waited: list[float] = []

    def note(response: Response) -> None:
        timing = response.request.timing
        if response.request.resource_type == "fetch":
            waited.append((timing["responseStart"] - timing["requestStart"]) / 1000)

    page.on("response", note)
    print(f"\n{'page':45}{'seconds':>9}{'for the API':>13}")
    for path, title in PAGES.items():
        waited.clear()
        started = time.monotonic()
        page.evaluate("path => { location.hash = path }", path)
        heading(page, title)
        settled(page)
        seconds = time.monotonic() - started
        expect(page.get_by_role("alert")).to_have_count(0)
        print(f"{path:45}{seconds:9.2f}{max(waited, default=0):13.2f}", flush=True)
    page.evaluate("path => { location.hash = path }", "/subscribers")
    expect(page.get_by_text("crowd-099999@example.com")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("crowd-099949@example.com")).to_be_visible(timeout=PATIENCE)


def _wait_until_counted(stack: LocalStack) -> None:
    """Let the emulator be done with the stream of so many changes."""
    campaigner, before = Campaigner(stack), -1
    while True:
        now = campaigner.admin("GET", "/analytics").json()["now"]["active"]
        if now == before == PEOPLE:
            return
        before = now
        time.sleep(5)
