"""Review: what no email may hold is refused with its place, what readers would not get is a warning."""

from typing import Any

import pytest

from email_list.errors import NotFoundError
from email_list.mail import markup, templates, urls, writing
from email_list.mail.handlebars.tree import TemplateSyntaxError
from email_list.mail.warnings import Composed
from email_list.mail.writing import Draft
from tests.unit.domain.letter_world import SETTINGS, UNSUBSCRIBE, delivered, outline, reader


def compose(**request: Any) -> Composed:
    return writing.compose({"subject": "A subject", **request}, SETTINGS, find)


def find(name: str) -> Draft:
    if name not in templates.starters():
        raise NotFoundError(name)
    return templates.starters()[name].draft


def warned(**request: Any) -> list[tuple[str, str, int | None]]:
    return [(warning.code, warning.part, warning.line) for warning in compose(**request).warnings]


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "HTTP://example.org/a?b=c#d",
        "https://bücher.example/ü",
        "https://user@example.org:8443/",
        "https://[2001:db8::1]/",
        "mailto:ann@example.com?subject=Hi",
        "tel:+49123",
        "sms:+49123",
        "#top",
        " https://example.org ",
        "https://exa\nmple.org",
    ],
)
def test_an_address_that_email_clients_open_is_fine(address: str) -> None:
    assert not urls.fault(address)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("/img/logo.png", "begin it with https://"),
        ("www.example.org", "write https://www.example.org"),
        ("//cdn.example.org/a.png", "write https://cdn.example.org/a.png"),
        ("example.org/a b", "write https://example.org/a b"),
        ("page.html", "begin it with https://"),
        ("https://", "names no website"),
        ("https:///path", "names no website"),
        ("http:/example.org", "names no website"),
        ("https:example.org", "names no website"),
        ("http://https%3A%2F%2Fexample.org", "names no website"),
        ("https://exa mple.org", "names no website"),
        ("htttps://example.org", "do not open"),
        ("javascript:alert(1)", "do not open"),
        ("java\tscript:alert(1)", "do not open 'javascript"),
        ("\x01javascript:alert(1)", "do not open 'javascript"),
        ("vbscript:x", "do not open"),
        ("file:///etc/passwd", "do not open"),
        ("data:text/html,x", "do not open"),
        ("ftp://example.org", "do not open"),
        ("cid:logo", "do not open"),
    ],
)
def test_an_address_that_leads_nowhere_says_why(address: str, reason: str) -> None:
    assert reason in urls.fault(address)


@pytest.mark.parametrize("address", ["mailto:a@example.org", "#x", "cid:logo", "data:text/html,x", "logo.png"])
def test_a_picture_is_on_the_web(address: str) -> None:
    assert urls.fault(address, picture=True)


@pytest.mark.parametrize(
    ("request_", "part", "line"),
    [
        ({"body": "one\n\ntwo [three\nfour](/five)"}, "body", 3),
        ({"body": "one\ntwo ![x](logo.png)"}, "body", 2),
        ({"body": "- a\n- b\n\n  > c\n  > [d](www.example.org)"}, "body", 5),
        ({"body": "| a | b |\n|---|---|\n| c | [d](/e) |"}, "body", 3),
        ({"body": "[a][b]\n\n[b]: /c"}, "body", 1),
        ({"body": "{{#if name}}\nhello\n{{/if}}\n{{!\n two lines }}\n[x](y)"}, "body", 6),
        ({"body": "text\n\n<p>\n<a href='/x'>y</a></p>"}, "body", 4),
        ({"body": "[x](java&#9;script:alert(1))"}, "body", 1),
        ({"body": "[x]()"}, "body", 1),
        ({"body": "<javascript:alert(1)>"}, "body", 1),
        ({"body": "![x](mailto:ann@example.com)"}, "body", 1),
        ({"html": "<p>\n<a href='java&#9;script:x()'>y</a></p>"}, "html", 2),
        ({"html": "<img src=a.png>"}, "html", 1),
        ({"html": "<table>\n<td background='a.png'>"}, "html", 2),
        ({"html": "<p>\n<img srcset='https://e.org/a 1x, b 2x'>"}, "html", 2),
        ({"html": "<p style='background:url(\"a.png\")'>"}, "html", 1),
        ({"html": "<style>\np{color:red}\nb{background:url(a.png)}</style>"}, "html", 3),
        ({"html": "<p>\n<!--[if mso]>\n<v:fill src='a.png'/><![endif]-->"}, "html", 3),
        ({"html": "<a href='{{#if name}}https://e.org{{else}}/x{{/if}}'>y</a>"}, "html", 1),
        ({"html": "<a href='{{#if name}}{{email}}{{/if}}'>y</a>"}, "html", 1),
        ({"html": "<p>\n<a href='https://{{unsubscribe_url}}'>y</a>"}, "html", 2),
        ({"html": "x", "text": "a\nhttp://{{unsubscribe_url}}"}, "text", 2),
    ],
)
def test_a_letter_with_such_an_address_is_refused_with_its_line(request_: dict[str, Any], part: str, line: int) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compose(**request_)
    assert (caught.value.details["part"], caught.value.details["line"]) == (part, line)


