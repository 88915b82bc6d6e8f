"""What an author should know about a letter that can be sent anyway.

A mistake that would leave readers with nothing they can use is an error (`tree.TemplateSyntaxError`); a warning
never stops a campaign.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from email_list.mail.handlebars.tree import Nodes, Variable
from email_list.mail.letters import Content

CODES: Mapping[str, str] = {
    "dropped": "Something in Markdown that emails cannot contain was left out; the text inside it stays.",
    "not_shown": "Readers do not see this text: it was read as an element, a reference, or a cell that does not exist.",
    "entity": "A character reference without its semicolon shows another character than was written.",
    "not_a_link": "This looks like a link but is not one.",
    "not_a_button": "This looks like a button but is not one.",
    "nowhere": "The link leads to no place in this letter, or to a computer that readers cannot reach.",
    "value_in_address": "A value that is itself an address works only if it is the whole address.",
    "picture_data": "A picture embedded in the source, which most email clients do not show.",
    "picture_size": "A picture without a width, or wider than the letter, breaks the layout in Outlook.",
    "picture_text": "A picture without alternative text says nothing where pictures are not loaded.",
    "weak_style": "The rule is overridden by the styles on the elements.",
    "no_text": "A letter made only of pictures says nothing where they are not loaded.",
    "too_long": "Gmail cuts off the letter, including the unsubscribe link.",
}
"""Every code that exists, and what it means."""


@dataclass(frozen=True)
class LetterWarning:
    """A warning: `message` is for people, `part` is `subject`, `body`, `html`, `text` or the name of a value, `line`
    counts from 1 in what was written, None if it concerns the whole part."""

    code: str
    message: str
    part: str
    line: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def to_json(warnings: Iterable[LetterWarning]) -> list[dict[str, Any]]:
    """The `warnings` of a response, in the order of their parts and lines; each is given once."""
    return [warning.to_json() for warning in dict.fromkeys(warnings)]


Warnings = Sequence[LetterWarning]


@dataclass(frozen=True)
class Composed:
    """A campaign's content, its subject as listings show it, and what the author should know.

    `parts` are those of the content before they are printed; `uses` are the values it has, each where it was written.
    """

    subject: str
    content: Content
    warnings: Warnings = ()
    parts: Mapping[str, Nodes] = field(default_factory=dict)
    uses: Sequence[tuple[str, Variable]] = ()
