"""The public archive: its pages, its feed, and what search engines read. The same to everybody."""

from email_list.assets import Asset
from email_list.http import Request, Response
from email_list.pages import archive as pages
from email_list.pages import syndication
from email_list.router import Router
from handlers.wiring import pages as answers
from handlers.wiring import reading, settings

CACHING = "public, max-age=60"
"""A campaign that is taken back is gone within a minute."""

handler = Router("archive", on_error=answers.problem)


@handler.operation("list_archive")
def _list(request: Request) -> Response:
    cursor = request.query.get("cursor") or None
    page, site = reading.archive().page(cursor), reading.site(request)
    entries = [reading.entry(site, campaign) for campaign in page.issues]
    return _shown(request, pages.listing(site, entries, cursor, page.cursor))


@handler.operation("show_issue")
def _issue(request: Request) -> Response:
    campaign, version = reading.archive().issue(request.path_parameters["slug"])
    site, captcha = reading.site(request), answers.captcha_site_key() is not None
    entry = reading.entry(site, campaign)
    return _shown(request, pages.issue(site, entry, version, settings.topics(), captcha=captcha))


@handler.operation("get_archive_feed")
def _feed(request: Request) -> Response:
    site = reading.site(request)
    entries = [reading.entry(site, campaign) for campaign in reading.archive().page().issues]
    return _answer(request, syndication.atom(site, entries), "application/atom+xml; charset=utf-8")


@handler.operation("get_sitemap")
def _sitemap(request: Request) -> Response:
    site = reading.site(request)
    listed = [] if site.noindex else reading.archive().latest()
    entries = [reading.entry(site, campaign) for campaign in listed]
    return _answer(request, syndication.sitemap(site, entries), "application/xml; charset=utf-8")


@handler.operation("get_robots")
def _robots(request: Request) -> Response:
    return _answer(request, syndication.robots(reading.site(request)), "text/plain; charset=utf-8")


def _shown(request: Request, page: Response) -> Response:
    """A page that browsers may keep for a minute."""
    headers = {name: value for name, value in page.headers.items() if name not in ("content-type", "cache-control")}
    return _answer(request, page.body.encode(), page.headers["content-type"], **headers)


def _answer(request: Request, content: bytes, content_type: str, **headers: str) -> Response:
    # The words around an issue are in the reader's language, if the list leaves it to them.
    more = {**headers, "vary": "accept-encoding, accept-language"}
    return Asset.of(content, content_type).answer(request, CACHING, more)
