"""Letters that went wrong in other products, by the public report of each; here they arrive."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from email_list.errors import NotFoundError
from email_list.mail import templates, writing
from email_list.mail.handlebars.tree import TemplateSyntaxError
from email_list.mail.warnings import Composed
from email_list.mail.writing import Draft
from tests.unit.domain.letter_world import SETTINGS, UNSUBSCRIBE, delivered, outline, reader


@dataclass(frozen=True)
class Report:
    """A public report (`repository#number`), a letter of its shape, and how that letter must arrive."""

    source: str
    letter: dict[str, Any]
    attributes: dict[str, str | int | bool] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    html_lacks: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    text_lacks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


ARRIVING = [
    Report(
        "knadh/listmonk#2718",
        {"body": "[![Banner](https://e.org/banner.png)](https://e.org/fair)\n\nHello"},
        links=("https://e.org/fair",),
        text=("[Banner]: https://e.org/fair\n\nHello",),
        text_lacks=("banner.png",),
        warnings=("picture_size",),
    ),
    Report(
        "knadh/listmonk#2512",
        {"body": "[Leave]({{ unsubscribe_url }})"},
        links=(UNSUBSCRIBE,),
        text=(f"Leave: {UNSUBSCRIBE}",),
    ),
    Report(
        "knadh/listmonk#1147",
        {"html": '<a href="mailto:a@e.org?subject=For {{name}}&amp;body=Yes">Answer</a>'},
        links=("mailto:a@e.org?subject=For Ann&body=Yes",),
        text=("Answer: mailto:a@e.org?subject=For%20Ann&body=Yes",),
    ),
    Report(
        "knadh/listmonk#844",
        {"body": "This is my [**bold** link](https://e.org?this=1&that=2)"},
        links=("https://e.org?this=1&that=2",),
        text=("bold link <https://e.org?this=1&that=2>",),
    ),
    Report(
        "knadh/listmonk#2493",
        {"html": '<a href="https://e.org/search?text=campus&f[0]=themes:2&f[1]=themes:6">x</a>'},
        links=("https://e.org/search?text=campus&f[0]=themes:2&f[1]=themes:6",),
        text=("https://e.org/search?text=campus&f[0]=themes:2&f[1]=themes:6",),
    ),
    Report(
        "knadh/listmonk#2947",
        {"body": "[a](https://e.org/caf%C3%A9%20bar) [b](https://e.org/x%EF)"},
        links=("https://e.org/caf%C3%A9%20bar", "https://e.org/x%EF"),
        text=("https://e.org/caf%C3%A9%20bar", "https://e.org/x%EF"),
    ),
    Report(
        "knadh/listmonk#2364",
        {"html": "<p>test http://e.org/a here<a href='https://e.org/b'>there</a></p>"},
        links=("https://e.org/b",),
        text=("test http://e.org/a herethere <https://e.org/b>",),
    ),
    Report(
        "knadh/listmonk#236",
        {
            "html": '<div style="display:none">Preview</div><!--[if mso | IE]><table><tr><td><![endif]--><div><table '
            'role="presentation" border="0"><tbody><tr><td><div>First</div></td></tr><tr><td><p>&nbsp;</p></td></tr>'
            "<tr><td><div>Second</div></td></tr></tbody></table></div><!--[if mso | IE]></td></tr></table><![endif]-->"
        },
        html=("<!--[if mso | IE]><table><tr><td><![endif]-->",),
        text=("First\n\nSecond",),
        text_lacks=("Preview", "if mso"),
    ),
    Report(
        "knadh/listmonk#1535",
        {"body": "![Hat](http://localhost:9000/uploads/hat.png)"},
        html=("http://localhost:9000/uploads/hat.png",),
        warnings=("nowhere", "picture_size"),
    ),
    Report(
        "mautic/mautic#11643",
        {"body": "[x]({{attributes.url}})", "defaults": {"attributes.url": "https://e.org"}},
        attributes={"url": "https://e.org/test?foo=bar&email=john.doe%40example.com"},
        links=("https://e.org/test?foo=bar&email=john.doe%40example.com",),
        text=("x: https://e.org/test?foo=bar&email=john.doe%40example.com",),
        html_lacks=("&#38;", "&amp;amp;"),
    ),
    Report(
        "mautic/mautic#3825",
        {
            "html": "<a href='https://{{attributes.product}}.e.org/sign-up'>x</a>",
            "defaults": {"attributes.product": "shop"},
        },
        attributes={"product": "cookie"},
        links=("https://cookie.e.org/sign-up",),
        text=("x: https://cookie.e.org/sign-up",),
    ),
    Report(
        "mautic/mautic#8446",
        {
            "html": '<a href="https://e.org/verify/{{attributes.code}}">https://e.org/verify/{{attributes.code}}</a>',
            "defaults": {"attributes.code": "-"},
        },
        attributes={"code": "A/1 b"},
        links=("https://e.org/verify/A%2F1%20b",),
        text=("https://e.org/verify/A%2F1%20b\n",),
        text_lacks=("<https://e.org/verify",),
    ),
    Report(
        "mautic/mautic#880",
        {"html": '<a href="https://e.org/?utm_campaign=test&amp;utm_medium=email">x</a>'},
        links=("https://e.org/?utm_campaign=test&utm_medium=email",),
        text=("x: https://e.org/?utm_campaign=test&utm_medium=email",),
        html_lacks=("&amp;amp;",),
    ),
    Report(
        "mautic/mautic#2791",
        {"html": '<p><img src="https://e.org/a.png" alt="A" style="width: 200px; height: 100px"></p>'},
        html=('width="200"',),
    ),
    Report(
        "TryGhost/Ghost#19527",
        {"body": "![A view](https://e.org/view.jpg)"},
        html=("max-width: 100%",),
        warnings=("picture_size",),
    ),
    Report(
        "TryGhost/Ghost#27357",
        {"body": "مرحبا {{name}}\n\n- واحد"},
        html=('<div dir="rtl"', "text-align: right", "padding: 0 24px 0 0"),
        text=("مرحبا Ann\n\n- واحد",),
    ),
    Report("TryGhost/Ghost#25798", {"body": "A long letter. " * 7_500}, warnings=("too_long",)),
    Report(
        "TryGhost/Ghost#17161",
        {"body": "- one\n  1. two\n     - three\n- four"},
        text=("- one\n  1. two\n     - three\n- four",),
    ),
    Report(
        "pentacent/keila#394",
        {"body": '[![](https://e.org/poster.png)](https://e.org/event "The event")'},
        links=("https://e.org/event",),
        html=('title="The event"', "https://e.org/poster.png"),
        text=("https://e.org/event",),
        warnings=("picture_size", "picture_text"),
    ),
    Report(
        "Mailtrain-org/mailtrain#24",
        {"body": "[Join](https://e.org/invite?{{name}})"},
        links=("https://e.org/invite?Ann",),
        text=("Join: https://e.org/invite?Ann",),
    ),
    Report(
        "buttondown/roadmap#1445",
        {"body": '## <span style="color: #0033cc">Permits</span>\n\n<p><span style="color: #36f">27 April</span></p>'},
        html=('<span style="color:#0033cc">Permits</span></h2>', '<span style="color:#36f">27 April</span>'),
        text=("Permits\n\n27 April",),
    ),
    Report(
        "buttondown/roadmap#26",
        {"html": "<p>An <a href='https://e.org/1'>essay</a> and <a href='https://e.org/2'>another</a>.</p>"},
        text=("An essay <https://e.org/1> and another <https://e.org/2>.",),
    ),
    Report(
        "justingit/dada-mail#242",
        {"html": '<p>Write to <a href="mailto:hello@e.org">us</a></p>'},
        links=("mailto:hello@e.org",),
        text=("Write to us <hello@e.org>",),
    ),
    Report(
        "jdavidbakr/mail-tracker#276",
        {"body": "[Call](tel:+442079460000), [text](sms:+442079460000)"},
        links=("tel:+442079460000", "sms:+442079460000"),
        text=("Call <tel:+442079460000>, text <sms:+442079460000>",),
    ),
    Report(
        "silverstripe-archive/silverstripe-newsletter#39",
        {"body": '[Prices](#prices)\n\n<a name="prices"></a>\n\n## Prices'},
        links=("#prices",),
        html=('name="prices"',),
        text=("Prices\n\nPrices",),
    ),
    Report(
        "PHPMailer/PHPMailer#1730",
        {
            "body": "Your link: https://e.org/?es=optin&email={{attributes.address}}&guid=1",
            "defaults": {"attributes.address": "-"},
        },
        attributes={"address": "me+foo@e.org"},
        links=("https://e.org/?es=optin&email=me%2Bfoo%40e.org&guid=1",),
        text=("Your link: https://e.org/?es=optin&email=me%2Bfoo%40e.org&guid=1\n",),
    ),
    Report(
        "in2code-de/powermail#542",
        {"html": '<a href="https://e.org/?a=1&amp;b=2">https://e.org/?a=1&amp;b=2</a>'},
        text=("https://e.org/?a=1&b=2\n",),
        text_lacks=("&amp;",),
    ),
    Report(
        "premailer/premailer#148",
        {"html": "<p>10&nbsp;000 &mdash; &copy;&#8203; 2026</p>"},
        html=("10&nbsp;000 — ©",),
        text=("10 000 — ©",),
    ),
    Report(
        "freescout-help-desk/freescout#3159",
        {"body": "Linus >>> Hacker <at> home & `a > b`"},
        text=("Linus >>> Hacker <at> home & a > b",),
    ),
    Report(
        "foundation/foundation-emails#906",
        {"html": "<p>Do not delay&mdash;soar now! What of this?&#8212;The same.</p>"},
        text=("Do not delay—soar now! What of this?—The same.",),
    ),
    Report(
        "jonkemp/inline-css#31",
        {"html": "<style>a:hover{text-decoration:underline!important}</style><a href='https://e.org'>x</a>"},
        html=("a:hover { text-decoration: underline!important; }",),
    ),
    Report(
        "foundation/foundation-emails#437",
        {"html": "<style>a{color:blue} a:hover{color:red}</style><a href='https://e.org'>x</a>"},
        html=("a:hover { color: red; }",),
        warnings=("weak_style",),
    ),
    Report(
        "tijsverkoyen/CssToInlineStyles#45",
        {"html": "<style>p{color:red} @media (max-width:600px){p{color:blue!important}}</style><p>x</p>"},
        html=("@media (max-width:600px){p{color:blue!important}}", '<p style="color: red;'),
        html_lacks=("p{color:red}",),
    ),
    Report(
        "premailer/premailer#238",
        {"html": "<!--[if mso]><style type='text/css'>td{font-family:Arial}</style><![endif]--><p>x</p>"},
        html=("<!--[if mso]><style type='text/css'>td{font-family:Arial}</style><![endif]-->",),
    ),
    Report(
        "mjmlio/mjml#2835",
        {"html": "<!--[if !mso]><!--><p>not in Outlook</p><!--<![endif]-->"},
        html=("<!--[if !mso]><!-->", "<!--<![endif]-->"),
        text=("not in Outlook",),
    ),
    Report(
        "mganss/HtmlSanitizer#537",
        {"html": "<![if mso | IE]><table><tr><td>x</td></tr></table><![endif]>"},
        text=("x",),
        warnings=("dropped",),
    ),
    Report(
        "socketlabs/socketlabs-php#4",
        {"html": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' alt='dot' width='1'>"},
        html=("data:image/gif;base64,R0lGODlhAQABAAAAACw=",),
        warnings=("picture_data",),
    ),
    Report(
        "html-to-text/node-html-to-text#166",
        {"html": "<ul><li>1<ul><li>2<ul><li>3.1</li><li>3.2</li></ul></li></ul></li></ul>"},
        text=("- 1\n  - 2\n    - 3.1\n    - 3.2",),
    ),
    Report(
        "soundasleep/html2text#50",
        {"html": "<blockquote>Nested<blockquote><pre>int f(){\n  return 0;\n}</pre></blockquote>End</blockquote>After"},
        text=("> Nested\n>\n> > int f(){\n> >   return 0;\n> > }\n>\n> End\n\nAfter",),
    ),
    Report(
        "aaronsw/html2text#56",
        {"html": "<ol><li>Run<pre>make\n  test</pre></li><li>Read</li></ol>"},
        text=("1. Run\n   make\n     test\n2. Read",),
    ),
    Report(
        "docling-project/docling#4134",
        {"body": "1. Install.\n2. Set the key.\n\nRestart first.\n\n3. Import.\n4. Check."},
        html=('<ol start="3"',),
        text=("2. Set the key.\n\nRestart first.\n\n3. Import.\n4. Check.",),
    ),
    Report(
        "nodemailer/mailparser#367",
        {"html": '<ol><li>one</li></ol><p>between</p><ol start="2"><li>two</li></ol>'},
        text=("1. one\n\nbetween\n\n2. two",),
    ),
    Report(
        "adam-p/markdown-here#135",
        {"body": "Run `make <package name>` or make <package name>."},
        text=("Run make <package name> or make <package name>.",),
    ),
    Report(
        "ietf-tools/datatracker#11655",
        {"body": "See <draft-example-groups-03> for that, and <https://e.org>."},
        text=("See <draft-example-groups-03> for that, and https://e.org.",),
    ),
    Report("HappenApps/Quiver#302", {"body": "- <main>: `push`\n- <_init>: `sub`"}, warnings=("not_shown",)),
    Report(
        "hakimel/reveal.js#654",
        {"body": '<table><tr><td align="right">123</td></tr></table>'},
        html=('align="right"',),
        html_lacks=('text-align: left">123',),
    ),
    Report(
        "TYPO3-directmail/direct_mail#272",
        {"body": "[Plan](https://e.org/plan), soon"},
        text=("Plan <https://e.org/plan>, soon",),
    ),
    Report(
        "openreview/openreview-py#510",
        {"html": '<p><a href="https://e.org/?m={{email}}">Join</a></p>{{name}}', "text": "https://e.org/?m={{email}}."},
        links=("https://e.org/?m=ann%40example.com",),
        text=("https://e.org/?m=ann%40example.com.",),
    ),
]

REFUSED = [
    ("knadh/listmonk#1426", {"html": "<p>\n<img src='/opt/media/town.jpg' width='550'></p>"}, 2),
    ("knadh/listmonk#2489", {"body": "[x](/subscription/{{email}}@TrackLink)"}, 1),
    ("techworkersco/techworkersco.github.io#25", {"body": "Hello\n\n![](../images/header.jpg)"}, 3),
    ("spatie/laravel-mailcoach-editor#1", {"html": "<p>\n\n<a href='http://{{unsubscribe_url}}'>x</a>"}, 3),
    ("tendenci/tendenci#420", {"body": "Read\n[the post](http://https://www.example.org/post)"}, 2),
    ("pentestgeek/phishing-frenzy#392", {"html": "<a href='http//example.org'>x</a>"}, 1),
    ("Mailtrain-org/mailtrain#606", {"html": "<p>\n<img src=''>"}, 2),
    ("Ecodev/newsletter#50", {"html": "<a href='index.php?id=189{{unsubscribe_url}}'>x</a>"}, 1),
]


def compose(letter: dict[str, Any]) -> Composed:
    return writing.compose({"subject": "s", **letter}, SETTINGS, find)


def find(name: str) -> Draft:
    if name not in templates.starters():
        raise NotFoundError(name)
    return templates.starters()[name].draft


@pytest.mark.parametrize("report", ARRIVING, ids=lambda report: report.source)
def test_a_letter_as_reported_elsewhere_arrives(report: Report) -> None:
    composed = compose(report.letter)
    mail = delivered(composed.content, reader(attributes=report.attributes))
    links = outline(mail.html).links
    assert not [link for link in report.links if link not in links]
    assert not [piece for piece in report.html if piece not in mail.html]
    assert not [piece for piece in report.html_lacks if piece in mail.html]
    assert not [piece for piece in report.text if piece not in mail.text], mail.text
    assert not [piece for piece in report.text_lacks if piece in mail.text]
    assert sorted({warning.code for warning in composed.warnings}) == sorted(report.warnings), composed.warnings


@pytest.mark.parametrize(("source", "letter", "line"), REFUSED, ids=[source for source, _, _ in REFUSED])
def test_an_address_as_reported_elsewhere_is_refused_with_its_line(
    source: str, letter: dict[str, Any], line: int
) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compose(letter)
    assert caught.value.details["line"] == line
