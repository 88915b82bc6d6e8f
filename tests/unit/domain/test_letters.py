"""Letters: whatever a reader is called, the email is the one its author meant."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import MAX_HEADER
from email_list import fields
from email_list.errors import NotFoundError, TooLargeError
from email_list.mail import letters, own_letters, writing
from email_list.mail.letters import Content
from email_list.words import languages
from tests.unit.domain.letter_world import (
    PREFERENCES,
    SETTINGS,
    UNSUBSCRIBE,
    delivered,
    outline,
    reader,
)


def no_template(name: str) -> writing.Draft:
    raise NotFoundError(name)


HTML = """
<p title="{{attributes.city}}">Hello {{name}} from {{attributes.city}}, {{email}}</p>
{{#if attributes.link}}<a href="{{attributes.link}}">yours</a>{{/if}}
<a href="https://example.org/?who={{name}}&amp;from={{attributes.city}}">ours</a>
<img src="{{attributes.link}}" alt="{{name}}" width="10">
{{#each topics}}<b>{{this}}</b>{{/each}}
"""
LETTER = writing.compose(
    {
        "subject": "News for {{name}} of {{attributes.city}}",
        "html": HTML,
        "text": "Hello {{name}} from {{attributes.city}}\n{{attributes.link}}",
        "defaults": {"attributes.city": "town", "attributes.link": "https://example.org"},
    },
    SETTINGS,
    no_template,
).content
PLAIN = reader(name="N", attributes={"city": "C", "link": "https://example.org/x"}, topics=["T"])
nasty = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "",
            "<script>alert(1)</script>",
            '" onmouseover="alert(1)',
            "' style='x",
            "</td></table>",
            "-->",
            "{{email}}",
            "{{/if}}{{#each",
            "{{{html.name}}}",
            "\\{{x}}",
            "&lt;b&gt;",
            "javascript:alert(1)",
            "https://example.org/?a=1&b=<2>\"'",
            "mailto:ann@example.com",
            "Subject: x\r\nBcc: eve@example.com",
            "\u2028\x00\x1b[31m",
            "مرحبا بالعالم",
            "नमस्ते 👩‍👩‍👧 你好",
            "x" * 500,
        ]
    ),
).map(lambda text: fields.single_line(text[:500].replace(fields.UNREADABLE, "?"), "text", 500))


@given(nasty.map(lambda text: text[: fields.MAX_NAME]), nasty, nasty, nasty)
def test_no_value_changes_what_the_letter_is_made_of(name: str, city: str, link: str, topic: str) -> None:
    person = reader(name=name, attributes={"city": city, "link": link}, topics=[topic])
    mail = delivered(LETTER, person)
    shape = outline(delivered(LETTER, PLAIN if link else reader(attributes={}, topics=["T"])).html)
    found = outline(mail.html)
    assert found.elements == shape.elements
    message = mail.message(letters.headers(SETTINGS, UNSUBSCRIBE))
    assert [key for key in message if key not in ("MIME-Version", "Content-Type")] == [
        "Subject",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
    ]
    shown_name, shown_city = name or "there", city or "town"
    assert message["Subject"] == f"News for {shown_name} of {shown_city}"
    plain = message.get_body(("plain",))
    assert plain
    text = plain.get_content().replace("\r\n", "\n")
    assert text.startswith(f"Hello {shown_name} from {shown_city}\n{link or 'https://example.org'}\n")
    assert f"Hello {shown_name} from {shown_city}, ann@example.com" in found.text
    assert ("p", "title", shown_city) in found.attributes
    assert topic in found.text
    safe = re.compile(r"#|https?://|mailto:|tel:|sms:", re.IGNORECASE)
    assert all(safe.match(value) for _, attribute, value in found.attributes if attribute in ("href", "src"))


@given(st.text(st.characters(exclude_characters=fields.UNREADABLE), max_size=150))
def test_a_subject_and_a_message_come_out_as_typed(text: str) -> None:
    subject = fields.single_line(text, "subject", fields.MAX_SUBJECT) or "x"
    escaped = subject.replace("\\", "/").replace("{{", "\\{{")
    message = "".join(char for char in text if char.isprintable()).strip() or "x"
    content = writing.compose({"subject": escaped, "message": message}, SETTINGS, no_template).content
    mail = delivered(content, reader())
    assert mail.subject == subject.replace("\\", "/")
    assert " ".join(message.split()) in " ".join(outline(mail.html).text.split())
    assert mail.text.startswith(f"Hello Ann,\n\n{' '.join(message.split())}\n\n-- \n")


def test_a_good_address_in_an_attribute_stays_what_it_is() -> None:
    link = "https://example.org/a?b=1&c='2'"
    mail = delivered(LETTER, reader(attributes={"link": link}))
    assert link in outline(mail.html).links
    assert "https://example.org/?who=Ann&from=town" in outline(mail.html).links


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", " JaVaScript:x", "data:text/html,x", "//evil", "x y", "ftp://x"]
)
def test_an_address_that_is_not_of_the_web_leads_nowhere(link: str) -> None:
    mail = delivered(LETTER, reader(attributes={"link": link}))
    assert "#" in outline(mail.html).links
    assert link not in outline(mail.html).links


def test_the_data_holds_what_the_letter_uses_and_nothing_else_of_the_person() -> None:
    content = writing.compose({"subject": "Hi {{name}}", "body": "text"}, SETTINGS, no_template).content
    data = letters.template_data(content, reader(attributes={"secret": "s"}), UNSUBSCRIBE, PREFERENCES)
    assert data == {
        "subject": {"name": "Ann"},
        "html": {
            "unsubscribe_url__url": UNSUBSCRIBE.replace("&", "&amp;"),
            "preferences_url__url": PREFERENCES,
        },
        "text": {"unsubscribe_url": UNSUBSCRIBE, "preferences_url": PREFERENCES},
    }


def test_a_person_without_a_name_is_greeted_all_the_same() -> None:
    request = {"subject": "x", "body": "Hello {{name}},"}
    content = writing.compose(request, SETTINGS, no_template).content
    assert delivered(content, reader(name="")).text.startswith("Hello there,\n")
    german = writing.compose({**request, "language": "de"}, SETTINGS, no_template).content
    assert delivered(german, reader(name="")).text.startswith("Hello zusammen,\n")
    own = writing.compose({**request, "defaults": {"name": "friend"}}, SETTINGS, no_template).content
    assert delivered(own, reader(name="")).text.startswith("Hello friend,\n")


def test_a_condition_sees_the_person_and_not_the_default() -> None:
    body = "{{#if name}}Dear {{name}}{{else}}Dear reader{{/if}}, {{name}}"
    content = writing.compose({"subject": "x", "body": body}, SETTINGS, no_template).content
    assert delivered(content, reader(name="")).text.startswith("Dear reader, there")
    assert delivered(content, reader()).text.startswith("Dear Ann, Ann")


def test_content_is_plain_json_and_comes_back_the_same() -> None:
    stored = json.loads(json.dumps(LETTER.__dict__))
    assert delivered(Content(**stored), PLAIN) == delivered(LETTER, PLAIN)


def test_more_data_than_ses_takes_is_refused() -> None:
    content = writing.compose(
        {"subject": "x", "body": "{{attributes.a}}", "defaults": {"attributes.a": "-"}}, SETTINGS, no_template
    ).content
    with pytest.raises(TooLargeError):
        letters.template_data(content, reader(attributes={"a": "x" * 140_000}), UNSUBSCRIBE, PREFERENCES)


def test_a_newsletter_says_how_to_leave_and_which_list_it_is() -> None:
    assert letters.headers(SETTINGS, UNSUBSCRIBE) == {
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": '"Garden & Hill Letters" <garden-hill-letters.list.example>',
    }


@pytest.mark.parametrize(
    "url", ["https://x/ö", "https://x/a b", "https://x/<", "https://x/\r\nBcc: e@x", "https://x/" + "a" * 990]
)
def test_a_link_that_no_header_can_hold_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe link"):
        letters.headers(SETTINGS, url)


@given(st.text(max_size=300))
def test_the_list_id_is_always_a_header_value_in_ascii(name: str) -> None:
    value = letters.list_id(replace(SETTINGS, name=name))
    assert re.fullmatch(r'("[\w .,&!-]+" )?<[a-z0-9-]+\.list\.example>', value, re.ASCII)
    assert len(value) <= MAX_HEADER


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", ["confirmation", "data_link", "goodbye"])
def test_the_lists_own_emails_are_finished_and_lead_where_they_should(kind: str, language: str) -> None:
    url = "https://list.example/confirm?token=a&b={{c}}"
    letter: Content = getattr(own_letters, kind)(SETTINGS, url, language)
    assert url in outline(letter.html).links
    assert letter.text.count(url) == 1
    for part in (letter.subject, letter.text, outline(letter.html).text):
        assert SETTINGS.name in part
        assert "{{" not in part.replace(url, "")
    assert SETTINGS.postal_address in letter.text
    assert SETTINGS.postal_address in letter.html
    assert f'lang="{language}"' in letter.html
    assert letter.variables == {}


def test_a_list_named_like_a_template_spoils_no_email() -> None:
    letter = own_letters.confirmation(replace(SETTINGS, name="<i>{{name}}</i>"), "https://x/")
    assert "<i>{{name}}</i>" in letter.subject
    assert "<i>" not in letter.html


def test_a_language_nobody_wrote_texts_in_falls_back_to_english() -> None:
    assert own_letters.confirmation(replace(SETTINGS, language="auto"), "https://x/").subject.startswith("Please")
    assert own_letters.confirmation(replace(SETTINGS, language="de"), "https://x/").subject.startswith("Bitte")


def test_a_report_shows_its_content_in_both_parts_and_goes_to_administrators() -> None:
    letter = own_letters.report(SETTINGS, "Week {{7}}", "All <well>", "<p>Spring &#123;&#123;x}}: 1,204</p>")
    assert letter.subject == "Week {{7}}"
    assert "Spring {{x}}: 1,204\n" in letter.text
    assert "All &lt;well&gt;" in letter.html
    assert "because you administer" in letter.text


def test_sending_needs_no_library_for_writing() -> None:
    heavy = "{'markdown_it', 'nh3', 'css_inline'} & set(sys.modules)"
    code = f"import sys; import email_list.mail.letters, email_list.aws.ses_mailer; assert not {heavy}, {heavy}"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "lambda_src"})


def test_ses_tracks_no_click_on_a_link_of_the_lists_own() -> None:
    newsletter = writing.compose({"subject": "x", "body": "[Read](https://example.org)"}, SETTINGS, no_template).content
    own = own_letters.confirmation(SETTINGS, "https://list.example/confirm?token=t")
    tracked = re.compile(r"<a (?!ses:no-track )[^>]*href=\"([^\"]*)")
    assert tracked.findall(newsletter.html) == ["https://example.org"]
    assert tracked.findall(own.html) == []
