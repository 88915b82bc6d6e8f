"""What the columns of a file mean: its headers, and the words other products use for people who must not be emailed.

The tables hold the headers and words of the exports of listmonk, Mailchimp, Substack, Ghost, Sendy, Keila, Kit and
Buttondown, of some other large hosted products (Brevo, MailerLite, MailPoet, Klaviyo, HubSpot, Constant Contact,
Campaign Monitor, Shopify), and of spreadsheets kept by hand. `docs/subscribers.md` lists them.

A word that is not in the tables never makes anybody active: the row is refused, with the column and the word.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from email_list import addresses, fields
from email_list.errors import EmailListError, InvalidError
from email_list.people import consent, rows
from email_list.people.subscribers import AttributeValue, Imported, Status, Subscriber
from email_list.spreadsheets import as_meant
from email_list.words import languages

MAX_COLUMNS = 200
"""More than any product exports; it limits what an import's job stores."""

MAX_HEADER = 100
MAX_PROOF = 100
TOPIC_SEPARATOR = "|"
ATTRIBUTE = "attributes."


class Field(StrEnum):
    """What a column may hold. Every other column is an attribute, `attributes.<name>`."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    TOPICS = "topics"
    ATTRIBUTES = "attributes"
    STATUS = "status"
    """A word for where the person stands (`WORDS`)."""
    PERHAPS_STATUS = "perhaps_status"
    """An attribute that may also be a status: `State` is one in Campaign Monitor's files, and Ohio in others."""
    UNSUBSCRIBED = "unsubscribed"
    """Anything here except a no says that the person has left: a yes, or when."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    PERMISSION = "permission"
    """A yes, or a moment: the person may be emailed. Anything else says that they may not."""
    AGREED_AT = "consent.at"
    AGREED_IP = "consent.ip"
    AGREED_SOURCE = "consent.source"
    CONFIRMED_AT = "consent.confirmed_at"
    CONFIRMED_IP = "consent.confirmed_ip"
    LANGUAGE = "language"
    """The language that the person reads, if the list speaks it; otherwise an attribute."""
    TRACKING = "tracking"
    """A yes, or a moment: the person agrees to their opens and clicks being known."""
    IGNORED = "ignored"
    """Another product's own bookkeeping."""


_HEADERS: Mapping[Field, str] = {
    Field.EMAIL: """
        email e_mail email_address e_mail_address emailaddress mail mail_address email_adresse e_mail_adresse
        emailadresse adresse_email adresse_e_mail courriel correo_electronico indirizzo_email emailadres e_mailadres
        subscriber subscriber_email contact_email member_email e_mail_1_value
    """,
    Field.NAME: "name full_name fullname subscriber_name contact_name",
    Field.FIRST_NAME: "first_name firstname fname given_name vorname prenom nombre voornaam",
    Field.LAST_NAME: """
        last_name lastname lname surname family_name nachname familienname nom nom_de_famille apellido apellidos
        achternaam cognome
    """,
    Field.TOPICS: "topics",
    Field.ATTRIBUTES: "attributes",
    Field.STATUS: """
        status subscription_status subscriber_status email_status list_status global_status member_status
        contact_status subscription_state subscriber_state email_marketing_status email_marketing_consent
        email_permission_status permission_status
    """,
    Field.PERHAPS_STATUS: "state type subscriber_type",
    Field.UNSUBSCRIBED: """
        unsub_time unsubscribed unsubscribed_at unsubscribe_date unsubscribed_date unsubscribed_on date_unsubscribed
        unsubscribe_time unsubscribed_from_all_email is_unsubscribed has_unsubscribed email_unsubscribed opt_out
        opt_out_date opt_out_time optout optout_date optout_time opted_out opted_out_at email_opt_out
        has_opted_out_of_email email_disabled blacklisted blocklisted email_blacklisted email_blocklisted deleted_at
        deleted canceled_at cancelled_at do_not_email do_not_contact suppressed blocked abgemeldet abgemeldet_am
        abmeldedatum abbestellt
    """,
    Field.BOUNCED: "clean_time bounced bounced_at bounce_date bounce_time hard_bounced hard_bounce undeliverable",
    Field.COMPLAINED: "complained complained_at complaint complaint_date marked_as_spam spam_complaint spam_reported",
    Field.PERMISSION: """
        subscribed_to_emails subscribed_to_newsletter accepts_marketing accepts_email_marketing opt_in opted_in optin
        email_opt_in newsletter_opt_in subscribed is_subscribed consent marketing_consent email_consent gdpr_consent
        einwilligung
    """,
    Field.AGREED_AT: "optin_time opt_in_time opt_in_date subscribed_date subscribed_at",
    Field.AGREED_IP: "optin_ip opt_in_ip",
    Field.AGREED_SOURCE: "source",
    Field.CONFIRMED_AT: "confirm_time confirmed_at double_opt_in_at",
    Field.CONFIRMED_IP: "confirm_ip",
    Field.LANGUAGE: "language",
    Field.TRACKING: "tracking_consent",
    Field.IGNORED: """
        uuid leid euid member_rating latitude longitude gmtoff dstoff unsub_campaign_title unsub_campaign_id
        unsub_reason unsub_reason_other clean_campaign_title clean_campaign_id stripe_customer_id last_changed
        updated_at
    """,
}