def test_a_place_in_html_is_where_its_author_sees_it() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compose(html="<p>{{attributes.city}} and {{name}}: <a href='/x'>y</a>")
    assert caught.value.details == {"part": "html", "line": 1, "column": 38}


@pytest.mark.parametrize(
    ("values", "part", "reason"),
    [
        ({"headline": "x", "body": "y", "button_url": "www.example.org", "button_text": "z"}, "html", "button_url"),
        ({"headline": "x", "body": "y", "image_url": "javascript:x"}, "html", "image_url"),
        ({"headline": "x", "body": "y\n\n[z](/a)"}, "body", "line 3"),
    ],
)
def test_a_value_that_is_an_address_or_markdown_is_looked_at_too(
    values: dict[str, Any], part: str, reason: str
) -> None:
    with pytest.raises(TemplateSyntaxError, match=reason) as caught:
        compose(template="announcement", values=values)
    assert caught.value.details["part"] == part


def test_every_item_of_a_list_is_looked_at() -> None:
    items = [{"title": "a", "text": "b", "url": "https://example.org"}, {"title": "c", "text": "d", "url": "/e"}]
    with pytest.raises(TemplateSyntaxError, match=r"items\.\*\.url stands for an address"):
        compose(template="digest", values={"title": "t", "items": items})


def test_a_default_is_looked_at_too() -> None:
    with pytest.raises(TemplateSyntaxError, match=r"attributes\.link stands for an address"):
        compose(body="[x]({{attributes.link}})", defaults={"attributes.link": "www.example.org"})


@pytest.mark.parametrize(
    "request_", [{"html": "<b>" * 300}, {"body": "<b>" * 300 + "x"}, {"body": "**" * 400 + "x" + "**" * 400}]
)
def test_elements_too_deep_for_the_libraries_are_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(TemplateSyntaxError, match="nested at most"):
        compose(**request_)


@pytest.mark.parametrize("piece", ["[", "<![", "![", "[a]["])
def test_brackets_that_never_end_are_refused_before_they_take_a_minute(piece: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="too many brackets"):
        compose(body=f"Hello\n\n{piece * (200_000 // len(piece) - 10)}")
    compose(body=f"Hello\n\n{piece * 300}")


def test_thousands_of_links_are_not_too_many() -> None:
    compose(
        body="\n\n".join(f"- [{number}, see **all** of *it*](https://example.org/{number})" for number in range(1500))
    )


def test_siblings_that_are_not_closed_are_not_deep() -> None:
    compose(html="<ul>" + "<li>x" * 500 + "</ul>" + "<p>y" * 500 + "<br>" * 500)


# Warnings


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"body": "a\n\n<form>b</form>"}, ("dropped", "body", 3)),
        ({"body": "a\n<style>\np{}\n</style>"}, ("dropped", "body", 2)),
        ({"body": "a <b onclick='x'>b</b>"}, ("dropped", "body", 1)),
        ({"body": "<p style='position:fixed'>b</p>"}, ("dropped", "body", 1)),
        ({"body": "<!--[if mso]>x<![endif]-->"}, ("dropped", "body", 1)),
        ({"html": "<p class='a'\nclass='b'>x</p>"}, ("dropped", "html", 1)),
        ({"html": "<p>\nDear <first name>, hello"}, ("not_shown", "html", 2)),
        ({"html": "<p>a <?b c ?> d"}, ("not_shown", "html", 1)),
        ({"html": "<p>a <!b> d"}, ("not_shown", "html", 1)),
        ({"body": "a\n\n[note]: remember"}, ("not_shown", "body", 3)),
        ({"body": "| a |\n|---|\n| b | c |"}, ("not_shown", "body", 3)),
        ({"html": "<p>\n? a=1&region=2"}, ("entity", "html", 2)),
        ({"html": "<p>&#8364 10"}, ("entity", "html", 1)),
        ({"html": "<a href='https://e.org/?a=1&copy'>x</a>"}, ("entity", "html", 1)),
        ({"body": "<p>a=1&region=2</p>"}, ("entity", "body", 1)),
        ({"body": "see\n[this](https://e.org/a b)"}, ("not_a_link", "body", 2)),
        ({"body": "[down](#end)"}, ("nowhere", "body", 1)),
        ({"body": "[x](http://192.168.1.5/a)"}, ("nowhere", "body", 1)),
        ({"body": "one <b>two\n\nthree"}, ("not_shown", "body", 1)),
        ({"html": "<![if mso]>x<![endif]>"}, ("dropped", "html", 1)),
        ({"html": "<a href='https://e.org/?id=1{{unsubscribe_url}}'>x</a>"}, ("value_in_address", "html", 1)),
        ({"html": "<p>\n<a href='#'>x</a>"}, ("nowhere", "html", 2)),
        ({"body": "[x]({{unsubscribe_url}}&a=b)"}, ("value_in_address", "body", 1)),
        ({"html": "<a href='https://{{email}}/'>x</a>"}, ("value_in_address", "html", 1)),
        ({"body": "![x](data:image/png;base64,AAAA)"}, ("picture_data", "body", 1)),
        ({"body": "![x](https://e.org/a.png)"}, ("picture_size", "body", 1)),
        ({"html": "<img src='https://e.org/a.png' alt='' width='1200'>"}, ("picture_size", "html", 1)),
        ({"html": "<p>\n<img src='https://e.org/a.png' width='20'>"}, ("picture_text", "html", 2)),
        ({"body": "![](https://e.org/a.png)"}, ("picture_text", "body", 1)),
        ({"html": "<style>\na:hover{color:red}</style><p>x"}, ("weak_style", "html", 1)),
        ({"html": "<p>x</p>" * 9_000}, ("too_long", "html", None)),
    ],
)
def test_what_does_not_arrive_as_written_is_a_warning_with_its_line(
    request_: dict[str, Any], expected: tuple[str, str, int | None]
) -> None:
    assert expected in warned(**request_)


