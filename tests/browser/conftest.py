"""A headless Chromium in front of a running stack, watched for errors and for requests that lead elsewhere."""

import json
import os
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from local.stack import LocalStack
from tests.local.conftest import private_stack
from tests.local.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOPICS = [
    {"name": "News", "description": "What is new in the garden, once a month"},
    {"name": "Events", "description": "Open days, workshops and plant swaps"},
    {"name": "Recipes"},
]
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 800}}
REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium itself says of a page that answers with such a status, as a page about a broken link does."""

Shoot = Callable[[Page, str], None]
Judge = Callable[[str], None]


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    config = {
        "listName": "Garden Letters",
        "topics": json.dumps(TOPICS),
        "privacyUrl": "https://www.example.org/privacy",
        "language": "auto",
        "archive": "true",
    }
    with private_stack(config) as running:
        yield running


@pytest.fixture(scope="package")
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}; `apt-get install chromium` brings it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a reader who speaks English and has switched scripts off, on which nothing here may depend.

    The test fails when the browser complains of anything, or asks another machine.
    """
    complaints: list[str] = []
    settings = {"java_script_enabled": False, "locale": "en-GB", "viewport": SIZES["desktop"]}
    with browser.new_context(**settings) as context:  # ty: ignore[invalid-argument-type]
        watch(context, complaints)
        page = context.new_page()
        page.set_default_timeout(10_000)
        yield page
    assert complaints == []


def link_to(name: str, url: str, page: str) -> str:
    """Where the link to one of the list's pages leads on the page at an address."""
    (link,) = set(re.findall(rf'href="([^"]*\b{name}\?[^"]*)"', page))
    return urljoin(url, unescape(link))


def watch(context: BrowserContext, complaints: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    def see(request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            complaints.append(request.url)

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", see)


@pytest.fixture
def judge(browser: Browser) -> Iterator[Judge]:
    """Looks at the page of an address on a phone and a desktop, light and dark: axe must find nothing, and nothing may
    be wider than the screen."""
    complaints: list[str] = []

    def look(url: str) -> None:
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                page.set_viewport_size(viewport)  # ty: ignore[invalid-argument-type]
                page.emulate_media(color_scheme=scheme)
                page.goto(url)
                found = Axe().run(page).response["violations"]
                problems = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
                assert problems == [], (url, size, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (url, size)

    with browser.new_context(locale="en-GB") as context:
        watch(context, complaints)
        page = context.new_page()
        yield look
    assert complaints == []


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Shoot:
    """Takes pictures of a page on a phone and a desktop, light and dark, if SCREENSHOTS names a folder for them."""
    folder = os.environ.get("SCREENSHOTS")
    story = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))
    taken: list[str] = []

    def take(page: Page, name: str) -> None:
        if not folder:
            return
        taken.append(name)
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                page.set_viewport_size(viewport)  # ty: ignore[invalid-argument-type]
                page.emulate_media(color_scheme=scheme)
                file = Path(folder) / story / f"{len(taken):02} {name} {size} {scheme}.png"
                page.screenshot(path=file, full_page=True)
        page.set_viewport_size(SIZES["desktop"])  # ty: ignore[invalid-argument-type]
        page.emulate_media(color_scheme="light")

    return take