HEADERS: Mapping[str, Field] = {name: field for field, names in _HEADERS.items() for name in names.split()}
"""By a header's `key`. If several columns of a file are the same field, the one that is first here is used."""

_WORDS: Mapping[Status, str] = {
    Status.ACTIVE: """
        active subscribed enabled confirmed opted_in opt_in regular premium gifted trialed churning past_due explicit
        implicit express implied aktiv abonniert angemeldet bestatigt
    """,
    Status.PENDING: """
        pending unconfirmed unactivated inactive not_confirmed pending_confirmation awaiting_confirmation validating
        unpaid archived non_subscribed nonsubscribed not_subscribed never_subscribed transactional not_set temp_hold
        inaktiv unbestatigt
    """,
    Status.UNSUBSCRIBED: """
        unsubscribed unsubscribe blocklisted blacklisted disabled opted_out opt_out optout cancelled canceled removed
        deleted left suppressed blocked banned spammy do_not_email do_not_contact abgemeldet abbestellt gesperrt
    """,
    Status.BOUNCED: "bounced bounce hard_bounced hard_bounce cleaned undeliverable unreachable invalid unzustellbar",
    Status.COMPLAINED: "complained complaint spam marked_as_spam spam_complaint junk",
}

WORDS: Mapping[str, Status] = {word: status for status, words in _WORDS.items() for word in words.split()}
"""What a word in a status column says, by its `key`. `PENDING` stands for people who have not agreed, or of whom the
product does not say whether they may be emailed: they are not added, and nobody is removed from the list because of
it."""

_UNMISTAKABLE = frozenset(
    ["unsubscribed", "blocklisted", "blacklisted", "opted_out", "do_not_email", "hard_bounced", "abgemeldet"]
)
"""Words that count in any column, whatever its header says."""

_YES = frozenset(["1", "true", "yes", "y", "t", "on", "x", "ja", "j", "wahr", "oui", "vrai", "si"])
_NO = frozenset(["0", "false", "no", "n", "f", "off", "none", "null", "never", "nein", "falsch", "non", "faux"])
_MOMENT = re.compile(r"(?!0000)\d{4}-\d\d-\d\d.*|\d\d?[./]\d\d?[./](19|20)\d\d.*", re.DOTALL)

_GONE = {
    Field.UNSUBSCRIBED: Status.UNSUBSCRIBED,
    Field.BOUNCED: Status.BOUNCED,
    Field.COMPLAINED: Status.COMPLAINED,
}

_PROOF = {
    Field.AGREED_AT: "at",
    Field.AGREED_IP: "ip",
    Field.AGREED_SOURCE: "source",
    Field.CONFIRMED_AT: "confirmed_at",
    Field.CONFIRMED_IP: "confirmed_ip",
    Field.TRACKING: "tracking",
}


