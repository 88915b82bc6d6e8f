"""Writing: Markdown, HTML, plain text or a template become a letter that every mail client can show."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from email_list import fields
from email_list.errors import InvalidError, NotFoundError, TooLargeError
from email_list.mail import markup, plain_text, templates, writing
from email_list.mail.handlebars.tree import TemplateSyntaxError
from email_list.mail.letters import Content
from email_list.mail.writing import Draft
from tests.unit.domain.letter_world import PREFERENCES, SETTINGS, UNSUBSCRIBE, Mail, delivered, outline, reader

DOCUMENT = """<!doctype html><html><head><style>.x{{color:red}} @media print{{.x{{color:blue}}}}</style></head>
<body><p class="x">Hello</p>{footer}</body></html>"""


def compose(**request: Any) -> Content:
    return writing.compose({"subject": "A subject", **request}, SETTINGS, find).content


def find(name: str) -> Draft:
    if name not in templates.starters():
        raise NotFoundError(name)
    return templates.starters()[name].draft


def mail(**request: Any) -> Mail:
    return delivered(compose(**request), reader(attributes={"city": "Bath"}))


# Markdown


def test_a_link_with_the_mark_of_a_button_on_a_line_of_its_own_is_a_button() -> None:
    letter = mail(
        body="Come!\n\n[See *all*](https://example.org/a){.button}\n\n- [One](https://example.org/b){.button}"
    )
    found = re.findall(r'<table [^>]*class="button"[^>]*>.*?</table>', letter.html, re.DOTALL)
    assert len(found) == 2
    assert re.search(r'<td style="background-color:[^"]+">', found[0])
    assert re.search(r'<a href="https://example.org/a" style="[^"]*padding: 12px 24px', found[0])
    assert "{.button}" not in letter.html + letter.text
    assert "https://example.org/a" in letter.text


def test_buttons_may_follow_each_other_line_by_line() -> None:
    letter = mail(body="[One](https://example.org/1){.button}\n[Two](https://example.org/{{email}}){.button}")
    assert len(re.findall('class="button"', letter.html)) == 2
    assert "https://example.org/ann%40" in letter.html


def test_a_picture_can_have_a_width_and_then_looks_alike_in_outlook() -> None:
    letter = mail(body="![A lake](https://example.org/a.jpg){width=300}\n\n![](https://example.org/b.jpg) {width=9}")
    first, second = re.findall(r"<img [^>]+>", letter.html)[-2:]
    assert 'width="300"' in first
    assert "width=" not in second.replace("max-width", "")
    assert "{width=300}" not in letter.html + letter.text
    assert "{width=9}" in letter.html


@pytest.mark.parametrize("about", ["{.decoration}", "{.decoration width=9}"])
def test_a_picture_that_is_said_to_be_decoration_needs_no_description(about: str) -> None:
    def warned(body: str) -> bool:
        composed = writing.compose({"subject": "s", "body": body}, SETTINGS, find)
        return "picture_text" in {each.code for each in composed.warnings}

    address = "https://example.org/a.jpg"
    assert warned(f"![]({address}){{width=9}}")
    assert not warned(f"![]({address}){about}")
    assert 'role="presentation"' in compose(body=f"![]({address}){about}").html


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{ }",
        "{.decoration }",
        "{width=9 .decoration}",
        "{width=0}",
        "{width=12345}",
        "{width=x}",
        '{width=9 onload="x"}',
        "{height=9}",
    ],
)
def test_what_is_no_width_behind_a_picture_is_text(text: str) -> None:
    letter = mail(body=f"![A lake](https://example.org/a.jpg){text}")
    assert text in html.unescape(letter.html)


@pytest.mark.parametrize(
    "text", ["Go [there](https://a.example){.button} now", "[a](https://a.example){.button} [b](https://b.example)"]
)
def test_the_mark_of_a_button_elsewhere_is_text_and_said_to_be(text: str) -> None:
    composed = writing.compose({"subject": "s", "body": f"Hi\n\n{text}"}, SETTINGS, find)
    assert 'class="button"' not in composed.content.html
    assert [(each.code, each.line) for each in composed.warnings if each.code == "not_a_button"] == [
        ("not_a_button", 3)
    ]


def test_a_value_written_in_markdown_may_have_a_button() -> None:
    values = {"subject_line": "s", "body": "[Go](https://example.org/a){.button}"}
    assert 'class="button"' in mail(subject=None, template="letter", values=values).html


def test_markdown_becomes_a_styled_letter_with_a_text_part() -> None:
    letter = mail(body="# News\n\nHello *{{name}}*, see [this](https://example.org).\n\n- one\n- two")
    assert re.search(r'<h1 style="[^"]+">News</h1>', letter.html)
    assert "Hello <em>Ann</em>" in letter.html
    assert letter.text.startswith("News\n\nHello Ann, see this <https://example.org>.\n\n- one\n- two\n\n-- \n")


def test_tags_pass_through_markdown_and_its_cleaning() -> None:
    body = '[yours]({{attributes.link}} "{{name}}")\n\n![{{name}}](https://example.org/{{attributes.city}}.png)'
    content = compose(body=body, defaults={"attributes.link": "https://example.org/", "attributes.city": "x"})
    letter = delivered(content, reader(attributes={"city": "Bath Spa"}))
    assert "https://example.org/" in outline(letter.html).links
    assert ("img", "src", "https://example.org/Bath%20Spa.png") in outline(letter.html).attributes
    assert ("img", "alt", "Ann") in outline(letter.html).attributes


def test_blocks_on_lines_of_their_own_go_around_paragraphs_and_lists() -> None:
    body = "Start\n{{#if attributes.city}}\n- one\n- {{attributes.city}}\n{{else}}\nnothing\n{{/if}}\nEnd"
    content = compose(body=body)
    here = delivered(content, reader(attributes={"city": "Bath"}))
    assert here.text.startswith("Start\n\n- one\n- Bath\n\nEnd\n\n-- \n")
    assert [tag for tag, _ in outline(here.html).elements].count("li") == 2
    nowhere = delivered(content, reader())
    assert nowhere.text.startswith("Start\n\nnothing\n\nEnd\n\n-- \n")
    assert "<p style" in nowhere.html
    assert "<p></p>" not in here.html + nowhere.html


def test_braces_that_are_meant_as_braces_are_printed() -> None:
    letter = mail(body="Write \\{{name}} or `\\{{#if x}}` or &#123;&#123;y}}, {z}")
    assert letter.text.startswith("Write {{name}} or {{#if x}} or {{y}}, {z}\n")
    assert "Write {{name}} or {{#if x}} or {{y}}, {z}" in outline(letter.html).text


@pytest.mark.parametrize(
    ("markdown", "gone"),
    [
        ("<script>alert(1)</script>", "alert"),
        ('<b onclick="x()">b</b>', "onclick"),
        ("<style>p{}</style>", "p{}"),
        ("<iframe src=https://example.org></iframe>", "iframe"),
        ('<p style="position:fixed">x</p>', "position"),
    ],
)
def test_what_is_unsafe_in_markdown_is_cleaned_away(markdown: str, gone: str) -> None:
    content = markup.from_markdown(markdown, "body").html
    assert gone not in content


def test_tables_keep_their_alignment() -> None:
    letter = mail(body="| a | b |\n|---|--:|\n| 1 | 2 |")
    assert re.search(r'<td style="[^"]*text-align: right', letter.html)
    assert letter.text.startswith("a | b\n1 | 2\n")


def test_a_word_like_the_ones_that_stand_for_tags_is_left_alone() -> None:
    letter = mail(body="hb0xv0z {{name}} HB0X hb0xb1z")
    assert letter.text.startswith("hb0xv0z Ann HB0X hb0xb1z\n")


# Plain text and HTML


def test_a_plain_message_is_greeted_and_keeps_its_lines() -> None:
    letter = mail(message="First <line>\nsecond {{name}} \\{{x}}\n\n\nNext & last")
    assert letter.text.startswith("Hello Ann,\n\nFirst <line>\nsecond {{name}} \\{{x}}\n\nNext & last\n\n-- \n")
    assert "First &lt;line&gt;<br>second" in letter.html


def test_a_piece_of_html_gets_the_lists_frame() -> None:
    letter = mail(html="<style>.x{color:red}</style><p class='x'>Hello</p>", preheader="{{name}} & more")
    assert re.search(r'<p class="x" style="[^"]*color: red', letter.html)
    assert letter.html.count("<html") == letter.html.count("<body") == 1
    assert "Ann &amp; more&#847;" in letter.html
    assert {UNSUBSCRIBE, PREFERENCES} <= set(outline(letter.html).links)
    assert "Hello" in letter.text
    assert "more" not in letter.text.split("-- ")[0]
    assert f"Unsubscribe: {UNSUBSCRIBE}" in letter.text


def test_a_whole_document_is_the_authors_own_with_its_styles_inlined() -> None:
    letter = mail(html=DOCUMENT.format(footer="<div>{{> footer}}</div>"))
    assert '<p class="x" style="color: red;">Hello</p>' in letter.html
    assert "@media print" in letter.html
    assert UNSUBSCRIBE in outline(letter.html).links
    assert SETTINGS.postal_address in letter.text
    assert letter.text.startswith("Hello\n")


def test_conditional_rows_stay_in_their_table() -> None:
    rows = "<table>{{#each topics}}<tr><td>{{this}}</td></tr>{{/each}}</table>"
    letter = delivered(compose(html=rows), reader(topics=["a", "b"]))
    assert re.search(r"<table><tbody><tr><td[^>]*>a</td></tr><tr><td[^>]*>b</td></tr></tbody></table>", letter.html)


@pytest.mark.parametrize(
    ("footer", "reason"),
    [
        ("", "unsubscribe link is missing"),
        ("{{unsubscribe_url}} {{postal_address}}", "in a link"),
        ('{{#if name}}<a href="{{unsubscribe_url}}">x</a>{{/if}}{{postal_address}}', "outside of every block"),
        ('<a href="{{unsubscribe_url}}">x</a>', "postal address is missing"),
    ],
)
def test_a_letter_without_its_required_parts_is_refused(footer: str, reason: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=re.escape(reason)):
        compose(html=DOCUMENT.format(footer=footer))


def test_a_text_part_of_ones_own_needs_the_required_parts_as_well() -> None:
    with pytest.raises(TemplateSyntaxError, match="text, line 1, column 1: The unsubscribe link is missing"):
        compose(html=DOCUMENT.format(footer="{{> footer}}"), text="Hello")
    assert mail(html=DOCUMENT.format(footer="{{> footer}}"), text="Hi\n{{> footer}}").text.startswith(
        "Hi\nYou are receiving"
    )


@pytest.mark.parametrize(
    ("html", "line", "column", "reason"),
    [
        ("<p>\n <script>x</script>", 2, 2, "<script>"),
        ("<iframe src=x></iframe>", 1, 1, "<iframe>"),
        ('<p onclick="x">', 1, 1, "onclick"),
        ('<a href=" javascript:x">y</a>', 1, 1, "Email clients do not open"),
        ('<meta http-equiv="refresh" content="0">', 1, 1, "redirect its reader"),
        ("<p {{name}}>", 1, 4, "the tag <p>"),
        ("<p {{#if name}}class='x'{{/if}}>", 1, 4, "the tag <p>"),
        ("<p title={{name}}>", 1, 10, "quotes"),
        ('<p style="color:{{name}}">', 1, 17, "style"),
        ("<style>{{name}}</style>", 1, 8, "a style element"),
        ("<!-- {{name}} -->", 1, 6, "a comment"),
        ('<img srcset="{{name}} 2x">', 1, 14, "srcset"),
        ("{{#if name}}<p title='{{else}}x{{/if}}", 1, 1, "same tags and quotes"),
        ("<p title='", 1, 1, "ends inside the attribute title"),
        ("{{{name}}}", 1, 1, "never formatted"),
        ('<p title="{{{x}}}">', 1, 11, "Formatted text cannot stand"),
        ('{{#each topics}}<a href="{{this}}">x</a>{{/each}}', 1, 26, "cannot be an address"),
    ],
)
def test_html_where_no_value_is_safe_is_refused_with_its_place(html: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=re.escape(reason)) as caught:
        compose(html=html)
    assert caught.value.details == {"part": "html", "line": line, "column": column}


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<a href="{{#if name}}{{attributes.a}}{{else}}https://example.org{{/if}}">x</a>', "https://a.org/?b=1&c"),
        (
            '<a href="https://example.org/{{name}}?q={{attributes.a}}">x</a>',
            "https://example.org/Ann?q=https%3A%2F%2Fa.org%2F%3Fb%3D1%26c",
        ),
        (
            "<a href=https://example.org/{{attributes.a}}>x</a>",
            "https://example.org/https%3A%2F%2Fa.org%2F%3Fb%3D1%26c",
        ),
    ],
)
def test_values_in_addresses_are_written_for_their_place(html: str, shown: str) -> None:
    content = compose(html=html, defaults={"attributes.a": "https://d.org/"})
    letter = delivered(content, reader(attributes={"a": "https://a.org/?b=1&c"}))
    assert shown in outline(letter.html).links


# Values and defaults


def test_a_value_that_some_people_lack_needs_a_default_or_a_condition() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compose(body="Hello\n\nfrom {{attributes.city}}")
    assert caught.value.details == {"part": "body", "line": 3, "column": 6}
    assert "attributes.city" in caught.value.message
    compose(body="{{attributes.city}}", defaults={"attributes.city": "town"})
    compose(body="{{#if attributes.city}}{{attributes.city}}{{/if}}")


@pytest.mark.parametrize("part", ["subject", "preheader", "body"])
def test_a_misspelt_name_is_found_before_anything_is_sent(part: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="nmae has no value") as caught:
        compose(**{"body": "x", part: "Hello {{nmae}}"})
    assert caught.value.details["part"] == part


def test_nothing_of_a_campaigns_values_is_left_for_ses() -> None:
    sample = templates.starters()["digest"].sample
    content = compose(subject=None, template="digest", values=sample)
    assert content.subject == sample["title"]
    assert set(content.variables) == {"html", "text"}
    assert [name for names in content.variables.values() for name in names if "url" not in name] == []


def test_values_are_text_formatted_values_are_clean_markdown() -> None:
    values = {"headline": "<b>{{name}}</b>", "body": "**bold** <script>x</script> {{name}} \\{{", "signature": "\\{{"}
    letter = mail(subject=None, template="announcement", values=values)
    assert letter.subject == "<b>{{name}}</b>"
    assert re.search(r"<h1[^>]*>&lt;b&gt;\{\{name}}&lt;/b&gt;</h1>", letter.html)
    assert "<strong>bold</strong>" in letter.html
    assert "<script" not in letter.html
    assert "{{name}} {{" in outline(letter.html).text
    assert "bold" in letter.text
    assert "\\{{\n\n-- " in letter.text


def test_a_values_line_ends_stay_out_of_the_subject() -> None:
    letter = mail(subject=None, template="letter", values={"subject_line": "a\nBcc: b", "body": "x"})
    assert letter.subject == "a Bcc: b"


def test_a_value_cannot_pass_for_the_readers_own() -> None:
    letter = mail(subject=None, template="letter", values={"subject_line": "a", "body": "x", "name": "Eve"})
    assert letter.text.startswith("Hello Ann,")


def test_values_do_not_answer_for_what_a_subscriber_may_lack() -> None:
    own = {"mine": Draft(subject="x", html="{{attributes.city}}")}
    with pytest.raises(TemplateSyntaxError, match=re.escape("attributes.city")):
        writing.compose({"template": "mine", "values": {"attributes": {"city": "x"}}}, SETTINGS, own.__getitem__)


@pytest.mark.parametrize("hole", ["headline", "body"])
def test_a_template_without_a_value_it_needs_is_refused(hole: str) -> None:
    values = {name: value for name, value in templates.starters()["announcement"].sample.items() if name != hole}
    with pytest.raises(TemplateSyntaxError, match=f"{hole} has no value"):
        compose(subject=None, template="announcement", values=values)


def test_a_list_element_without_a_value_it_needs_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match=re.escape("items.*.text has no value")):
        compose(subject=None, template="digest", values={"title": "t", "items": [{"title": "x"}]})


def test_a_campaigns_own_subject_wins_over_the_templates() -> None:
    values = templates.starters()["letter"].sample
    assert compose(subject="Mine", template="letter", values=values).subject == "Mine"


def test_a_campaign_is_listed_by_its_subject_with_the_values_in_their_places() -> None:
    values = {"subject_line": "Hello\nthere", "body": "x"}
    request = {"subject": "{{subject_line}}, {{name}} of {{attributes.city}}", "template": "letter", "values": values}
    composed = writing.compose({**request, "defaults": {"attributes.city": "town"}}, SETTINGS, find)
    assert composed.subject == "Hello there, {{name}} of {{attributes.city}}"
    long = writing.compose({"template": "letter", "values": {**values, "subject_line": "x" * 999}}, SETTINGS, find)
    assert long.subject == "x" * fields.MAX_SUBJECT


def test_a_campaign_may_give_defaults_that_its_template_lacks() -> None:
    own = {"mine": Draft(subject="x", html="{{attributes.city}}{{attributes.zip}}", defaults={"attributes.zip": "0"})}
    request = {"template": "mine", "defaults": {"attributes.city": "Bath"}}
    content = writing.compose(request, SETTINGS, own.__getitem__).content
    assert content.defaults.items() >= {"attributes.city": "Bath", "attributes.zip": "0"}.items()


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"body": "x", "html": "y"},
        {"body": 1},
        {"html": ["x"]},
        {"body": "x" * (writing.MAX_SOURCE + 1)},
        {"body": "\ud800"},
        {"body": "x", "subject": ""},
        {"body": "x", "subject": "x" * (fields.MAX_SUBJECT + 1)},
        {"body": "x", "language": "xx"},
        {"body": "x", "defaults": ["a"]},
        {"body": "x", "defaults": {"a": 1}},
        {"template": "letter", "values": []},
        {"template": "letter", "values": {"x": "y" * writing.MAX_VALUES}},
        {"html": DOCUMENT.format(footer="{{> footer}}"), "preheader": "x"},
        {"body": "x", "subject": "{{{x}}}"},
    ],
)
def test_a_request_that_describes_no_letter_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        compose(**request_)


def test_an_unknown_template_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        compose(template="nothing")


def test_more_than_ses_stores_is_refused() -> None:
    with pytest.raises(TooLargeError, match="500000"):
        compose(html=f"<p>{'語' * 190_000}</p>")


# The text part


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb\n"),
        ("a <b>b</b>\n  c", "a b c\n"),
        ("a<br>b<br><br>c", "a\nb\n\nc\n"),
        ("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>", "- a\n  1. b\n  2. c\n- d\n"),
        ("<p>x <a href='https://e.org'>y</a>.</p>", "x y <https://e.org>.\n"),
        ("<p><a href='https://e.org'>y</a></p>", "y: https://e.org\n"),
        ("<a href='https://e.org'>https://e.org</a>", "https://e.org\n"),
        ("<a href='mailto:a@e.org'>a@e.org</a>", "a@e.org\n"),
        ("<a href='https://e.org'><img src=x alt=''></a>", "https://e.org\n"),
        ("<img src=x alt='A hat'>", "[A hat]\n"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc\n"),
        ("a<hr>b", f"a\n\n{plain_text.RULE}\n\nb\n"),
        ("<head><title>t</title></head><style>x</style><div style='display:none'>h<p>i</div>a", "a\n"),
        ("&lt;a&gt; &amp; &nbsp; b", "<a> & b\n"),
        ("</p></div>a<p>b", "a\n\nb\n"),
        ("", "\n"),
    ],
)
def test_the_text_part_reads_well(html: str, text: str) -> None:
    assert plain_text.from_html(html) == text


# What mail clients cannot show


FLEXIBLE = re.compile(r"display\s*:\s*(?:flex|grid)|position\s*:|float\s*:|calc\(|var\(--", re.IGNORECASE)


def shipped_letters() -> dict[str, Mail]:
    shipped = {
        name: mail(subject=None, template=name, values=template.sample)
        for name, template in templates.starters().items()
    }
    return shipped | {
        "markdown": mail(body="# a\n\n> b\n\n```\nc\n```\n\n| d |\n|---|\n| e |\n\n---\n\n![f](https://e.org/f)")
    }


@pytest.mark.parametrize("name", ["announcement", "digest", "letter", "markdown"])
def test_the_shipped_letters_keep_to_what_mail_clients_can_show(name: str) -> None:
    html = shipped_letters()[name].html
    found = outline(html)
    tags = [tag for tag, _ in found.elements]
    assert len(html.encode()) < 15_000
    assert not FLEXIBLE.search(html)
    assert not {"script", "form", "link", "iframe", "video", "svg", "button"} & set(tags)
    assert html.startswith("<!doctype html>")
    assert re.search(r'<html lang="\w+"', html)
    for meta in ("color-scheme", "viewport", "x-apple-disable-message-reformatting"):
        assert f'<meta name="{meta}"' in html
    assert "prefers-color-scheme:dark" in html
    assert re.search(r'<body[^>]+style="[^"]*background-color:#', html)
    assert all("alt" in names for tag, names in found.elements if tag == "img")
    assert all("width" in names for tag, names in found.elements if tag == "img" and name != "markdown")
    layout = [names for tag, names in found.elements if tag == "table"]
    assert all("role" in names or "class" in names for names in layout)
    assert all({"cellpadding", "cellspacing"} <= set(names) for names in layout)
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
    assert all(not value.startswith("http:") for _, attribute, value in found.attributes if attribute == "src")
    assert "{{" not in html


def test_dark_colours_reach_every_coloured_element_of_the_frame() -> None:
    html = mail(body="x").html
    for name in ("page", "card", "ink", "name", "muted"):
        assert re.search(rf'class="[^"]*\b{name}\b', html)
        assert re.search(rf"prefers-color-scheme:dark.*\.{name}\b", html)


def test_the_operators_accent_is_used_and_stays_readable() -> None:
    pale = replace(SETTINGS, accent_color="#ffee00")
    draft = templates.starters()["announcement"]
    content = writing.compose({"template": "announcement", "values": draft.sample}, pale, find).content
    assert "background-color: #ffee00" in content.html
    assert "color: #000000" in content.html
    assert '<a href="https://www.example.org/fair" style="color: #ffee00' not in content.html


def test_logo_website_and_description_stand_around_every_letter() -> None:
    look = {"logo_url": "https://e.org/logo.png?a=1&b={{name}}", "website_url": "https://e.org/?x={{y}}"}
    dressed = replace(SETTINGS, **look, description='Seeds & {{name}} <b>"weeds"</b>')
    content = writing.compose({"subject": "x", "body": "Hello"}, dressed, find).content
    arrived = delivered(content, reader())
    seen = outline(arrived.html)
    logo = [value for tag, name, value in seen.attributes if (tag, name) == ("img", "src")]
    assert logo == ["https://e.org/logo.png?a=1&b={{name}}"]
    assert ("img", "alt", SETTINGS.name) in seen.attributes
    assert next(value for _, name, value in seen.attributes if name == "href").startswith("https://e.org/?x=")
    assert str(dressed.description) in " ".join(seen.texts)
    assert arrived.text.count("Seeds & {{name}}") == arrived.text.count("https://e.org/?x=") == 1
    plain = delivered(writing.compose({"subject": "x", "body": "Hello"}, SETTINGS, find).content, reader()).html
    assert "<img" not in plain


def test_the_footer_that_authors_place_themselves_needs_no_values_for_what_the_list_says_of_itself() -> None:
    dressed = replace(SETTINGS, description="Seeds", website_url="https://e.org/", logo_url="https://e.org/logo.png")
    for source in ("<p>Hello</p>{{> footer}}", "<html><body><p>Hello</p>{{> footer}}</body></html>"):
        letter = {"subject": "x", "html": source, "text": "Hello {{> footer}}"}
        arrived = delivered(writing.compose(letter, dressed, find).content, reader())
        assert "Seeds" in arrived.html
        assert "Seeds" in arrived.text
