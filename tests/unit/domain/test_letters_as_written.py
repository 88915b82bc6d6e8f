"""Whatever an author writes arrives: in both parts, with the same addresses, or with a warning."""

import re
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from email_list.errors import EmailListError, NotFoundError
from email_list.mail import writing
from email_list.mail.warnings import Composed
from email_list.mail.writing import Draft
from tests.unit.domain.letter_world import SETTINGS, Mail, delivered, outline, reader

WORD = re.compile(r"w\d+w")
ADDRESS = re.compile(r"(?:https?://|mailto:|tel:|sms:)[^\s<>]+")


SIGNS = """
    < > </ /> <!-- --> <! <? ?> & &amp; &reg &# &lt; ; # ! [ ] ]( ](https://e.org/ ) ( ![ * ** _ ` ~~ | > \\ : = ' "
    <b> </b> <p> <div> </div> <td> <table> <li> <a+href='https://e.org'> </a> <br> <pre> <style> </style> <title>
    <first+name> <img+alt=' https://e.org/ <select> ]:+ ```\\n |\\n|--|\\n -+ 1.+ 3)+ >+ ++++ \\n \\n\\n + ++\\n
    ===\\n ---\\n #+
"""
"""What Markdown and HTML make something of; `+` is a space, `\\n` a line end."""


def no_template(name: str) -> Draft:
    raise NotFoundError(name)


def compose(**request: str) -> Composed:
    return writing.compose({"subject": "s", **request}, SETTINGS, no_template)


def pieces() -> st.SearchStrategy[list[str]]:
    """Source in pieces: words that can be told apart, between whatever Markdown and HTML make of signs."""
    signs = st.sampled_from([sign.replace("+", " ").replace("\\n", "\n") for sign in SIGNS.split()])
    return st.lists(signs | st.integers(0, 99).map(lambda number: f"w{number}w"), max_size=25)


def words(text: str) -> set[str]:
    return set(WORD.findall(text))


def visible(mail: Mail) -> set[str]:
    """The words that a reader of the HTML can see, or hear read to them."""
    found = outline(mail.html.partition("</head>")[2])
    return words(found.text) | {word for _, _, value in found.attributes for word in words(value)}


@given(pieces())
@example(["<first name>", "w1w"])
@example(["[", "w1w", "]: ", "w2w"])
def test_a_letter_in_markdown_without_a_warning_loses_no_word(source: list[str]) -> None:
    body = re.sub(r"<!--.*?-->", "", "".join(source), flags=re.DOTALL)
    try:
        composed = compose(body=body)
    except EmailListError:
        return
    if composed.warnings:
        return
    mail = delivered(composed.content, reader())
    lost = words(body) - visible(mail)
    assert not lost


@given(pieces())
def test_a_letter_in_html_without_a_warning_loses_no_word(source: list[str]) -> None:
    html = re.sub(r"<!--.*?-->", "", "".join(source).replace("style>", "b>"), flags=re.DOTALL)
    try:
        composed = compose(html=html)
    except EmailListError:
        return
    if not composed.warnings:
        mail = delivered(composed.content, reader())
        assert words(html) <= visible(mail)


@given(pieces(), st.booleans())
def test_what_a_reader_of_the_html_sees_stands_in_the_text_part(source: list[str], is_html: bool) -> None:
    try:
        composed = compose(**{"html" if is_html else "body": "".join(source)})
    except EmailListError:
        return
    mail = delivered(composed.content, reader())
    assert words(outline(mail.html.partition("</head>")[2]).text) <= words(mail.text)


@given(pieces(), st.booleans())
def test_both_parts_carry_the_same_addresses(source: list[str], is_html: bool) -> None:
    linked = [
        piece.replace("w>", "w/{{name}}>").replace("https://e.org/", "https://e.org/?q={{name}}") for piece in source
    ]
    try:
        composed = compose(**{"html" if is_html else "body": "".join(linked)})
    except EmailListError:
        return
    mail = delivered(composed.content, reader("Ann & <Bob>"))
    html, text = mail.html.partition("</head>")[2], mail.text
    addresses = [re.sub(r"\s", "%20", link.strip()) for link in outline(html).links]
    for address in addresses:
        assert address.startswith("#") or address.removeprefix("mailto:") in text
    shown = outline(html).text
    for address in ADDRESS.findall(text):
        linked_to = any(link.startswith(address.rstrip(").")) for link in addresses)
        assert linked_to or unquote(address) in shown