@pytest.mark.parametrize(
    "request_",
    [
        {"body": "# Hello {{name}}\n\nA [link](https://example.org), ~~old~~ **new**.\n\n- one\n- two"},
        {"body": "Dear <first name>, 3 < 4 && AT&T, a & b; R&D? <3"},
        {"body": "| a | b |\n|---|--:|\n| c | d |\n\n> quote\n\n    code <b onclick='x'>\n\n`<form>`"},
        {"body": "[a][b] and \\[c\\](d)\n\n[b]: https://example.org"},
        {"body": "<p align='right' style='color:red'>x</p>\n\n<img src='https://e.org/a' alt='b' width='100'>"},
        {"body": "<div dir='rtl'>\n\nאבג\n\n</div>"},
        {"body": "[down](#end)\n\n<a name='end'></a>"},
        {"html": "<style>a:hover{color:red!important} p{color:blue}</style><p>Hello {{name}}</p><!-- a note -->"},
        {"html": "<o:p>x</o:p><a href='https://e.org/?a=1&region=2'>y</a>"},
        {"html": "<p>x</p><svg><path d='M0 0'/></svg>"},
        {"message": "Plain <text> & more\n\nhttps://example.org"},
    ],
)
def test_an_ordinary_letter_has_no_warning(request_: dict[str, Any]) -> None:
    assert warned(**request_) == []


def test_a_warning_about_a_value_names_it_and_is_said_once() -> None:
    values = {"headline": "x", "body": "fine\n\n<form>y</form>"}
    assert warned(template="announcement", values=values) == [("dropped", "body", 3)]


@pytest.mark.parametrize("name", ["announcement", "digest", "letter"])
def test_the_shipped_templates_have_no_warning(name: str) -> None:
    assert warned(subject=None, template=name, values=templates.starters()[name].sample) == []


# As written


@pytest.mark.parametrize("words", ["<first name>", "<name>", "</name>", "<!wow>", "<?php x ?>", "a<b>c</d>", "<x/>"])
def test_what_is_no_element_is_text_in_markdown(words: str) -> None:
    letter = delivered(compose(body=f"Dear {words}, hello\n\n{words}").content, reader())
    text = words.replace("<b>", "")
    assert outline(letter.html).text.count(text) == letter.text.count(text) == 2


def test_a_value_in_angle_brackets_is_a_link_where_it_is_an_address() -> None:
    body = "<{{unsubscribe_url}}> and <{{attributes.link}}>, not `<{{unsubscribe_url}}>` or <{{name}}>"
    content = compose(body=body, defaults={"attributes.link": "https://example.org"}).content
    letter = delivered(content, reader(attributes={"link": "https://example.com/x"}))
    assert outline(letter.html).links[:2] == [UNSUBSCRIBE, "https://example.com/x"]
    assert letter.text.startswith(f"{UNSUBSCRIBE} and https://example.com/x, not <{UNSUBSCRIBE}> or <Ann>\n")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Read https://example.org/a today", "https://example.org/a"),
        ("(https://example.org/a_(b)).", "https://example.org/a_(b)"),
        ("**https://example.org/a**", "https://example.org/a"),
        ("https://example.org/?q={{name}}!", "https://example.org/?q=Ann"),
        ("HTTPS://example.org/x_y_z", "HTTPS://example.org/x_y_z"),
    ],
)
def test_a_bare_address_is_a_link(text: str, address: str) -> None:
    letter = delivered(compose(body=text).content, reader())
    assert outline(letter.html).links[0] == address
    assert f"{address}" in letter.text