@lru_cache(maxsize=1024)
def key(text: str) -> str:
    """A header or a word in the form the tables use: ASCII letters and digits, in lower case, joined by _."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "_".join(re.findall(r"[a-z0-9]+", "".join(char for char in plain if not unicodedata.combining(char))))


@dataclass(frozen=True)
class Column:
    """One column: its header as written in the file, the field it holds, and the attribute that its values become."""

    header: str
    field: Field | None
    attribute: str | None = None

    @property
    def meaning(self) -> str:
        """What the column is read as, for people."""
        return self.field or (ATTRIBUTE + self.attribute if self.attribute else Field.IGNORED)


@dataclass(frozen=True)
class Reading:
    """A row as it was read; `remarks` say what could not be imported."""

    row: Imported
    remarks: Sequence[str]


class Columns:
    """The columns of one file.

    `mapping` says what some of them hold, by their headers, in place of what the tables say: a `Field`, or
    `attributes.<name>`. `everybody` is the status that the file as a whole gives everybody in it.
    """

    def __init__(self, headers: Sequence[str], mapping: Mapping[str, str] | None = None, everybody: str = "") -> None:
        self.headers = headers
        self._columns = _columns(headers, mapping or {})
        self._everybody = Status(everybody) if everybody else None

    @classmethod
    def without_header(cls, first: rows.Row) -> list[str] | None:
        """Headers for a file whose first row has an address where a header row has words; None for any other.

        The first address is the person's, and the cell before it their name.
        """
        at = next((at for at, text in enumerate(first.fields) if addresses.is_valid(as_meant(text))), None)
        if first.problem or at is None:
            return None
        names = {at: "email", at - 1: "name"}
        return [names.get(place, f"column {place + 1}") for place in range(len(first.fields))]

    @classmethod
    def of(cls, header: rows.Row, mapping: Mapping[str, str] | None = None) -> "Columns":
        """Parse a header row. InvalidError says what is wrong with it, and names the column."""
        if header.problem:
            raise InvalidError(f"The header row is {header.problem}.")
        headers = [" ".join(name.split())[:MAX_HEADER] for name in header.fields]
        if len(headers) > MAX_COLUMNS:
            raise InvalidError(f"The file has {len(headers)} columns; at most {MAX_COLUMNS} can be read.")
        repeated = [name for name, count in Counter(filter(None, map(str.casefold, headers))).items() if count > 1]
        if repeated:
            raise InvalidError(f'The header row names the column "{repeated[0]}" twice.')
        return cls(headers, mapping).check()

    def check(self) -> "Columns":
        """InvalidError when no column holds the address."""
        if not any(column.field is Field.EMAIL for column in self._columns):
            names = ", ".join(f'"{name}"' for name in self.headers[:10] if name)
            raise InvalidError(f"The header row has no column named email, or like it. It has: {names}.")
        return self

    def meanings(self) -> dict[str, str]:
        """What each column is read as, by its header or, without one, by its position."""
        return {column.header or f"(column {at})": column.meaning for at, column in enumerate(self._columns, 1)}

    def read(self, row: rows.Row, offered_topics: Sequence[str], at: str, source: str) -> Reading:
        """The person in a row. InvalidError says what is wrong with it, and in which column."""
        if row.problem:
            raise InvalidError(f"This row is {row.problem}.")
        cells = self._cells(row)
        by_field = {column.field: (column, text) for column, text in cells if column.field}
        remarks: list[str] = []
        person = Subscriber(
            email=_parsed(*by_field[Field.EMAIL], addresses.normalise),
            name=_name(by_field),
            topics=_topics(by_field, offered_topics, remarks),
            attributes=_attributes(cells, remarks),
            status=_status(cells, self._everybody),
            subscribed_date=at,
            source=source,
            language=_language(by_field),
            tracked=_agrees_to_tracking(by_field, remarks),
        )
        names_topics = Field.TOPICS in by_field
        return Reading(Imported(person, row.number, _proof(by_field), names_topics), remarks)

    def address(self, row: rows.Row) -> str:
        """What a row has in the column of addresses, whatever it is; of one that cannot be read, how it begins."""
        if row.problem:
            return row.fields[0]
        at = next(at for at, column in enumerate(self._columns) if column.field is Field.EMAIL)
        return as_meant(row.fields[at]) if at < len(row.fields) else ""

    def _cells(self, row: rows.Row) -> list["_Cell"]:
        """The row's cells with their columns; a row may be shorter than the header row."""
        if any(text.strip() for text in row.fields[len(self._columns) :]):
            raise InvalidError(f"This row has {len(row.fields)} cells where the header row has {len(self._columns)}.")
        missing = [""] * (len(self._columns) - len(row.fields))
        cells = [(column, as_meant(text)) for column, text in zip(self._columns, [*row.fields, *missing], strict=False)]
        unnamed = [text for column, text in cells if not column.header and text.strip()]
        if unnamed:
            raise InvalidError(f'The column that holds "{unnamed[0][:40]}" has no name in the header row.')
        return cells


_Cell = tuple[Column, str]

_ONCE = frozenset(
    [
        *(Field.EMAIL, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME),
        *(Field.TOPICS, Field.ATTRIBUTES, Field.LANGUAGE, *_PROOF),
    ]
)
"""Fields that only one column of a file can hold. Others with such a header are attributes."""

_SILENT = frozenset({*_ONCE, Field.IGNORED})
"""Fields that say nothing about permission to email."""

_ALSO_ATTRIBUTES = (Field.PERHAPS_STATUS, Field.PERMISSION, Field.LANGUAGE)


