"""The shapes of what the API takes and returns, as JSON schemas (OpenAPI 3.1, JSON Schema 2020-12).

Bounds and words come from the code that enforces them.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from contract import SCOPES
from email_list import addresses, fields
from email_list.campaigns import campaign, engagement
from email_list.campaigns.campaign import ReasonCode
from email_list.campaigns.choosing import MAX_TOPIC, MAX_TOPICS
from email_list.campaigns.clicks import MAX_LINKS
from email_list.campaigns.feedback import Mark, Results
from email_list.campaigns.findings import CODES as FINDING_CODES
from email_list.campaigns.findings import Severity
from email_list.campaigns.ledger import Outcome
from email_list.deliverability import states
from email_list.feeds.entries import MAX_ADDRESS, MAX_ENTRIES
from email_list.feeds.feed import LAST_DAY, MAX_ITEMS, WEEKDAYS, Every, Mode, State
from email_list.feeds.feed import Status as FeedStatus
from email_list.feeds.problem import Trouble
from email_list.figures.analytics import MAX_CAMPAIGNS, MAX_DAYS
from email_list.figures.results import Counts
from email_list.http import OPERATOR
from email_list.mail.warnings import CODES as WARNING_CODES
from email_list.pages import HONEYPOT_FIELD
from email_list.people import known
from email_list.people.brake import Cause
from email_list.people.captcha import TURNSTILE_FIELD
from email_list.people.comparisons import COMPARISONS
from email_list.people.comparisons import MAX_DAYS as MAX_DAYS_BACK
from email_list.people.filters import MAX_DEPTH, MAX_LEAVES, Reach
from email_list.people.jobs import IMPORT_FLAGS, IMPORT_MODES, OUTCOMES
from email_list.people.known import MAX_VALUES
from email_list.people.segments import MAX_ID, SAMPLE
from email_list.people.subscribers import Status
from email_list.pictures import pictures
from email_list.sequences import sequence
from email_list.sequences.places import Group
from email_list.words import languages

Schema = dict[str, Any]

ERROR_CODES: Mapping[str, str] = {
    "malformed": "The request cannot be read: not JSON, not UTF-8, not an object.",
    "invalid": "A value is out of bounds; `details.field` names it.",
    "invalid_address": "Emails cannot be sent to this address.",
    "invalid_cursor": "The cursor does not come from this listing.",
    "invalid_link": "The link was altered, cut off, or made for another purpose.",
    "expired_link": "The link is genuine but has expired.",
    "invalid_template": "The content cannot be rendered; `details` gives part, line and column.",
    "not_found": "There is nothing at this path.",
    "unreadable_feed": "The feed cannot be read; the message says why, and `details.reason` for programs.",
    "not_public": "No public campaign is at this address, or no longer.",
    "method_not_allowed": "The path does not support this method; the header `allow` names those it does.",
    "conflict": "The request conflicts with the current state.",
    "already_subscribed": "The address is already on the list.",
    "erased": "The person asked to be erased; only they themselves can come back.",
    "acknowledgement_required": "Add `acknowledge` with the current status, to confirm that you know it.",
    "illegal_move": "The campaign's status does not allow this; `details.status` names it.",
    "idempotency_key_reused": "The key was already used for another campaign; `details.campaign_id` names it.",
    "read_only": "The template ships with the product and cannot be changed.",
    "picture_in_use": "A draft, template, campaign or sequence shows the picture; `details` has its `kind` and `id`.",
    "version_conflict": "Someone else has changed it since you read it; `details.version` is the newer version, and "
    "for a draft `details.draft` is what it contains.",
    "too_large": "The request has too many bytes.",
    "too_many_requests": "Slow down; the message says for how long.",
    "address_in_name": "A name must not contain an email or web address.",
    "unsupported_media_type": "The body is neither a form nor declared as JSON.",
    "expired_data_link": "The link to one's data has been used, or has expired.",
    "captcha_required": "The captcha's answer is missing.",
    "captcha_failed": "The captcha was not passed.",
    "captcha_unavailable": "The captcha service cannot be reached.",
    "internal": "Unexpected error; `details.request_id` finds it in the logs.",
}
"""Every `error.code` that exists, and what it means."""


def text(longest: int | None = None, **more: Any) -> Schema:
    return {"type": "string", **({"maxLength": longest} if longest else {}), **more}


def word(words: Any, **more: Any) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": [str(each) for each in words], **more}


def list_of(items: Schema, most: int | None = None, least: int | None = None, **more: Any) -> Schema:
    bounds = {"maxItems": most, "minItems": least}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"type": "array", "items": items, **known, **more}


def obj(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object with these properties and no others."""
    properties = {**required, **(optional or {})}
    schema = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**schema, "required": list(required)} if required else schema


def map_of(values: Schema, **more: Any) -> Schema:
    """An object whose names are free."""
    return {"type": "object", "additionalProperties": values, **more}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
MOMENT = text(format="date-time")
ADDRESS = text(addresses.MAX_LENGTH, description="An email address. The part before the @ is ASCII.")
CURSOR = or_null(text(description="Continues the listing; null at the end."))
_DATE = text(format="date")
SOME_OBJECT: Schema = {"type": "object"}

