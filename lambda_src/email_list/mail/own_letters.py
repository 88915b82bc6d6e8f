"""The list's own emails: confirmation, goodbye, data link, report. All are finished, every value filled in."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from email_list.mail import frame, letters, placement
from email_list.mail.encoding import HTML, SUBJECT, TEXT
from email_list.mail.handlebars import printing, reading
from email_list.mail.letters import Content
from email_list.mail.plain_text import from_html
from email_list.settings import ListSettings
from email_list.words import DEFAULT_LANGUAGE, handlebars_words, languages


def confirmation(settings: ListSettings, confirm_url: str, language: str | None = None) -> Content:
    """Asks a person to confirm that they want to be on the list. Finished: for SES's simple content."""
    return _with_a_button(settings, language, "confirmation", confirm_url, before=["body"], after=["otherwise"])


def goodbye(settings: ListSettings, subscribe_url: str, language: str | None = None) -> Content:
    """Tells a person that they have left, and how to come back. Finished."""
    return _with_a_button(settings, language, "goodbye", subscribe_url, before=["body", "return"])


def data_link(settings: ListSettings, url: str, language: str | None = None) -> Content:
    """Gives a person the link to everything that is stored about them. Finished."""
    return _with_a_button(settings, language, "data", url, before=["body"], after=["otherwise"])


def report(settings: ListSettings, subject: str, preheader: str, content: str, language: str | None = None) -> Content:
    """An email to the list's administrators. Finished, as `content` is: HTML without braces."""
    language = _language(settings, language)
    reason = handlebars_words(language)["report.reason"]
    return _finished("report", content, reason, settings, language, {"subject": subject, "preheader": preheader})


def _with_a_button(
    settings: ListSettings,
    language: str | None,
    kind: str,
    url: str,
    before: Sequence[str],
    after: Sequence[str] = (),
) -> Content:
    """A title, paragraphs, the button that leads to `url`, paragraphs. `before` and `after` name words of the kind."""
    language = _language(settings, language)
    words = handlebars_words(language)
    paragraphs = {name: frame.paragraph(words[f"{kind}.{name}"], settings) for name in (*before, *after)}
    content = (
        _title(words[f"{kind}.title"], settings)
        + "".join(paragraphs[name] for name in before)
        + frame.button(words[f"{kind}.button"], "{{url}}", settings)
        + "".join(paragraphs[name] for name in after)
    )
    return _finished(kind, content, words[f"{kind}.reason"], settings, language, {"url": url})


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
    nodes = reading.parse(source, part)
    nodes = placement.place(nodes, part) if part == HTML else nodes
    return printing.print_text(letters.fill(nodes, known, part))


def _language(settings: ListSettings, language: str | None) -> str:
    wanted = language or settings.language
    return wanted if wanted in languages() else DEFAULT_LANGUAGE