def _columns(headers: Sequence[str], mapping: Mapping[str, str]) -> list[Column]:
    mapped = _mapped(headers, mapping)
    keys = ["" if header in mapped else key(header) for header in headers]
    first: dict[Field, str] = {column.field: "" for column in mapped.values() if column.field in _ONCE}
    for name in HEADERS:
        if name in keys:
            first.setdefault(HEADERS[name], name)
    if Field.NAME in first:
        # The whole name is the person's name; its parts become attributes.
        first = {field: name for field, name in first.items() if field not in (Field.FIRST_NAME, Field.LAST_NAME)}
    columns: list[Column] = []
    attributes = {column.attribute for column in mapped.values() if column.attribute}
    for header, name in zip(headers, keys, strict=True):
        if header in mapped:
            columns.append(mapped[header])
            continue
        field = HEADERS.get(name)
        if field in _ONCE and first.get(field) != name:
            field = None
        attribute = None
        if header and (field is None or field in _ALSO_ATTRIBUTES):
            attribute = _attribute_name(name, attributes)
        columns.append(Column(header, field, attribute))
    return columns


def _mapped(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, Column]:
    """The columns of which an administrator says what they hold. InvalidError names what cannot be."""
    by_name = {header.casefold(): header for header in headers if header}
    columns: dict[str, Column] = {}
    for name, meaning in mapping.items():
        header = by_name.get(" ".join(name.split()).casefold())
        if header is None:
            raise _unmappable(name, f'the file has no column "{name}"')
        attribute = meaning.removeprefix(ATTRIBUTE)
        if meaning.startswith(ATTRIBUTE) and fields.is_attribute_name(attribute):
            columns[header] = Column(header, None, attribute)
        elif meaning in list(Field):
            columns[header] = Column(header, Field(meaning))
        else:
            known = ", ".join((*Field, f"{ATTRIBUTE}<name>"))
            raise _unmappable(name, f'"{meaning[:40]}" is none of {known}')
    said = Counter(column.meaning for column in columns.values() if column.field in _ONCE or column.attribute)
    for meaning, times in said.items():
        if times > 1:
            raise _unmappable(meaning, f"{times} columns are to be {meaning}")
    return columns


def _unmappable(name: str, why: str) -> InvalidError:
    return InvalidError(f"columns: {why}.", details={"field": f"columns.{name[:40]}"})


def _attribute_name(name: str, taken: set[str]) -> str | None:
    """A new name for an attribute, as `fields.attributes` allows it; None if there can be none, or no more."""
    if not name or len(taken) == fields.MAX_ATTRIBUTES:
        return None
    base = (name if name[0].isalpha() else f"c_{name}")[: fields.MAX_ATTRIBUTE_NAME]
    tries = (base, *(f"{base[: fields.MAX_ATTRIBUTE_NAME - 3]}_{number}" for number in range(2, 99)))
    found = next(each for each in tries if each not in taken)
    taken.add(found)
    return found


def _parsed(column: Column, text: str, parse: Callable[[str], Any]) -> Any:
    """What a cell contains; InvalidError names its column."""
    try:
        return parse(text)
    except EmailListError as error:
        raise InvalidError(f'Column "{column.header}": {error.message}') from error


def _name(by_field: Mapping[Field, _Cell]) -> str:
    if Field.NAME in by_field:
        return _parsed(*by_field[Field.NAME], fields.name)
    parts = [by_field[field] for field in (Field.FIRST_NAME, Field.LAST_NAME) if field in by_field]
    whole = " ".join(text for _, text in parts)
    return _parsed(parts[0][0], whole, fields.name) if parts else ""


def _topics(by_field: Mapping[Field, _Cell], offered: Sequence[str], remarks: list[str]) -> list[str]:
    """The topics in a cell: an empty one means none, and a file without the column means all of them.

    A topic that the list does not offer, or no longer offers, is left out.
    """
    if Field.TOPICS not in by_field:
        return list(offered)
    _, text = by_field[Field.TOPICS]
    by_name = {fields.comparable(topic): topic for topic in offered}
    wanted = [topic.strip() for topic in text.split(TOPIC_SEPARATOR) if topic.strip()]
    unknown = [topic for topic in wanted if fields.comparable(topic) not in by_name]
    remarks += [f'There is no topic "{topic[:40]}".' for topic in unknown]
    chosen = {by_name[fields.comparable(topic)] for topic in wanted if topic not in unknown}
    return [topic for topic in offered if topic in chosen]


