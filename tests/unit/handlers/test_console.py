"""The console's files: which there are, how long browsers keep them, and what they may do there."""

import base64
import gzip
import re

import pytest

from email_list import console
from tests.unit.handlers.conftest import ENVIRONMENT, Answer, Stack

VERSION = console.version(console.Places(pictures=ENVIRONMENT["PICTURES_URL"]))


def get(stack: Stack, path: str = "/console", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return stack.http("console", "GET", path, headers=sent)


def test_the_page_names_files_that_exist_by_addresses_relative_to_its_own(stack: Stack) -> None:
    page = get(stack)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    names = re.findall(r'(?:src|href)="([^"]+)"', page.body)
    assert len(names) > 15
    for name in names:
        assert name.startswith(f"console/{VERSION}/")
        assert get(stack, f"/{name}").status == 200


def test_every_module_is_fetched_with_the_page_and_not_one_after_the_other(stack: Stack) -> None:
    page, pending, imported = get(stack).body, ["app.js"], set[str]()
    while pending:
        module = get(stack, f"/console/{VERSION}/{pending.pop()}").body
        found = set(re.findall(r'from "\./([a-z-]+\.js)"', module)) - imported
        pending += found
        imported |= found
    assert set(re.findall(r'modulepreload" href="console/\w+/([a-z-]+\.js)"', page)) == imported


def test_the_page_is_asked_for_each_time_and_its_files_are_kept_for_ever(stack: Stack) -> None:
    page = get(stack)
    assert page.headers["cache-control"] == "no-cache"
    unchanged = get(stack, if_none_match=page.headers["etag"])
    assert (unchanged.status, unchanged.body) == (304, "")
    for known in (f"W/{page.headers['etag']}", f'"other" , {page.headers["etag"]}', "*"):
        assert get(stack, if_none_match=known).status == 304
    for unknown in ('"other"', " " * 9500, "," * 9500):
        assert get(stack, if_none_match=unknown).status == 200
    module = get(stack, f"/console/{VERSION}/app.js")
    assert module.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert module.headers["content-type"] == "text/javascript; charset=utf-8"


def test_another_releases_address_gives_todays_file_and_is_not_kept(stack: Stack) -> None:
    assert get(stack, "/console/0123456789abcdef/app.js").headers["cache-control"] == "no-cache"


def test_files_are_compressed_for_anyone_who_takes_that(stack: Stack) -> None:
    path = f"/console/{VERSION}/style.css"
    plain = get(stack, path)
    packed = get(stack, path, accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert gzip.decompress(base64.b64decode(packed.body)).decode() == plain.body


@pytest.mark.parametrize(
    "path",
    [
        "/console/{version}/../__init__.py",
        "/console/{version}/..%2f__init__.py",
        "/console/{version}/../../settings.py",
        "/console/{version}//etc/passwd",
        "/console/{version}/",
        "/console/{version}",
        "/console/app.js",
        "/console/{version}/index.html",
        "/console/{version}/missing.js",
        "/console/{version}/app.js/",
    ],
)
def test_nothing_but_the_consoles_files_is_served(stack: Stack, path: str) -> None:
    assert get(stack, path.replace("{version}", VERSION)).status == 404


def test_the_application_may_load_and_call_nothing_but_its_own_origin(stack: Stack) -> None:
    policy = get(stack).headers["content-security-policy"]
    sources = {word for directive in policy.split("; ") for word in directive.split()[1:]}
    assert sources == {"'none'", "'self'", "'script'"}
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize(
    ("name", "images"),
    [("letter.html", "data: https://pictures.example/"), ("letter-images.html", "data: https: http:")],
)
def test_letters_are_shown_in_a_sandbox_that_reaches_nothing(stack: Stack, name: str, images: str) -> None:
    policy = get(stack, f"/console/{VERSION}/{name}").headers["content-security-policy"]
    directives = dict(directive.partition(" ")[::2] for directive in policy.split("; "))
    assert "allow-same-origin" not in directives["sandbox"]
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == images
    assert "connect-src" not in directives
    assert directives["frame-ancestors"] == "'self'"


def test_with_pictures_the_page_may_send_them_and_letters_may_show_them() -> None:
    places = console.Places("https://b.s3.eu-west-1.amazonaws.com", "https://d1.cloudfront.net")
    directives = [places.policy(name).split("; ") for name in ("index.html", "letter.html")]
    assert "connect-src 'self' https://b.s3.eu-west-1.amazonaws.com" in directives[0]
    assert "img-src data: https://d1.cloudfront.net/" in directives[1]
    assert console.version(places) != console.version(), "browsers keep policies with the files"


def test_every_file_may_be_taken_only_for_what_it_is(stack: Stack) -> None:
    for name in ("app.js", "style.css", "icon.svg", "letter.html"):
        assert get(stack, f"/console/{VERSION}/{name}").headers["x-content-type-options"] == "nosniff"