_ATTRIBUTE_VALUE: Schema = {
    "anyOf": [text(fields.MAX_ATTRIBUTE_VALUE), {"type": "integer"}, FLAG],
}
_ATTRIBUTES = map_of(
    _ATTRIBUTE_VALUE,
    maxProperties=fields.MAX_ATTRIBUTES,
    propertyNames={"pattern": "^[a-z][a-z0-9_]{0,31}$"},
)
_TOPICS = list_of(text(), description="From those that the list offers; an empty list means none.")

_PERSON: dict[str, Schema] = {
    "id": text(description="Identifies the person in /subscribers/by-id/{id}, whatever their address."),
    "email": text(),
    "status": word(Status),
    "subscribed_date": text(),
    "name": text(),
    "topics": _TOPICS,
    "attributes": map_of(_ATTRIBUTE_VALUE),
    "source": text(),
}

_PERHAPS_KNOWN: dict[str, Schema] = {
    "language": text(description="The language of the form that they used."),
    "opened_on": text(format="date", description="The last day on which they opened an email, if that is tracked."),
    "clicked_on": text(format="date", description="The last day on which they clicked a link in one."),
    "tracked": {**FLAG, "description": "They agreed to their opens and clicks being known."},
}

_NEW_PERSON: dict[str, Schema] = {
    "name": or_null(text(fields.MAX_NAME)),
    "topics": _TOPICS,
    "attributes": or_null(ref("Attributes")),
    "source": or_null(text()),
}

_CONTENT: dict[str, Schema] = {
    "subject": text(description="Required, unless the template has one."),
    "body": text(description="Markdown."),
    "html": text(),
    "text": or_null(text(description="With html: the text part; generated from the HTML if it is missing.")),
    "message": text(description="Plain text, placed under a greeting."),
    "template": text(description="The name of a template."),
    "values": or_null({**SOME_OBJECT, "description": "Values for the template."}),
    "defaults": or_null(map_of(text(), description='Such as {"attributes.city": "your city"}.')),
    "preheader": or_null(text()),
    "language": or_null(word(languages())),
}
"""What a letter is made of: exactly one of body, html, message and template."""

_AUDIENCE = obj(
    {},
    {
        "topics": or_null(list_of(text(MAX_TOPIC, minLength=1), MAX_TOPICS)),
        "attributes": or_null(ref("Attributes")),
        "filter": or_null(ref("Filter")),
        "segment": or_null(
            text(
                MAX_ID,
                description="The id of a saved filter, which is copied; beside a filter, only a note.",
            )
        ),
    },
)

_ONE_VALUE: Schema = {"anyOf": [text(fields.MAX_ATTRIBUTE_VALUE), {"type": "number"}, FLAG]}
_CONDITIONS: Mapping[str, Schema] = {
    "all": list_of(ref("Filter"), least=1),
    "any": list_of(ref("Filter"), least=1),
    "not": ref("Filter"),
    "topic": text(fields.MAX_ATTRIBUTE_VALUE, minLength=1),
    "source": text(fields.MAX_ATTRIBUTE_VALUE, minLength=1),
    "language": text(fields.MAX_ATTRIBUTE_VALUE, minLength=1),
    "joined": obj(
        {},
        {word: {"type": "integer", "minimum": 1, "maximum": MAX_DAYS_BACK} for word in ("within_days", "before_days")}
        | {word: text(description="A date, or a moment.") for word in ("after", "before")},
        minProperties=1,
    ),
    **{
        reach.value: obj({}, {"campaign": text(), "within_days": {"type": "integer", "minimum": 1}}, minProperties=1)
        for reach in Reach
    },
}
_FILTER: Schema = {
    "anyOf": [
        *(obj({name: schema}) for name, schema in _CONDITIONS.items()),
        obj(
            {"attribute": text(fields.MAX_ATTRIBUTE_NAME)},
            {name: FLAG if name == "known" else _ONE_VALUE for name in COMPARISONS},
            minProperties=2,
            maxProperties=2,
        ),
    ],
    "description": f"A tree of conditions on people: at most {MAX_DEPTH} nested, and {MAX_LEAVES} in all. "
    "docs/segments.md says what each means.",
}

_OCCURRING = obj({"value": _ONE_VALUE, "people": COUNT})

_SEGMENT: dict[str, Schema] = {"name": text(fields.MAX_NAME, minLength=1), "filter": ref("Filter")}