def _attributes(cells: Sequence[_Cell], remarks: list[str]) -> dict[str, AttributeValue]:
    given: dict[str, Any] = {}
    within: dict[str, Any] = {}
    for column, text in cells:
        if column.field is Field.ATTRIBUTES:
            within |= _renamed(_parsed(column, text, _document))
        elif column.attribute and text.strip() and not (column.field is Field.LANGUAGE and _spoken(text)):
            document = _document_or_none(text)
            if document is None:
                given[column.attribute] = text
            else:
                within |= _renamed(document)
    kept: dict[str, AttributeValue] = {}
    for name, value in (within | given).items():
        try:
            kept |= fields.attributes({name: _plain(value)})
        except InvalidError as error:
            remarks.append(f"Left out: {error.message}")
    beyond = list(kept)[fields.MAX_ATTRIBUTES :]
    remarks += [
        f"Left out, because a person can have at most {fields.MAX_ATTRIBUTES} attributes: {name}." for name in beyond
    ]
    return {name: value for name, value in kept.items() if name not in beyond}


def _language(by_field: Mapping[Field, _Cell]) -> str:
    return _spoken(by_field[Field.LANGUAGE][1]) if Field.LANGUAGE in by_field else ""


def _spoken(text: str) -> str:
    """The code of a language that the list speaks; empty for anything else."""
    code = text.strip().lower()
    return code if code in languages() else ""


def _agrees_to_tracking(by_field: Mapping[Field, _Cell], remarks: list[str]) -> bool:
    if Field.TRACKING not in by_field:
        return False
    column, text = by_field[Field.TRACKING]
    agrees = key(text) in _YES or _MOMENT.fullmatch(text.strip()) is not None
    if text.strip() and not agrees and key(text) not in _NO:
        remarks.append(f'Column "{column.header}": "{text[:40]}" does not say that tracking is allowed.')
    return agrees


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise InvalidError("This is not JSON.") from error
    if not isinstance(document, dict):
        raise InvalidError("This is not a JSON object.")
    return {name: value for name, value in document.items() if value is not None}


def _document_or_none(text: str) -> dict[str, Any] | None:
    """The object in a cell of any name, such as Keila's `Data` and Buttondown's `metadata`."""
    try:
        return _document(text) if text.lstrip().startswith("{") else None
    except InvalidError:
        return None


def _renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """An object whose names are valid for attributes. One that already is remains unchanged."""
    taken: set[str] = set()
    names = {name: name if fields.is_attribute_name(name) else _attribute_name(key(name), taken) for name in document}
    return {names[name] or name: value for name, value in document.items()}


def _plain(value: Any) -> Any:
    """A value as attributes hold it: lists and other numbers become text, as people would write them."""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(each if isinstance(each, str) else json.dumps(each) for each in value)
    if isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < fields.MAX_NUMBER):
        return value
    return json.dumps(value, ensure_ascii=False)


def _status(cells: Sequence[_Cell], everybody: Status | None) -> Status:
    """The status that the file gives the person: the most restrictive of everything it says about them."""
    said: list[Status] = [everybody] if everybody else []
    objections: list[InvalidError] = []
    for column, text in cells:
        if column.field in _SILENT:
            continue
        try:
            status = _said(column, text.strip())
        except InvalidError as objection:
            objections.append(objection)
        else:
            said += [status] if status else []
    strictest = max(said, key=consent.restrictiveness, default=Status.ACTIVE)
    if objections and consent.restrictiveness(strictest) <= consent.restrictiveness(Status.PENDING):
        raise objections[0]
    return strictest


def _said(column: Column, text: str) -> Status | None:
    """What a cell says about permission to email; None if it does not object. InvalidError for what does not allow
    it."""
    word = key(text)
    known = WORDS.get(word)
    match column.field:
        case Field.STATUS if text:
            if known is None:
                raise InvalidError(f'Column "{column.header}": "{text[:40]}" is not known to allow email.')
        case Field.UNSUBSCRIBED | Field.BOUNCED | Field.COMPLAINED:
            nothing = not text or word in _NO or word.startswith("0000_00_00") or known is Status.ACTIVE
            return None if nothing else _GONE[column.field]
        case Field.PERMISSION:
            if word in _NO:
                return Status.UNSUBSCRIBED
            if known is None and word not in _YES and not _MOMENT.fullmatch(text):
                raise InvalidError(f'Column "{column.header}": "{text[:40]}" does not say that email is allowed.')
        case None if word not in _UNMISTAKABLE:
            return None
    if known is Status.PENDING:
        raise InvalidError(
            f'Column "{column.header}": "{text[:40]}" means that this person has not agreed to be emailed.'
        )
    return known


def _proof(by_field: Mapping[Field, _Cell]) -> dict[str, str]:
    """When, where and how the person agreed according to the file, in its words."""
    texts = {name: " ".join(by_field[field][1].split()) for field, name in _PROOF.items() if field in by_field}
    return {name: text[:MAX_PROOF] for name, text in texts.items() if text}