@pytest.mark.parametrize("text", ["`https://example.org`", "[https://example.com](https://example.org)", "https://"])
def test_an_address_that_is_code_or_a_links_text_is_no_link_of_its_own(text: str) -> None:
    content = markup.from_markdown(text, "body").html
    assert content.count("<a ") == text.count("](")


def test_a_bare_address_in_a_plain_message_is_a_link() -> None:
    letter = delivered(compose(message="See https://example.org/?a=1&b=2, please").content, reader())
    assert outline(letter.html).links[0] == "https://example.org/?a=1&b=2"
    assert "See https://example.org/?a=1&b=2, please" in letter.text


def test_rules_that_no_element_can_carry_stay_in_the_head() -> None:
    css = (
        "p{color:red} a:hover{color:green} [data-ogsc] .x{color:#fff} .ExternalClass *{line-height:100%}"
        "@media (max-width:600px){.x{color:blue!important}} @font-face{font-family:F;src:url(https://e.org/f)}"
    )
    html = delivered(compose(html=f"<p class='x'>a</p><style>{css}</style>").content, reader()).html
    head, _, body = html.partition("</head>")
    for rule in ("a:hover", "[data-ogsc] .x", ".ExternalClass", "@media (max-width:600px)", "@font-face"):
        assert rule in head
    assert "p { color: red" not in head
    assert '<p class="x" style="color: red' in body
    assert "<style" not in body


def test_rules_for_print_are_not_written_on_elements() -> None:
    html = compose(html="<style media='print'>p{color:red}</style><p>a</p>").content.html
    assert 'media="print"' in html.partition("</head>")[0]
    assert "color: red" not in html.partition("</head>")[2]


def test_a_style_for_outlook_stays_in_its_comment() -> None:
    comment = "<!--[if mso]><style>p{color:red}</style><![endif]-->"
    assert comment in compose(html=f"<p>a</p>{comment}").content.html


def test_attributes_win_over_the_lists_own_style() -> None:
    table = "<table><tr><th align='right'>a</th></tr><tr><td align='right'>b</td></tr></table>"
    html = compose(body=f"{table}\n\n<img src='https://e.org/a' alt='b' height='40'>").content.html
    content = html.partition("</head>")[2].partition("{{")[0]
    assert "text-align: left" not in content.partition('<table class="data"')[2]
    assert "height: auto" not in content


def test_a_letter_from_right_to_left_is_set_so() -> None:
    html = compose(body="# אבג {{name}}\n\n- אחת").content.html
    assert '<div dir="rtl" style="text-align: right;">' in html
    assert "padding: 0 24px 0 0" in html
    assert 'dir="rtl"' not in compose(body="Hello אבג").content.html
    assert compose(body="<div dir='ltr'>\n\nאבג\n\n</div>").content.html.count('dir="rtl"') == 0


def test_a_picture_in_the_source_stays_in_it() -> None:
    data = "data:image/png;base64,iVBORw0KGgo="
    for letter in (compose(body=f"![x]({data})"), compose(html=f"<img src='{data}' alt='x' width='1'>")):
        assert ("img", "src", data) in outline(letter.content.html).attributes


# One encoding for both parts


@pytest.mark.parametrize(
    "request_",
    [
        {"body": "[x](https://e.org/?q={{name}}&m={{email}})"},
        {
            "html": '<p><a href="https://e.org/?q={{name}}&amp;m={{email}}">x</a></p>',
            "text": "x: https://e.org/?q={{name}}&m={{email}}",
        },
    ],
)
def test_a_value_in_an_address_is_written_alike_in_both_parts(request_: dict[str, str]) -> None:
    letter = delivered(compose(**request_).content, reader("Ann & <Bob>"))
    address = "https://e.org/?q=Ann%20%26%20%3CBob%3E&m=ann%40example.com"
    assert address in outline(letter.html).links
    assert address in letter.text


def test_a_value_that_is_no_address_leads_nowhere_in_both_parts() -> None:
    content = compose(body="[x]({{attributes.a}}) y", defaults={"attributes.a": "https://example.org"}).content
    letter = delivered(content, reader(attributes={"a": "javascript:alert(1)"}))
    assert "javascript" not in letter.html + letter.text
    assert letter.text.startswith("x <#> y")


def test_a_value_beside_an_address_is_written_plainly() -> None:
    letter = delivered(compose(body="<{{unsubscribe_url}}>{{name}} https://e.org {{name}}").content, reader("A & B"))
    assert letter.text.startswith(f"{UNSUBSCRIBE}A & B https://e.org A & B\n")
