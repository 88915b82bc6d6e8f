"""The mailbox's pages for people. Everything that comes from an email is escaped."""

import re
from html import escape
from urllib.parse import quote, urlencode

from local.ses.mailbox import Mail, iso_time

PAGE_SIZE = 50


def list_page(mails: list[Mail], to: str, offset: int) -> str:
    """All emails, newest first, as `listing` shows them; the script keeps it current."""
    return _document(
        "Mailbox",
        f"""<header>
  <h1><a href="/mailbox/">Mailbox</a></h1>
  <form class="search" role="search">
    <input type="search" name="to" value="{escape(to)}" placeholder="name@example.com" aria-label="Recipient">
    <button>Find</button>
  </form>
  <button id="clear" type="button">Empty mailbox</button>
</header>
<main id="listing" aria-live="polite">{listing(mails, to, offset)}</main>""",
    )


def listing(mails: list[Mail], to: str, offset: int) -> str:
    """One page of the list."""
    if not mails:
        found = f"No emails for {escape(to)} yet." if to else "No emails yet."
        return f'<p class="empty">{found} Emails show up here as soon as they are sent.</p>'
    rows = "".join(_row(mail) for mail in mails[offset : offset + PAGE_SIZE])
    return f"""<table>
<thead><tr><th>To</th><th>Subject</th><th>Sent</th></tr></thead>
<tbody>{rows}</tbody>
</table>
{_pager(len(mails), to, offset)}"""


def mail_page(mail: Mail) -> str:
    """One email: headers, tags, text, and HTML in a frame of its own."""
    subject, text, html = mail.content.rendered()
    fields = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in mail.header_fields())
    tags = "".join(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in mail.tags.items())
    address = f"/mailbox/messages/{quote(mail.id)}"
    sandbox = "allow-popups allow-popups-to-escape-sandbox"
    parts = ""
    if html is not None:
        frame = f'<iframe title="HTML part" src="{address}/html" sandbox="{sandbox}"></iframe>'
        parts += f"<section><h2>HTML</h2>{_VIEW}{frame}</section>"
    if text is not None:
        parts += f"<section><h2>Text</h2><pre>{_linked(text)}</pre></section>"
    return _document(
        subject,
        f"""<header>
  <p><a href="/mailbox/">&larr; All emails</a></p>
  <h1>{escape(subject) or "(no subject)"}</h1>
  <p class="links"><a href="{address}/raw" target="_blank">Message source</a> <a href="{address}">JSON</a></p>
</header>
<main>
<dl>{fields}<dt>Delivered to</dt><dd>{escape(", ".join(mail.recipients))}</dd></dl>
{f'<ul class="tags">{tags}</ul>' if tags else ""}
{parts}
</main>""",
    )


_VIEW = """<form id="view">
<label><input type="radio" name="width" value="" checked> Whole width</label>
<label><input type="radio" name="width" value="640"> Desktop, 640 pixels</label>
<label><input type="radio" name="width" value="360"> Phone, 360 pixels</label>
<label><input type="checkbox" name="pictures"> Load pictures</label>
</form>"""


def with_links_in_new_tabs(html: str) -> str:
    """The HTML part with links that leave the frame it is shown in."""
    base = '<base target="_blank">'
    head = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def _row(mail: Mail) -> str:
    address = f"/mailbox/messages/{quote(mail.id)}/view"
    subject = mail.content.rendered().subject or "(no subject)"
    sent = iso_time(mail.sent_at)
    return (
        f"<tr><td>{escape(', '.join(mail.recipients))}</td>"
        f'<td><a href="{address}">{escape(subject)}</a></td>'
        f'<td><time datetime="{sent}">{sent[:19].replace("T", " ")} UTC</time></td></tr>'
    )


def _pager(total: int, to: str, offset: int) -> str:
    def link(label: str, target: int) -> str:
        return f'<a href="?{escape(urlencode({"to": to, "offset": target}))}">{label}</a>'

    last = min(offset + PAGE_SIZE, total)
    newer = link("Newer", max(0, offset - PAGE_SIZE)) if offset else ""
    older = link("Older", offset + PAGE_SIZE) if last < total else ""
    return f'<nav class="pager">{newer} <span>{min(offset + 1, total)}&ndash;{last} of {total}</span> {older}</nav>'


def _linked(text: str) -> str:
    """Escaped text whose web addresses can be followed."""
    pieces = re.split(r"(https?://[^\s<>\"]+)", text)
    for index in range(1, len(pieces), 2):
        address = escape(pieces[index])
        pieces[index] = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
    for index in range(0, len(pieces), 2):
        pieces[index] = escape(pieces[index])
    return "".join(pieces)


def _document(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/mailbox/static/mailbox.css">
<link rel="icon" href="data:,">
<script src="/mailbox/static/mailbox.js" defer></script>
</head>
<body>
{body}
</body>
</html>"""
