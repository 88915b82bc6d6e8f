"""The list's own emails: confirmation, welcome, goodbye, data link, report. All are finished, every value filled in."""

import html
from collections.abc import Mapping
from typing import Any

from email_list.mail import frame, handlebars, letters, placement
from email_list.mail.encoding import HTML, SUBJECT, TEXT
from email_list.mail.letters import Content
from email_list.mail.plain_text import from_html
from email_list.settings import ListSettings
from email_list.words import DEFAULT_LANGUAGE, handlebars_words, languages


def confirmation(settings: ListSettings, confirm_url: str, language: str | None = None) -> Content:
    """Asks a person to confirm that they want to be on the list. Finished: for SES's simple content."""
    language = _language(settings, language)
    words = handlebars_words(language)
    content = (
        _title(words["confirmation.title"], settings)
        + frame.paragraph(words["confirmation.body"], settings)
        + frame.button(words["confirmation.button"], "{{url}}", settings)
        + frame.paragraph(words["confirmation.otherwise"], settings)
    )
    return _finished("confirmation", content, words["confirmation.reason"], settings, language, {"url": confirm_url})


def welcome(settings: ListSettings, preferences_url: str, language: str | None = None) -> Content:
    """Tells a person that they are on the list, and where they control that. Finished."""
    language = _language(settings, language)
    words = handlebars_words(language)
    content = (
        _title(words["welcome.title"], settings)
        + frame.paragraph(words["welcome.body"], settings)
        + frame.paragraph(words["welcome.preferences"], settings)
        + frame.button(words["preferences"], "{{url}}", settings)
    )
    return _finished("welcome", content, words["reason"], settings, language, {"url": preferences_url})


def goodbye(settings: ListSettings, subscribe_url: str, language: str | None = None) -> Content:
    """Tells a person that they have left, and how to come back. Finished."""
    language = _language(settings, language)
    words = handlebars_words(language)
    content = (
        _title(words["goodbye.title"], settings)
        + frame.paragraph(words["goodbye.body"], settings)
        + frame.paragraph(words["goodbye.return"], settings)
        + frame.button(words["goodbye.button"], "{{url}}", settings)
    )
    return _finished("goodbye", content, words["goodbye.reason"], settings, language, {"url": subscribe_url})


def data_link(settings: ListSettings, url: str, language: str | None = None) -> Content:
    """Gives a person the link to everything that is stored about them. Finished."""
    language = _language(settings, language)
    words = handlebars_words(language)
    content = (
        _title(words["data.title"], settings)
        + frame.paragraph(words["data.body"], settings)
        + frame.button(words["data.button"], "{{url}}", settings)
        + frame.paragraph(words["data.otherwise"], settings)
    )
    return _finished("data", content, words["data.reason"], settings, language, {"url": url})


def report(settings: ListSettings, subject: str, preheader: str, content: str, language: str | None = None) -> Content:
    """An email to the list's administrators. Finished, as `content` is: HTML without braces."""
    language = _language(settings, language)
    reason = handlebars_words(language)["report.reason"]
    return _finished("report", content, reason, settings, language, {"subject": subject, "preheader": preheader})


def _title(text: str, settings: ListSettings) -> str:
    return f'<h1 style="{frame.content_styles(settings)["h1"]}">{html.escape(text)}</h1>'


def _finished(
    kind: str, content: str, reason: str, settings: ListSettings, language: str, values: Mapping[str, Any]
) -> Content:
    """The letter with every value filled in. It has no unsubscribe link: nobody gets it twice."""
    words = handlebars_words(language)
    known = letters.list_values(settings) | dict(values)
    finished = _fill_completely(content, HTML, known)
    footer = f'<p style="margin:0 0 8px">{reason}</p>\n{frame.html_imprint(settings)}'
    preheader = html.escape(words.get(f"{kind}.preheader", "{{preheader}}"))
    document = frame.html_frame(content, footer, preheader, settings, language)
    text_footer = _fill_completely(f"{reason}\n{frame.text_imprint(settings)}", TEXT, known)
    return Content(
        subject=_fill_completely(words.get(f"{kind}.subject", "{{subject}}"), SUBJECT, known),
        html=_fill_completely(document, HTML, known),
        text=frame.text_frame(from_html(finished), text_footer),
    )


def _fill_completely(source: str, part: str, known: Mapping[str, Any]) -> str:
    nodes = handlebars.parse(source, part)
    nodes = placement.place(nodes, part) if part == HTML else nodes
    return handlebars.print_text(letters.fill(nodes, known, part))


def _language(settings: ListSettings, language: str | None) -> str:
    wanted = language or settings.language
    return wanted if wanted in languages() else DEFAULT_LANGUAGE