_SEQUENCE: dict[str, Schema] = {
    "name": text(fields.MAX_NAME, minLength=1),
    "trigger": obj(
        {"on": word(sequence.On, description="What makes a person enter; docs/sequences.md says what each means.")},
        {"topic": text(sequence.MAX_TOPIC, description="With topic: the one that they choose.")},
        description="What makes a person enter.",
    ),
    "steps": list_of(ref("Step"), sequence.MAX_STEPS, 1, description="The emails, in their order."),
}
_SEQUENCE_FILTERS: dict[str, Schema] = {
    "filter": {**or_null(ref("Filter")), "description": "Who may enter; null means everybody."},
    "exit": {**or_null(ref("Filter")), "description": "Who leaves before their next email; null means nobody."},
}
_SEQUENCE_SUMMARY: dict[str, Schema] = {
    "id": text(),
    "name": text(),
    "status": word(list(sequence.Status)[:-1], description="draft until it is activated for the first time."),
    "trigger": _SEQUENCE["trigger"],
    **_SEQUENCE_FILTERS,
    "subjects": list_of(text()),
    "reason": or_null(obj({"code": word(ReasonCode), "message": text()})),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "counts": obj(
        {
            "entered": {**COUNT, "description": "People who ever entered: all of the others together."},
            "inside": {**COUNT, "description": "People who wait for an email."},
            "finished": {**COUNT, "description": "People who are through."},
            "left": {**COUNT, "description": "People who are not on the list any more, or whom the exit let out."},
        },
        description="People by where they are.",
    ),
}
_WRITTEN = (*_SEQUENCE, *_SEQUENCE_FILTERS)
_RESULTS_OF_STEPS = list_of(
    obj(
        {
            "step": {"type": "integer", "minimum": 1, "description": "The step, from 1."},
            "inside": {**COUNT, "description": "People who wait for this email."},
            "left": {**COUNT, "description": "People who left before they got it."},
            **dict.fromkeys(("sent", "failed", "unknown", "delivered", "opened", "clicked"), COUNT),
            **dict.fromkeys(("bounced", "complained", "unsubscribed"), COUNT),
        }
    ),
    description="The figures of each step, whatever its letter was; none before the first activation.",
)
_SHOWN_SEQUENCE: dict[str, Schema] = {
    **_SEQUENCE_SUMMARY,
    "steps": _SEQUENCE["steps"],
    "results": _RESULTS_OF_STEPS,
}

IMPORT_OPTIONS: dict[str, Schema] = {
    "mode": word(IMPORT_MODES, description="update: also change names, topics and attributes of active people."),
    "dry_run": {**FLAG, "description": "Store nobody; report what would happen, and show the first rows."},
    "columns": map_of(
        text(), description='What columns contain: a field, or attributes.<name>, such as {"Mail": "email"}.'
    ),
    "status": word(("unsubscribed", "bounced", "complained"), description="The status of everybody in the file."),
    "name": text(200, description="The file's name, to find the import by."),
}
_IMPORT: dict[str, Schema] = {
    "id": text(),
    "status": word(("waiting", "running", "done", "failed")),
    "name": text(),
    "mode": word(IMPORT_MODES),
    "dry_run": FLAG,
    "created_at": MOMENT,
    "rows": COUNT,
    **dict.fromkeys((*OUTCOMES, *IMPORT_FLAGS), COUNT),
    "columns": map_of(
        text(),
        description="What each column of the file is read as, by its header: a field, attributes.<name>, or ignored.",
    ),
    "preview": list_of(
        obj({"row": COUNT, "outcome": word(OUTCOMES), "reason": text(), "person": SOME_OBJECT}),
        description="In a dry run: the first rows, and the people as they would be stored.",
    ),
    "finished_at": or_null(MOMENT),
    "reason": or_null(text()),
    "report_url": or_null(
        text(
            description="A CSV file of the rows that were not added, or only in part, and why. The link is valid for "
            "an hour, the file is kept for a day."
        )
    ),
}

_TEMPLATE_SUMMARY: dict[str, Schema] = {
    "name": text(),
    "subject": text(),
    "description": text(),
    "version": COUNT,
    "updated_at": or_null(MOMENT),
    "starter": {**FLAG, "description": "Ships with the product; it cannot be changed, only saved under a new name."},
}
_VARIABLES = list_of(
    obj({"name": text(), "required": FLAG, "format": word(("text", "markdown", "address"))}),
    description="What a campaign must supply besides its readers' values; in a name, `*` stands for the elements of a "
    "list.",
)

_TEMPLATE: dict[str, Schema] = {
    **_TEMPLATE_SUMMARY,
    "html": text(),
    "text": or_null(text()),
    "preheader": text(),
    "language": text(),
    "defaults": map_of(text()),
    "sample": SOME_OBJECT,
    "variables": _VARIABLES,
}

_FEED_CHOICES: dict[str, Schema] = {
    "template": text(60, description="The template of its issues, which has `items`; digest unless you name another."),
    "segment": or_null(text(MAX_ID, description="Who gets them; null means everybody.")),
    "mode": word(Mode, description="What is made of new entries: a draft that waits for an editor, or a campaign."),
}

_FEED: dict[str, Schema] = {
    "id": text(),
    "url": text(MAX_ADDRESS, description="RSS, Atom or JSON Feed."),
    "cadence": ref("Cadence"),
    **_FEED_CHOICES,
    "status": word(FeedStatus, description="Paused: it is not looked at."),
    "title": text(description="As the feed says."),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "looked_at": or_null(MOMENT),
    "problem": or_null(obj({"code": word(Trouble), "message": text()})),
}

