"""What an author should know about a letter that can be sent all the same.

A mistake that no reader could do anything with is an error (`handlebars.TemplateSyntaxError`); a warning never stops
a sending.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from email_list.mail.letters import Content

CODES: Mapping[str, str] = {
    "dropped": "Something in Markdown that emails cannot have was left out; text inside it stays.",
    "not_shown": "Readers do not see this text: it was read as an element, a reference or a cell that is not there.",
    "entity": "A character reference without its semicolon shows another character than was written.",
    "not_a_link": "This looks like a link and is none.",
    "nowhere": "The link leads to no place in this letter, or to a computer that readers cannot reach.",
    "value_in_address": "A value that is an address itself works only when it is the whole address.",
    "picture_data": "A picture inside the source, which most email clients do not show.",
    "picture_size": "A picture without a width, or wider than the letter, breaks the layout in Outlook.",
    "picture_text": "A picture without an alternative text says nothing where pictures are not loaded.",
    "weak_style": "The rule loses against the styles on the elements.",
    "too_long": "Gmail cuts the letter off, the unsubscribe link included.",
}
"""Every code there is, and what it means."""


@dataclass(frozen=True)
class LetterWarning:
    """A warning: `message` is for people, `part` is `subject`, `body`, `html`, `text` or the name of a value, `line`
    counts from 1 in what was written, None when it is about the part as a whole."""

    code: str
    message: str
    part: str
    line: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def to_json(warnings: Iterable[LetterWarning]) -> list[dict[str, Any]]:
    """The `warnings` of an answer, in the order of their parts and lines; each is said once."""
    return [warning.to_json() for warning in dict.fromkeys(warnings)]


Warnings = Sequence[LetterWarning]


@dataclass(frozen=True)
class Composed:
    """A campaign's content, its subject as the author wrote it, and what the author should know."""

    subject: str
    content: Content
    warnings: Warnings = ()
