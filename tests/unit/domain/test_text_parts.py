"""The text part reads as the letter was written: thirty letters in many shapes."""

from typing import NamedTuple

import pytest

from email_list.errors import NotFoundError
from email_list.mail import writing
from email_list.mail.writing import Draft
from tests.unit.domain.letter_world import SETTINGS, delivered, reader


class Letter(NamedTuple):
    """A letter and its text part, up to the footer."""

    source: str
    text: str


MARKDOWN = {
    "paragraphs": Letter(
        "# Spring news\n\nDear {{name}},\nthe garden\nis open.\n\nSee you soon,  \nthe team",
        "Spring news\n\nDear Ann, the garden is open.\n\nSee you soon,\nthe team",
    ),
    "tight list": Letter("Bring:\n\n- boots\n- a *hat*\n- tea", "Bring:\n\n- boots\n- a hat\n- tea"),
    "loose list": Letter("- one\n\n- two\n\n  more of two\n\n- three", "- one\n\n- two\n\n  more of two\n\n- three"),
    "list from three": Letter("3. three\n4. four", "3. three\n4. four"),
    "ten steps": Letter("9. nine\n10. ten\n\n    more of ten", "9. nine\n\n10. ten\n\n    more of ten"),
    "nested lists": Letter(
        "- fruit\n  - apples\n  - pears\n    1. Conference\n    2. Williams\n- nuts",
        "- fruit\n  - apples\n  - pears\n    1. Conference\n    2. Williams\n- nuts",
    ),
    "lists in numbers": Letter("1. Dig\n   - deep\n   - wide\n2. Plant", "1. Dig\n   - deep\n   - wide\n2. Plant"),
    "code in a list": Letter(
        "- Run:\n\n  ```\n  make test\n    --all\n  ```\n\n- Done", "- Run:\n\n  make test\n    --all\n\n- Done"
    ),
    "quote": Letter(
        "> First.\n>\n> Second line\n> goes on.\n\nThanks, Bo.", "> First.\n>\n> Second line goes on.\n\nThanks, Bo."
    ),
    "quotes in quotes": Letter("> outer\n>\n> > inner\n>\n> outer again", "> outer\n>\n> > inner\n>\n> outer again"),
    "list in a quote": Letter("> Bring:\n>\n> - boots\n> - tea", "> Bring:\n>\n> - boots\n> - tea"),
    "quote in a list": Letter("- Ann says:\n  > Come!\n- Bo too", "- Ann says:\n  > Come!\n- Bo too"),
    "links": Letter(
        "Read [the plan](https://e.org/plan), or write to <ann@e.org>. [Unsubscribe]({{unsubscribe_url}}) here.",
        "Read the plan <https://e.org/plan>, or write to ann@e.org. "
        "Unsubscribe <https://list.example/unsubscribe?token=abc&x=1> here.",
    ),
    "links on lines": Letter(
        "[The plan](https://e.org/plan)\n\n- [Map](https://e.org/map)\n- [Ready?](https://e.org/r)",
        "The plan: https://e.org/plan\n\n- Map: https://e.org/map\n- Ready? https://e.org/r",
    ),
    "bare links": Letter("See https://e.org/a_b (or https://e.org/c).", "See https://e.org/a_b (or https://e.org/c)."),
    "pictures": Letter(
        "![Roses](https://e.org/r)\n\n[![Logo](https://e.org/l)](https://e.org)\n\nA ![](https://e.org/x) word",
        "[Roses]\n\n[Logo]: https://e.org\n\nA word",
    ),
    "table": Letter(
        "| Day | What | Price |\n|---|---|--:|\n| Mon | Tea & *cake* | 2.50 |\n| Tue | | 3 |",
        "Day | What | Price\nMon | Tea & cake | 2.50\nTue | | 3",
    ),
    "table with links": Letter(
        "| Talk | |\n|---|---|\n| Bees | [Slides](https://e.org/bees) |", "Talk |\nBees | Slides <https://e.org/bees>"
    ),
    "rule": Letter("One\n\n---\n\nTwo", f"One\n\n{'-' * 40}\n\nTwo"),
    "code": Letter("Say `<hi>`:\n\n    a < b\n\n    c", "Say <hi>:\n\na < b\n\nc"),
    "task": Letter("Hello\\\nworld &copy; 2026 &lt;b&gt;", "Hello\nworld © 2026 <b>"),
    "right to left": Letter("# אבג\n\n1. דהו\n2. {{name}}", "אבג\n\n1. דהו\n2. Ann"),
    "conditions": Letter(
        "{{#if attributes.city}}\n- from {{attributes.city}}\n{{else}}\nFrom nowhere\n{{/if}}\n\nEnd",
        "From nowhere\n\nEnd",
    ),
    "loop": Letter(
        "You chose:\n\n{{#each topics}}\n- {{this}}\n{{/each}}\n\nBye", "You chose:\n\n- News\n\n- Events\n\nBye"
    ),
}
HTML = {
    "line breaks": Letter(
        "<p>Dear {{name}},<br>one<br><br>two</p><div>three</div><div>four</div>", "Dear Ann,\none\n\ntwo\n\nthree\nfour"
    ),
    "layout table": Letter(
        '<table role="presentation"><tr><td><h2>Left</h2><p>Text</p></td><td><p>Right</p></td></tr></table>',
        "Left\n\nText\n\nRight",
    ),
    "data table": Letter(
        "<table><caption>Prices</caption><tr><th>Tea<td><p>2.50</p></tr><tr><th>Cake</th><td>3<br>each</td></tr></table>",
        "Prices\nTea | 2.50\nCake | 3 each",
    ),
    "button": Letter(
        'Join<table class="button"><tr><td><a href="https://e.org/?m={{email}}">Sign up</a></td></tr></table>Bye',
        "Join\n\nSign up: https://e.org/?m=ann%40example.com\n\nBye",
    ),
    "hidden": Letter(
        '<style>.h{display:none}</style><p class="h">secret</p><p aria-hidden="true">*</p>Seen<i hidden> not</i>',
        "Seen",
    ),
    "preformatted": Letter(
        "<p>Poem:</p><pre>\nRoses  are\n  <b>red</b>\n\nViolets\n</pre><ol start='5' ><li value=7>x<li>y</ol>",
        "Poem:\n\nRoses  are\n  red\n\nViolets\n\n7. x\n8. y",
    ),
    "definitions": Letter("<dl><dt>Tea</dt><dd>hot</dd><dt>Ice</dt><dd>cold</dd></dl>x", "Tea\nhot\nIce\ncold\n\nx"),
    "card": Letter(
        '<a href="https://e.org/fair"><img src="https://e.org/f" alt="" width="9"><h2>The fair</h2><p>In June</p></a>',
        "The fair\n\nIn June\n\n<https://e.org/fair>",
    ),
    "loop in a list": Letter(
        "<ul>\n{{#each topics}}\n<li>{{this}}</li>\n{{/each}}\n</ul>\n<p>Bye</p>", "- News\n- Events\n\nBye"
    ),
}


def text_part(**source: str) -> str:
    content = writing.compose({"subject": "s", **source}, SETTINGS, no_template).content
    return delivered(content, reader(topics=["News", "Events"])).text.partition("\n\n-- \n")[0]


def no_template(name: str) -> Draft:
    raise NotFoundError(name)


@pytest.mark.parametrize("letter", MARKDOWN.values(), ids=list(MARKDOWN))
def test_a_letter_in_markdown_reads_as_it_was_written(letter: Letter) -> None:
    assert text_part(body=letter.source) == letter.text


@pytest.mark.parametrize("letter", HTML.values(), ids=list(HTML))
def test_a_letter_in_html_reads_as_it_looks(letter: Letter) -> None:
    assert text_part(html=letter.source) == letter.text