_CAMPAIGN: dict[str, Schema] = {
    "id": text(),
    "status": word(campaign.Status),
    "subject": text(),
    "audience": obj(
        {"topics": list_of(text()), "attributes": map_of(_ATTRIBUTE_VALUE)},
        {
            "filter": {**ref("Filter"), "description": "A copy from when the campaign was created."},
            "segment": text(description="The saved filter that it was copied from."),
        },
    ),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "schedule_at": or_null(MOMENT),
    "started_at": or_null(MOMENT),
    "finished_at": or_null(MOMENT),
    "reason": or_null(obj({"code": word(ReasonCode), "message": text()})),
    "resume_at": or_null(MOMENT),
    "planning_complete": FLAG,
    "archived": FLAG,
    "public": FLAG,
    "web_url": or_null(text(description="Where the web version is; null if it is not public.")),
    "tracked": COUNT,
    "counts": obj(dict.fromkeys(("planned", "sent", "failed", "skipped", "unknown", "pending"), COUNT)),
}


_SOURCE: dict[str, Schema] = {"letter": or_null(ref("Letter"))}


_DIGEST = text(pattern="^[0-9a-f]{64}$", description="The SHA-256 of the file, in hexadecimal digits.")
_PICTURE = {
    "type": word(pictures.TYPES, description="The media type of the file."),
    "size": {"type": "integer", "minimum": 1, "maximum": pictures.MAX_SIZE, "description": "The file's bytes."},
    "sha256": _DIGEST,
}
_PICTURE_URL = "The address to put into letters: readers get the picture there once it is `ready`."


def _readers(unit: str, most: int) -> Schema:
    number = {"type": "integer", "minimum": 1, "maximum": most}
    return obj({unit: number, **dict.fromkeys(engagement.COUNTED, COUNT)})


_RENDERED: dict[str, Schema] = {"subject": text(), "html": text(), "text": text()}
_NAMES = list_of(text())
_WARNING: dict[str, Schema] = {
    "code": word(WARNING_CODES),
    "message": text(description="For people."),
    "part": text(description="`subject`, `body`, `html`, `text`, or the name of a value."),
    "line": or_null({**COUNT, "description": "From 1; null if it concerns the whole part."}),
}
_WARNINGS: dict[str, Schema] = {"warnings": list_of(ref("Warning"))}

_DRAFT: dict[str, Schema] = {
    "title": or_null(text(fields.MAX_SUBJECT, description="What editors call it; readers never see it.")),
    "letter": or_null(ref("Letter")),
    "audience": or_null(ref("Audience")),
}
_SHOWN_DRAFT: dict[str, Schema] = {
    "id": text(),
    **_DRAFT,
    "version": {**COUNT, "description": "Counts the changes from 1; the header ETag has it in quotes."},
    "updated_at": MOMENT,
}


def _event(types: Sequence[str], data: Schema) -> Schema:
    """What a webhook's receiver is told."""
    return obj({"id": text(), "type": word(types, description="What happened."), "timestamp": MOMENT, "data": data})


_ACCOUNT: Mapping[str, Schema] = {
    "in_sandbox": FLAG,
    "sending_enabled": FLAG,
    "enforcement_status": text(),
    "rate_per_second": {"type": "number"},
    "daily_quota": or_null({"type": "number"}),
    "sent_last_24_hours": {"type": "number"},
}


def _stated(known: Any) -> dict[str, Schema]:
    """What is said of a part of a check-up, for programs and for people."""
    return {"state": word(known, description="The verdict, for programs."), "message": text()}


