"""The RFC 5322 message a receiver gets, built with the standard library."""

from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

# SES sends header lines as they are given, up to 996 characters; folding could break a long URL.
_POLICY = SMTP.clone(max_line_length=998)


def build(headers: Iterable[tuple[str, str]], text: str | None, html: str | None) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    for name, value in headers:
        message[name] = value
    if text is not None or html is None:
        message.set_content(text or "", cte="quoted-printable")
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    elif html is not None:
        message.set_content(html, subtype="html", cte="quoted-printable")
    return message
