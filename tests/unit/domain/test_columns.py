"""What the columns of files mean: those of other products, of spreadsheets, and of this list's own export."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from email_list.errors import InvalidError
from email_list.people import columns, rows
from email_list.people.columns import Columns, Reading
from email_list.people.subscribers import Status

TOPICS = ("News", "Events")
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "subscribers.md").read_text()


def read(text: str) -> list[Reading | str]:
    """The rows of a file as they were read, or why one was refused."""
    data = text.encode()
    lines = rows.read([data], 0, rows.delimiter_of(data))
    found = Columns.of(next(lines))
    readings: list[Reading | str] = []
    for row in lines:
        try:
            readings.append(found.read(row, TOPICS, "2026-11-24T10:00:00.000Z", "import:1"))
        except InvalidError as error:
            readings.append(error.message)
    return readings


def reading(text: str) -> Reading:
    """The only row of a file that can be read."""
    (found,) = read(text)
    assert isinstance(found, Reading), found
    return found


def statuses(text: str) -> list[str]:
    return [found if isinstance(found, str) else found.row.person.status.value for found in read(text)]


LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at\n"
MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID"
GHOST = "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels\n"

EXPORTS = {
    "listmonk": (
        LISTMONK + '1,a@x.org,A,"{}",enabled,,\n2,b@x.org,B,"{}",disabled,,\n3,c@x.org,C,"{}",blocklisted,,\n',
        ["active", "unsubscribed", "unsubscribed"],
    ),
    "mailchimp, subscribed": (MAILCHIMP + "\na@x.org,A,B,2,2024-05-06 07:08:09,,,,1,e\n", ["active"]),
    "mailchimp, unsubscribed": (
        MAILCHIMP + ",UNSUB_TIME,UNSUB_REASON\na@x.org,A,B,2,,,,,1,e,2024-06-01 01:02:03,NORMAL\n",
        ["unsubscribed"],
    ),
    "mailchimp, cleaned": (MAILCHIMP + ",CLEAN_TIME\na@x.org,A,B,2,,,,,1,e,2024-06-01 01:02:03\n", ["bounced"]),
    "substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "a@x.org,false,,other,false,2024-05-06T07:08:09.000Z,\nb@x.org,true,,year,true,2024-05-06T07:08:09.000Z,\n",
        ["active", "unsubscribed"],
    ),
    "ghost": (
        GHOST + "1,a@x.org,A,,true,,,2024-05-06T07:08:09.000Z,,\n2,b@x.org,B,,false,,,2024-05-06T07:08:09.000Z,,\n"
        "3,c@x.org,C,,true,,,2024-05-06T07:08:09.000Z,2025-01-01T00:00:00.000Z,\n",
        ["active", "unsubscribed", "unsubscribed"],
    ),
    "sendy": (
        "Name,Email,Status\n"
        "A,a@x.org,Subscribed\nB,b@x.org,Unsubscribed\nC,c@x.org,Bounced\nD,d@x.org,Marked as spam\n",
        ["active", "unsubscribed", "bounced", "complained"],
    ),
    "keila": (
        "Email,First name,Last name,Data,Status,External ID\n"
        "a@x.org,A,B,,active,\nb@x.org,A,B,,unsubscribed,\nc@x.org,A,B,,unreachable,\n",
        ["active", "unsubscribed", "bounced"],
    ),
    "kit": (
        "first_name,email_address,status,created_at\n"
        "A,a@x.org,active,\nB,b@x.org,cancelled,\nC,c@x.org,bounced,\nD,d@x.org,complained,\n",
        ["active", "unsubscribed", "bounced", "complained"],
    ),
    "buttondown": (
        "email_address,notes,tags,type\n"
        "a@x.org,,,regular\nb@x.org,,,premium\nc@x.org,,,unsubscribed\nd@x.org,,,removed\ne@x.org,,,spammy\n",
        ["active", "active", "unsubscribed", "unsubscribed", "unsubscribed"],
    ),
    "brevo": (
        "EMAIL,LASTNAME,FIRSTNAME,SMS,EMAIL_BLACKLISTED\na@x.org,A,B,,0\nb@x.org,A,B,,1\n",
        ["active", "unsubscribed"],
    ),
    "mailerlite": (
        "Subscriber,Name,Status\na@x.org,A,Active\nb@x.org,B,Unsubscribed\nc@x.org,C,Bounced\nd@x.org,D,Junk\n",
        ["active", "unsubscribed", "bounced", "complained"],
    ),
    "mailpoet": (
        "Email,First name,Global status\na@x.org,A,subscribed\nb@x.org,B,unsubscribed\nc@x.org,C,bounced\n",
        ["active", "unsubscribed", "bounced"],
    ),
    "klaviyo": (
        "Email,Email Marketing Consent\na@x.org,SUBSCRIBED\nb@x.org,UNSUBSCRIBED\n",
        ["active", "unsubscribed"],
    ),
    "hubspot": (
        "Record ID,Email,Unsubscribed from all email\n1,a@x.org,\n2,b@x.org,true\n3,c@x.org,false\n",
        ["active", "unsubscribed", "active"],
    ),
    "constant contact": (
        "Email address,Email permission status\na@x.org,Express\nb@x.org,Unsubscribed\n",
        ["active", "unsubscribed"],
    ),
    "campaign monitor": (
        "EmailAddress,Name,State\na@x.org,A,Active\nb@x.org,B,Unsubscribed\nc@x.org,C,Bounced\nd@x.org,D,Deleted\n",
        ["active", "unsubscribed", "bounced", "unsubscribed"],
    ),
    "shopify": (
        "First Name,Email,Accepts Email Marketing\nA,a@x.org,yes\nB,b@x.org,no\n",
        ["active", "unsubscribed"],
    ),
    "a spreadsheet by hand": (
        "E-Mail-Adresse;Vorname;Nachname;abgemeldet am\na@x.org;A;B;\nb@x.org;A;B;24.12.2024\n",
        ["active", "unsubscribed"],
    ),
}


@pytest.mark.parametrize(("file", "expected"), EXPORTS.values(), ids=list(EXPORTS))
def test_the_people_of_an_export_stand_where_the_product_says(file: str, expected: list[str]) -> None:
    assert statuses(file) == expected


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("email,status\na@x.org,frobnicated\n", 'Column "status": "frobnicated" is not known to allow email.'),
        ("email,Status\na@x.org,Soft bounced\n", '"Soft bounced" is not known'),
        ("email,status\na@x.org,unconfirmed\n", '"unconfirmed" means that this person has not agreed'),
        ("email_address,type\na@x.org,unactivated\n", 'Column "type"'),
        ("Email,Email Marketing Consent\na@x.org,NEVER_SUBSCRIBED\n", "has not agreed"),
        ("email,consent\na@x.org,perhaps\n", 'Column "consent": "perhaps" does not say that email is allowed.'),
        ("email,consent\na@x.org,\n", 'Column "consent": "" does not say'),
        ("email,status\na@x.org,订阅\n", "is not known to allow email"),
    ],
)
def test_a_word_that_does_not_allow_email_adds_nobody(file: str, reason: str) -> None:
    (found,) = read(file)
    assert reason in str(found)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("active,,", "active"),
        ("active,2024-01-01,", "unsubscribed"),
        ("unsubscribed,,1", "bounced"),
        ("complained,2024-01-01,1", "complained"),
        ("frobnicated,2024-01-01,", "unsubscribed"),
        ("pending,,yes", "bounced"),
        (",no,false", "active"),
        (",0000-00-00 00:00:00,0", "active"),
    ],
)
def test_of_everything_a_row_says_the_most_restrictive_counts(row: str, expected: str) -> None:
    assert statuses(f"email,status,unsubscribed_at,bounced\na@x.org,{row}\n") == [expected]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("email,consent", "a@x.org,TRUE"),
        ("email,opt_in", "a@x.org,2024-05-06 07:08"),
        ("email,Einwilligung", "a@x.org,ja"),
        ("email,State", "a@x.org,California"),
        ("email,type", "a@x.org,Member"),
    ],
)
def test_a_column_that_may_speak_of_consent_keeps_its_value_as_well(header: str, row: str) -> None:
    found = reading(f"{header}\n{row}\n").row.person
    assert (found.status, list(found.attributes.values())) == (Status.ACTIVE, [row.split(",")[1]])


@pytest.mark.parametrize(
    "header",
    [
        "email",
        "Email",
        "E-Mail",
        "e-mail",
        "EMAIL ADDRESS",
        "Email address",
        "E-Mail-Adresse",
        " email ",
        "\ufeffemail",
    ],
)
def test_the_address_is_found_however_its_column_is_spelled(header: str) -> None:
    assert reading(f"{header},x\na@x.org,1\n").row.person.email == "a@x.org"


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("email,first_name,last_name", "a@x.org,Ada,Lovelace", "Ada Lovelace"),
        ("Email,First Name,Last Name", "a@x.org,Ada,", "Ada"),
        ("E-Mail;Nachname;Vorname", "a@x.org;Lovelace;Ada", "Ada Lovelace"),
        ("email,name,first_name", "a@x.org,Countess Lovelace,Ada", "Countess Lovelace"),
        ("email", "a@x.org", ""),
    ],
)
def test_a_name_is_whole_or_made_of_its_parts(header: str, row: str, name: str) -> None:
    assert reading(f"{header}\n{row}\n").row.person.name == name


def test_of_two_columns_with_addresses_the_plainer_one_counts() -> None:
    person = reading("E-mail 1 - Value,Email\nb@x.org,a@x.org\n").row.person
    assert (person.email, person.attributes) == ("a@x.org", {"e_mail_1_value": "b@x.org"})


def test_other_columns_become_attributes_under_names_that_can_be_used() -> None:
    header = "email,Straße,2024 gift,Lieblings-Farbe!,Straße 2,城市"
    found = Columns.of(rows.Row(list(header.split(",")), 0, 1))
    assert found.meanings() == {
        "email": "email",
        "Straße": "attributes.strasse",
        "2024 gift": "attributes.c_2024_gift",
        "Lieblings-Farbe!": "attributes.lieblings_farbe",
        "Straße 2": "attributes.strasse_2",
        "城市": "ignored",
    }


def test_columns_beyond_what_a_person_can_have_are_named_as_ignored() -> None:
    header = ["email", *(f"column {number}" for number in range(30)), ""]
    meanings = Columns.of(rows.Row(header, 0, 1)).meanings()
    assert list(meanings.values()).count("ignored") == 11
    assert meanings["column 19"] == "attributes.column_19"
    assert meanings["column 20"] == meanings["(column 32)"] == "ignored"


def test_attributes_that_share_a_beginning_keep_different_names() -> None:
    header = ["email", "a" * 40, "a" * 41]
    found = list(Columns.of(rows.Row(header, 0, 1)).meanings().values())
    assert found == ["email", "attributes." + "a" * 32, "attributes." + "a" * 29 + "_2"]


def test_no_topics_are_not_all_topics() -> None:
    assert reading("email\na@x.org\n").row.person.topics == ["News", "Events"]
    assert reading('email,topics\na@x.org,""\n').row.person.topics == []
    assert reading("email,topics\na@x.org\n").row.person.topics == []


def test_a_topic_that_is_gone_costs_a_topic_and_not_the_person() -> None:
    found = reading("email,topics\na@x.org,Old| news \n")
    assert (found.row.person.topics, found.remarks) == (["News"], ['There is no topic "Old".'])
    assert reading("email,topics\na@x.org,Old\n").row.person.topics == []


def test_values_of_other_products_attributes_are_kept_as_people_would_write_them() -> None:
    document = (
        '{""good"": true, ""score"": 4.5, ""tags"": [""a"", 7], ""none"": null, ""n"": 12, ""Last Seen"": {""y"": 1}}'
    )
    found = reading(f'email,attributes\na@x.org,"{document}"\n')
    assert found.row.person.attributes == {
        "good": True,
        "score": "4.5",
        "tags": "a, 7",
        "n": 12,
        "last_seen": '{"y": 1}',
    }
    assert found.remarks == []


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("Data", '{""city"": ""Ulm"", ""plan"": {""paid"": true}}', {"city": "Ulm", "plan": '{"paid": true}'}),
        ("metadata", "{}", {}),
        ("metadata", '{""notes"": ""of the product""}', {"notes": "of a person"}),
        ("Data", "{curly}", {"data": "{curly}"}),
        ("Data", "12/3/2024", {"data": "12/3/2024"}),
    ],
)
def test_a_cell_with_an_object_becomes_one_attribute_for_each_of_its_fields(
    header: str, cell: str, expected: dict[str, str]
) -> None:
    notes = expected.get("notes", "")
    found = reading(f'email,notes,{header}\na@x.org,{notes},"{cell}"\n')
    assert (found.row.person.attributes, found.remarks) == (expected, [])


def test_what_no_attribute_can_hold_is_left_out_with_a_remark() -> None:
    long, many = "x" * 501, ", ".join(f'""a{number}"": {number}' for number in range(22))
    found = reading(f'email,notes,attributes\na@x.org,{long},"{{{many}}}"\n')
    assert len(found.row.person.attributes) == 20
    assert [remark.partition(":")[0] for remark in found.remarks] == [
        "Left out",
        "Left out, because a person can have at most 20 attributes",
        "Left out, because a person can have at most 20 attributes",
    ]


def test_consent_that_the_file_proves_is_kept_in_its_own_words() -> None:
    found = reading(MAILCHIMP + "\na@x.org,A,B,2,2024-05-06 07:08:09,192.0.2.7,2024-05-06 08:00:00,192.0.2.8,1,e\n")
    assert found.row.proof == {
        "at": "2024-05-06 07:08:09",
        "ip": "192.0.2.7",
        "confirmed_at": "2024-05-06 08:00:00",
        "confirmed_ip": "192.0.2.8",
    }


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("Email Address,Name\nnot an address,A\n", 'Column "Email Address": This is not a valid email address'),
        (f"email,Full Name\na@x.org,{'x' * 101}\n", 'Column "Full Name": name has at most 100 characters.'),
        ('email,attributes\na@x.org,"{no}"\n', 'Column "attributes": This is not JSON.'),
        ("email,attributes\na@x.org,[1]\n", 'Column "attributes": This is not a JSON object.'),
        ("email,name\na@x.org,A,B\n", "This row has 3 cells where the header row has 2."),
        ("email,name\n,A\n", 'Column "email": An email address is required.'),
    ],
)
def test_a_row_with_a_mistake_names_the_column(file: str, reason: str) -> None:
    (found,) = read(file)
    assert reason in str(found)


def test_rows_may_be_shorter_or_longer_by_nothing() -> None:
    assert statuses("email;name;city;;\na@x.org;A;Ulm;;\nb@x.org\nc@x.org;C;Ulm;;;;\n") == ["active"] * 3


def test_every_header_and_word_of_the_tables_is_spelled_as_it_is_looked_up() -> None:
    for word in (*columns.HEADERS, *columns.WORDS):
        assert columns.key(word) == word


@pytest.mark.parametrize(("table", "meanings"), [(columns.HEADERS, columns.Field), (columns.WORDS, Status)])
def test_the_documentation_lists_every_header_and_word(table: Mapping[str, str], meanings: type[columns.Field]) -> None:
    for meaning in meanings:
        known = " ".join(f"`{name}`" for name, found in table.items() if found is meaning)
        assert f"\n| `{meaning}` | {known} |\n" in PAGE


@pytest.mark.parametrize("product", [name.partition(",")[0] for name in EXPORTS if not name.startswith("a ")])
def test_the_documentation_names_every_product_whose_exports_are_read(product: str) -> None:
    assert product in PAGE.lower().replace("\n", " ")