SCHEMAS: Mapping[str, Schema] = {
    "SubscriberEvent": _event(
        [f"subscriber.{what}" for what in ("subscribed", "confirmed", "unsubscribed", "bounced", "complained")],
        obj({name: _PERSON[name] for name in ("email", "status", "name", "topics", "source")}),
    ),
    "ErasureEvent": _event(["subscriber.erased"], obj({name: _PERSON[name] for name in ("id", "email")})),
    "CampaignEvent": _event(
        ["campaign.finished"],
        obj({**{name: _CAMPAIGN[name] for name in ("id", "status", "subject", "finished_at")}, "planned": COUNT}),
    ),
    "SequenceEvent": _event(
        ["sequence.finished"],
        obj(
            {
                "id": text(description="The sequence."),
                "email": text(),
                "entered_at": {**MOMENT, "description": "When they entered."},
                "finished_at": {**MOMENT, "description": "When they got the last email."},
            }
        ),
    ),
    "Error": obj(
        {
            "error": obj(
                {"code": word(ERROR_CODES), "message": text(description="For people.")},
                {"details": SOME_OBJECT},
            )
        },
        description="\n".join(f"- `{code}`: {meaning}" for code, meaning in ERROR_CODES.items()),
    ),
    "Warning": obj(
        _WARNING,
        description="What an author should know about a letter; it never stops a campaign."
        + "\n".join(f"- `{code}`: {meaning}" for code, meaning in WARNING_CODES.items()),
    ),
    "Refusal": obj({"message": text()}, description="What API Gateway itself answers."),
    "Message": obj({"message": text()}, {"email": text()}),
    "Attributes": _ATTRIBUTES,
    "Audience": _AUDIENCE,
    "SignUp": obj(
        {"email": ADDRESS},
        {
            **_NEW_PERSON,
            "tracking": {
                "anyOf": [FLAG, text()],
                "description": "Whether the person agrees to their opens and clicks being known, if the list asks.",
            },
            "language": text(description="The language of the form, and so of the confirmation email."),
            HONEYPOT_FIELD: {"description": "Must be empty: the form hides it from people."},
            TURNSTILE_FIELD: {"description": "The captcha's answer, if the list uses a captcha."},
        },
    ),
    "NewSubscriber": obj({"email": ADDRESS}, _NEW_PERSON),
    "Subscriber": obj(_PERSON, _PERHAPS_KNOWN),
    "SubscriberRecord": {
        **obj(_PERSON, {"consent": SOME_OBJECT, "history": list_of(SOME_OBJECT)}),
        "additionalProperties": True,
        "description": (
            "Everything that is stored about a person: where and when they consented, and what has happened since."
        ),
    },
    "SubscriberChanges": obj(
        {},
        {
            "name": or_null(text(fields.MAX_NAME)),
            "topics": _TOPICS,
            "attributes": or_null(ref("Attributes")),
            "status": word((Status.UNSUBSCRIBED, Status.ACTIVE)),
            "acknowledge": word(Status),
        },
    ),
    "SubscriberPage": obj({"subscribers": list_of(ref("Subscriber")), "cursor": CURSOR}),
    "Import": obj(_IMPORT),
    "ImportOptions": obj({}, IMPORT_OPTIONS),
    "Upload": obj({**_IMPORT, "upload_url": text(description="Accepts the file by PUT, for an hour.")}),
    "ImportList": obj({"imports": list_of(ref("Import"))}),
    "Export": obj(
        {
            "id": text(),
            "status": word(("running", "done", "failed")),
            "created_at": MOMENT,
            "rows": COUNT,
            "finished_at": or_null(MOMENT),
            "url": or_null(
                text(description="Downloads the CSV file: the link is valid for an hour, the file is kept for a day.")
            ),
        }
    ),
    "ExportRequest": obj(
        {}, {"status": or_null(word(Status)), "filter": or_null(ref("Filter")), "segment": or_null(text(MAX_ID))}
    ),
    "Filter": _FILTER,
    "Segment": obj({"id": text(), **_SEGMENT, "created_at": MOMENT, "updated_at": MOMENT}),
    "SegmentRequest": obj(_SEGMENT),
    "SegmentReplacement": obj(
        _SEGMENT,
        # What GET gives can be sent back as it is.
        {name: {} for name in ("id", "created_at", "updated_at")},
    ),
    "KnownFields": obj(
        {
            "people": {**COUNT, "description": "How many people were looked at: those who joined first."},
            "exact": {**FLAG, "description": "Whether these were all active people."},
            **dict.fromkeys(("topics", "sources", "languages"), list_of(_OCCURRING, MAX_VALUES)),
            "attributes": list_of(
                obj(
                    {
                        "name": text(),
                        "type": word(known.Type),
                        "people": COUNT,
                        "values": list_of(_OCCURRING, MAX_VALUES, description="Those that most people have."),
                    }
                )
            ),
        }
    ),
    "PictureRequest": obj(_PICTURE),
    "PictureUpload": obj(
        {
            "id": _DIGEST,
            "upload": obj(
                {
                    "url": text(description="Where the form goes."),
                    "fields": map_of(text(), description="Its fields, before `file`, which is the last one."),
                },
                description="A form (multipart/form-data, POST) that uploads exactly this picture, for an hour.",
            ),
            "url": text(description=_PICTURE_URL),
        }
    ),
    "Picture": obj(
        {
            "id": _DIGEST,
            "status": word(pictures.Status, description="`waiting` until the upload is there and prepared."),
            "reason": or_null(obj({"code": word(pictures.Fault), "message": text()})),
            "type": _PICTURE["type"],
            "size": _PICTURE["size"],
            **dict.fromkeys(("width", "height"), or_null({**COUNT, "description": "Pixels of what readers get."})),
            "url": text(description=_PICTURE_URL),
            "created_at": MOMENT,
        }
    ),
    "Cadence": obj(
        {
            "every": word(Every),
            "at": text(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A time of day."),
        },
        {
            "on": {
                "anyOf": [word(WEEKDAYS), {"type": "integer", "minimum": 1, "maximum": LAST_DAY}],
                "description": "The day of a week, or of a month.",
            },
            "time_zone": or_null(text(description="A name such as Europe/Berlin; null means the list's.")),
        },
    ),
    "Feed": obj(_FEED),
    "FeedRecord": obj({**_FEED, "items": list_of(ref("FeedItem"), MAX_ITEMS)}),
    "FeedItem": obj(
        {
            "title": text(),
            "url": text(description="Empty if it has none, or a very long one."),
            "state": word(State, description="Seen: it was there before the feed was added. Taken: it is in an issue."),
            "issue": or_null(text(description="What was made of it.")),
        }
    ),
    "FeedPage": obj({"feeds": list_of(ref("Feed")), "cursor": CURSOR}),
    "FeedRequest": obj({name: _FEED[name] for name in ("url", "cadence")}, _FEED_CHOICES),
    "FeedReplacement": obj(
        {name: _FEED[name] for name in ("url", "cadence")},
        # What GET gives can be sent back as it is.
        {**_FEED_CHOICES, **{name: {} for name in (*_FEED, "items") if name not in ("url", "cadence", *_FEED_CHOICES)}},
    ),
    "FeedPreview": obj(
        {
            "title": text(),
            "entries": list_of(
                obj(
                    {
                        **{name: text() for name in ("key", "title", "url", "text", "image_url")},
                        "date": text(description="When it was published; empty if that is not known."),
                    }
                ),
                MAX_ENTRIES,
            ),
            "letter": {**ref("Letter"), "description": "For `/drafts/preview`, or to send."},
        }
    ),
    "SegmentPage": obj({"segments": list_of(ref("Segment")), "cursor": CURSOR}),
    "SegmentCountRequest": obj({}, {"filter": or_null(ref("Filter")), "segment": or_null(text(MAX_ID))}),
    "SegmentCount": obj(
        {
            "count": COUNT,
            "exact": {
                **FLAG,
                "description": "False if there was no time to look at everybody: then the count is a minimum.",
            },
            "sample": list_of(ref("Subscriber"), SAMPLE),
        }
    ),
    "Step": obj(
        {"letter": ref("Letter")},
        {
            "wait": obj(
                {},
                {
                    name: {"type": "integer", "minimum": 0, "maximum": most, "description": words}
                    for name, most, words in (
                        ("days", sequence.MAX_DAYS, "Days of the calendar."),
                        ("hours", sequence.MAX_HOURS, "Hours."),
                        ("minutes", sequence.MAX_MINUTES, "Minutes."),
                    )
                },
                description="How long to wait, from entering or from the email before; none if it is left out.",
            ),
            "at": or_null(text(5, description="The time of day to wait for, such as 09:00, in the list's time zone.")),
        },
    ),
    "Sequence": obj(_SHOWN_SEQUENCE),
    "WrittenSequence": obj(
        {
            **_SHOWN_SEQUENCE,
            "warnings": list_of(obj({"step": {**COUNT, "description": "Whose letter it is about."}, **_WARNING})),
        }
    ),
    "SequenceSummary": obj(_SEQUENCE_SUMMARY),
    "SequenceRequest": obj(_SEQUENCE, _SEQUENCE_FILTERS),
    "SequenceReplacement": obj(
        _SEQUENCE,
        # What GET gives can be sent back as it is.
        {**_SEQUENCE_FILTERS, **{name: {} for name in (*_SEQUENCE_SUMMARY, "results") if name not in _WRITTEN}},
    ),
    "SequencePage": obj(
        {"sequences": list_of(ref("SequenceSummary"), description="One page of sequences."), "cursor": CURSOR}
    ),
    "SequencePeople": obj(
        {
            "people": list_of(
                obj(
                    {
                        "email": text(),
                        "group": word(Group, description="Whether they are still inside."),
                        "step": {"type": "integer", "minimum": 1, "description": "The email that comes next, from 1."},
                        "entered_at": {**MOMENT, "description": "When they entered."},
                        "due_at": {**or_null(MOMENT), "description": "When their next email is due; null if none is."},
                        "ended_at": {**or_null(MOMENT), "description": "When they finished or left."},
                        "reason": or_null(text(description="Why they left.")),
                    }
                ),
                description="One page of people.",
            ),
            "cursor": CURSOR,
        }
    ),
    "CampaignRequest": obj(
        {},
        {
            **_CONTENT,
            "draft": or_null(text(description="Instead of a letter: the id of a draft, which is then deleted.")),
            "audience": or_null(ref("Audience")),
            "schedule_at": or_null(MOMENT),
            "hold": {**FLAG, "description": "Send nothing until the campaign is resumed, so that it can be tested."},
            "public": {**FLAG, "description": "Let everybody read its web version. Needs an archive."},
        },
    ),
    "Campaign": obj(_CAMPAIGN),
    "Preflight": obj(
        {
            "ready": {**FLAG, "description": "Whether it can be sent, that is, no finding is an error."},
            "findings": list_of(ref("Finding")),
            **_WARNINGS,
            "people": or_null({**COUNT, "description": "People in the audience right now."}),
            "exact": or_null({**FLAG, "description": "Whether there was time to count everybody."}),
            "starts_at": MOMENT,
            "estimated_end": {**MOMENT, "description": "At the current rate, and within the account's quota."},
            "rate_per_second": {"type": "number"},
            "price": or_null(
                obj(
                    {"least": {"type": "number"}, "most": {"type": "number"}},
                    description="Dollars that SES charges: in older accounts, and in those created since July 2026.",
                )
            ),
        }
    ),
    "Finding": obj(
        {
            "severity": word(
                Severity, description="An error keeps the newsletter from being sent; a warning never does."
            ),
            "code": text(),
            "message": text(description="For people."),
            "part": text(description="The letter's part, as in its warnings, or a field of the request."),
            "line": or_null({**COUNT, "description": "From 1; null if it concerns the whole part."}),
        },
        description="The codes are those of errors and of warnings about letters, and:\n"
        + "\n".join(f"- `{code}`: {meaning}" for code, meaning in FINDING_CODES.items()),
    ),
    "CampaignChanges": obj(
        {},
        {
            "letter": ref("Letter"),
            "audience": or_null(ref("Audience")),
            "schedule_at": or_null(MOMENT),
            "archived": {
                **FLAG,
                "description": "Whether a finished campaign is hidden from the list. Must be the only field.",
            },
            "public": {
                **FLAG,
                "description": "Whether everybody may read its web version, at any time. Must be the only field.",
            },
        },
    ),
    "WrittenCampaign": obj({**_CAMPAIGN, **_SOURCE, **_WARNINGS}),
    "RunningCampaign": obj(
        {
            **_CAMPAIGN,
            **_SOURCE,
            "rate_per_second": or_null({"type": "number"}),
            "estimated_end": or_null(MOMENT),
            "results": obj(
                {
                    **{result.name: COUNT for result in dataclasses.fields(Results)},
                    "links": list_of(ref("LinkClicks"), MAX_LINKS + 1),
                }
            ),
            "rates": {
                **ref("ResultRates"),
                "description": "Opens, clicks and unsubscribes are shares of the delivered emails.",
            },
            "engagement": obj(
                {
                    "hours": list_of(_readers("hour", engagement.HOURS), engagement.HOURS),
                    "days": list_of(_readers("day", engagement.DAYS), engagement.DAYS),
                },
                description="Readers by the time between sending and their first open and first click: by the hour of"
                " the first day, and by the day; later ones count on the last day. Machines are not "
                "counted.",
            ),
        }
    ),
    "LinkClicks": obj(
        {
            "url": or_null(
                text(description="As in the letter, with … for a reader's value; null for all other links together.")
            ),
            "clicked": {**COUNT, "description": "Readers who clicked it, not counting machines."},
        }
    ),
    "CampaignPage": obj({"campaigns": list_of(ref("Campaign")), "cursor": CURSOR}),
    "RecipientPage": obj(
        {
            "recipients": list_of(
                obj(
                    {
                        "email": text(),
                        "outcome": word(outcome.name.lower() for outcome in Outcome),
                        "feedback": list_of(word(Mark)),
                    },
                    {"reason": text()},
                )
            ),
            "cursor": CURSOR,
        }
    ),
    "Analytics": obj(
        {
            "from": _DATE,
            "to": _DATE,
            "totals": obj({status.value: COUNT for status in Status}),
            "growth": obj(
                {
                    **dict.fromkeys(("requested", "joined", "left"), COUNT),
                    "net": {"type": "integer"},
                    "joined_by_source": map_of(COUNT),
                    "left_by_reason": map_of(COUNT),
                }
            ),
            "days": list_of(ref("AnalyticsDay"), MAX_DAYS),
            "engagement": obj({"campaigns": COUNT, "counts": ref("ResultCounts"), "rates": ref("ResultRates")}),
            "campaigns": list_of(ref("CampaignResult"), MAX_CAMPAIGNS),
        }
    ),
    "AnalyticsDay": obj(
        {
            "date": _DATE,
            **dict.fromkeys(("requested", "joined", "left"), COUNT),
            "net": {"type": "integer"},
            "active": {"type": "integer", "description": "People on the list at the end of the day."},
        }
    ),
    "CampaignResult": obj(
        {
            "id": text(),
            "subject": text(),
            "status": word(campaign.Status),
            "started_at": MOMENT,
            "counts": ref("ResultCounts"),
            "rates": ref("ResultRates"),
        }
    ),
    "ResultCounts": obj({each.name: COUNT for each in dataclasses.fields(Counts)}),
    "ResultRates": obj({name: or_null({"type": "number", "minimum": 0}) for name in Counts().rates}),
    "TemplateSource": obj(
        {"subject": text(fields.MAX_SUBJECT), "html": text()},
        {
            "text": or_null(text()),
            "preheader": or_null(text()),
            "language": or_null(word(languages())),
            "description": or_null(text()),
            "defaults": or_null(map_of(text())),
            "sample": or_null(SOME_OBJECT),
            "version": or_null({**COUNT, "description": "The version that this replaces, as with If-Match."}),
            # What GET returns can be sent back unchanged.
            **{name: {} for name in ("name", "updated_at", "starter", "variables")},
        },
    ),
    "Template": obj(_TEMPLATE),
    "SavedTemplate": obj({**_TEMPLATE, **_WARNINGS}),
    "TemplatePage": obj({"templates": list_of(obj(_TEMPLATE_SUMMARY)), "cursor": CURSOR}),
    "Letter": obj(
        {},
        {**_CONTENT, **{name: or_null(_CONTENT[name]) for name in ("subject", "body", "html", "message", "template")}},
        description="What an author wrote: exactly one of body, html, message and template, once it is finished.",
    ),
    "DraftSource": obj({}, _DRAFT),
    "Draft": obj(_SHOWN_DRAFT),
    "SavedDraft": obj({**_SHOWN_DRAFT, **_WARNINGS}),
    "DraftPage": obj({"drafts": list_of(ref("Draft")), "cursor": CURSOR}),
    "DraftRequest": obj({}, {**_CONTENT, "audience": or_null(SOME_OBJECT)}),
    "DraftPreview": obj(
        {**_RENDERED, "preheader": text(), "used": _NAMES, "missing": _NAMES, "variables": _VARIABLES, **_WARNINGS}
    ),
    "DraftTest": obj(
        {"to": list_of(ADDRESS, addresses.MAX_TEST_ADDRESSES, 1)}, {**_CONTENT, "audience": or_null(SOME_OBJECT)}
    ),
    "DraftSentTo": obj({"sent_to": list_of(text()), **_WARNINGS}),
    "AudienceRequest": obj({}, {"audience": or_null(ref("Audience"))}),
    "AudienceSize": obj({"people": COUNT, "exact": FLAG}),
    "Deliverability": obj(
        {
            "checked_at": MOMENT,
            "next": obj({"code": word(states.NEXT), "message": text()}),
            "sender": obj(
                {
                    "identity": text(),
                    "domain": text(),
                    "verified": FLAG,
                    "dkim": text(),
                    "mail_from": or_null(text()),
                    **_stated(states.SENDER_STATES),
                }
            ),
            "records": list_of(ref("DnsRecord")),
            "account": or_null(obj({**_ACCOUNT, **_stated(states.ACCOUNT_STATES)})),
            "recommendations": list_of(
                obj(
                    {
                        "type": text(description="What it is about, such as DMARC."),
                        "impact": text(description="`high` or `low`."),
                        "resource": text(),
                        "description": text(description="The recommendation, in Amazon SES's words."),
                        "since": MOMENT,
                    }
                )
            ),
            "campaigns": list_of(
                obj(
                    {
                        "id": text(),
                        "subject": text(),
                        "started_at": MOMENT,
                        "sent": {**COUNT, "description": "Emails sent."},
                        **dict.fromkeys(("bounce_rate", "complaint_rate"), or_null({"type": "number", "minimum": 0})),
                        **_stated(states.CAMPAIGN_STATES),
                    }
                )
            ),
            "gmail": or_null(
                obj(
                    {
                        "days": list_of(obj({"date": _DATE, "spam_rate": {"type": "number", "minimum": 0}})),
                        **_stated(states.GMAIL_STATES),
                    }
                )
            ),
            "warm_up": or_null(
                obj(
                    {
                        "day": {**COUNT, "description": "Which day of the warm-up it is, from 1."},
                        "room": COUNT,
                        "sent": {**COUNT, "description": "Emails of today."},
                        "subscribers": {**COUNT, "description": "Active people."},
                        "covers_on": _DATE,
                        "message": text(),
                    }
                )
            ),
            "limits": map_of({"type": "number"}),
            "problems": list_of(obj({"part": word(states.PARTS, description="What failed."), "message": text()})),
        }
    ),
    "DnsRecord": obj(
        {
            "code": word(states.Code, description="What the record is for, for programs."),
            "purpose": text(),
            "name": text(),
            "type": text(),
            "value": or_null(text(description="What to enter; null if only the domain's owner can know it.")),
            "found": list_of(text()),
            "policy": or_null(word(states.POLICIES)),
            "broken_since": or_null(MOMENT),
            **_stated(states.State),
        }
    ),
    "Settings": obj(
        {
            "list": obj(
                {
                    "name": text(),
                    "postal_address": text(),
                    "sender": text(),
                    "reply_to": or_null(text()),
                    "language": text(),
                    **{f"{what}_url": or_null(text()) for what in ("privacy", "logo", "website")},
                    "description": or_null(text(description="A sentence about the list.")),
                    "time_zone": text(description="A name in the IANA database, such as Europe/Berlin."),
                    "colors": obj(
                        {scheme: obj({"accent": text(), "on_accent": text()}) for scheme in ("light", "dark")},
                        description="The accent, readable on light and on dark, and the text colour on it.",
                    ),
                    "double_opt_in": FLAG,
                    "pictures_url": or_null(text(description="Where uploaded pictures are; null if there are none.")),
                    "archive": {**FLAG, "description": "Whether campaigns can be made public."},
                    "topics": list_of(obj({"name": text(), "description": text()})),
                }
            ),
            "sender": obj(
                {
                    "identity": text(),
                    "verified": FLAG,
                    "dkim": text(),
                    "dkim_records": list_of(obj({"name": text(), "type": text(), "value": text()})),
                }
            ),
            "account": obj(_ACCOUNT),
            "confirmations": obj(
                {
                    "state": word(
                        ("running", "held"), description="Confirmations that are held wait, and are sent later."
                    ),
                    "cause": or_null(word(Cause)),
                    **dict.fromkeys(("sent_this_hour", "per_hour", "sent_last_24_hours", "per_day"), COUNT),
                    "bounced_last_24_hours": COUNT,
                }
            ),
            "api_url": text(),
            "embed_html": text(),
        }
    ),
    "SettingsChanges": obj({"confirmations": word(("running",))}),
    "AuditPage": obj({"entries": list_of(ref("AuditEntry")), "cursor": CURSOR}),
    "AuditEntry": obj(
        {
            "at": MOMENT,
            "token": text(description="The token's id in the configuration; `operator` for direct invocations."),
            "scope": word([*SCOPES, OPERATOR.scope]),
            "operation": text(description="An operation of this description, or the function that was invoked."),
            "on": text(description="The id or name of what was changed; empty if nothing is named."),
        }
    ),
}
