"""What users of other newsletter software reported about files, consent and feedback, and what happens here instead.

Each case names the report by its repository, number and title. The files and events are our own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from email_list.events import meanings
from email_list.events.cleaning import Cleaner
from email_list.events.mail_events import Kind, read
from email_list.people.imports import report_key
from email_list.people.subscribers import Status, Subscriber, email_of
from tests.unit.domain.people_world import AT, PeopleWorld
from tests.unit.domain.ses_examples import READER, example
from tests.unit.domain.ses_examples import bounced as a_bounce
from tests.unit.domain.ses_examples import complained as a_complaint
from tests.unit.domain.ses_examples import read as reader

ANN, BEN, CAT = "ann@example.org", "ben@example.org", "cat@example.org"


@dataclass(frozen=True)
class Files:
    """Files that are imported one after the other. `after` has everybody's status, `stored` some of Ann's fields, and
    `reported` is part of the last import's report."""

    report: str
    files: Sequence[str | bytes]
    after: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, Any] = field(default_factory=dict)
    reported: str = ""


CONSENT = [
    Files(
        "Mailtrain-org/mailtrain#325 Can list import be made to preserve unsubscribed status?",
        ["email\nann@example.org\n"],
        {ANN: "unsubscribed"},
        before={ANN: "unsubscribed"},
        reported="suppressed,ann@example.org,is unsubscribed",
    ),
    Files(
        "mettle/sendportal-core#165 Skip subscribers on import if unsubscribed before",
        ["email,first_name\nann@example.org,Ann\n", "email,first_name\nAnn@Example.org,Ann\n"],
        {ANN: "unsubscribed"},
        before={ANN: "unsubscribed"},
    ),
    Files(
        "Mailtrain-org/mailtrain#1264 Importing unsubscribed addresses",
        ["email,status\nann@example.org,unsubscribed\n", "email\nann@example.org\n"],
        {ANN: "unsubscribed"},
    ),
    Files(
        "putyourlightson/craft-campaign#384 Support importing unsubscribed contacts",
        ["email,subscriptionStatus,unsubscribed\nann@example.org,,2023-05-12 10:00:00\nben@example.org,,\n"],
        {ANN: "unsubscribed", BEN: "active"},
    ),
    Files(
        "putyourlightson/craft-campaign#277 Upload a email address suppression list",
        ["email,do not contact\nann@example.org,x\nben@example.org,x\n"],
        {ANN: "unsubscribed", BEN: "unsubscribed", CAT: "active"},
        before={ANN: "active", CAT: "active"},
        reported="stopped,ann@example.org,was on the list; this row says unsubscribed",
    ),
    Files(
        "knadh/listmonk#929 Importing subscribers who were initially blocklisted during a previous import",
        [
            'email,name,attributes,status\nann@example.org,Ann,"{}",blocklisted\n',
            'email,name,attributes,status\nann@example.org,Ann,"{}",enabled\n',
        ],
        {ANN: "unsubscribed"},
    ),
    Files(
        "knadh/listmonk#2192 Import: overwrite all except subscribe status",
        ["email,status\nann@example.org,enabled\nben@example.org,enabled\ncat@example.org,enabled\n"],
        {ANN: "unsubscribed", BEN: "bounced", CAT: "complained"},
        before={ANN: "unsubscribed", BEN: "bounced", CAT: "complained"},
    ),
    Files(
        "knadh/listmonk#2452 Importing Back Subscribers with Updates Should Not Overwrite Subscribers' Status",
        ["email,status\nann@example.org,blocklisted\nben@example.org,blocklisted\n"],
        {ANN: "unsubscribed", BEN: "bounced"},
        before={ANN: "unsubscribed", BEN: "bounced"},
    ),
    Files(
        "pentacent/keila#253 Contact import CSV - Status ignored",
        ["Email,First name,Status\nann@example.org,Ann,unsubscribed\nben@example.org,Ben,active\n"],
        {ANN: "unsubscribed", BEN: "unsubscribed"},
        before={ANN: "active", BEN: "unsubscribed"},
    ),
    Files(
        "pentacent/keila#259 Contact Import - Replace duplicates resets subscripton status",
        ["Email,Status\nann@example.org,unreachable\nben@example.org,invalid\n"],
        {ANN: "bounced", BEN: "bounced"},
        before={ANN: "active"},
    ),
    Files(
        "usesend/useSend#318 add export contact book option",
        ["email,firstName,lastName,subscribed\nann@example.org,Ann,A,Yes\nben@example.org,Ben,B,No\n"],
        {ANN: "unsubscribed", BEN: "unsubscribed"},
        before={ANN: "unsubscribed", BEN: "active"},
    ),
    Files(
        "madmimi/madmimi-php#3 Unsuppress method added",
        ["email,opt_out\nann@example.org,0\nben@example.org,1\n"],
        {ANN: "complained", BEN: "unsubscribed"},
        before={ANN: "complained", BEN: "active"},
    ),
    Files(
        "TryGhost/Ghost#16268 Members CSV import always marks members as subscribed to newsletter",
        ["email,subscribed_to_newsletter\nann@example.org,false\nben@example.org,true\n"],
        {ANN: "unsubscribed", BEN: "active"},
    ),
    Files(
        "TryGhost/Ghost#19658 Fixed members import unsubscribing members when `subscribe_to_emails` is blank",
        ["email,subscribed_to_emails\nann@example.org,\nben@example.org,\n"],
        {ANN: "active"},
        before={ANN: "active"},
        reported='invalid,ben@example.org,"Column ""subscribed_to_emails"": """" does not say that email is allowed."',
    ),
    Files(
        "TryGhost/Ghost#29598 Added email_disabled to member CSV export and import",
        ["email,subscribed_to_emails,email_disabled\nann@example.org,true,true\nben@example.org,true,false\n"],
        {ANN: "unsubscribed", BEN: "active"},
    ),
    Files(
        "resend/resend-skills#83 document contacts bulk CSV import API",
        ["Email,First Name,Unsubscribed\nann@example.org,Ann,true\nben@example.org,Ben,false\n"],
        {ANN: "unsubscribed", BEN: "active"},
    ),
    Files(
        "knadh/listmonk#863 Export of Bounced / Unsubscribed",
        ["email,campaign,note\nann@example.org,Spring,Hard bounced\nben@example.org,Spring,Unsubscribed\n"],
        {ANN: "bounced", BEN: "unsubscribed"},
        before={ANN: "active", BEN: "active"},
    ),
]

FILES = [
    Files(
        "knadh/listmonk#65 Import subscribers error",
        [b"\xef\xbb\xbfemail,name\r\nann@example.org,Ann\r\n"],
        {ANN: "active"},
        stored={"name": "Ann"},
    ),
    Files(
        "mautic/mautic#2121 Lead import only support UTF-8 CSV (but Excel not)",
        ["email;name\r\nann@example.org;René\r\nben@example.org;Ben\r\n".encode("windows-1252")],
        {BEN: "active"},
        reported="not UTF-8 text. Save the file as",
    ),
    Files(
        "mautic/mautic#4561 Import crashes when one or more lines in the CSV contain non-ASCII characters",
        ["email,name\nann@example.org,Zoë\nben@example.org,Ben\n".encode("mac-roman")],
        {BEN: "active"},
        reported="2,invalid,",
    ),
    Files("mautic/mautic#6382 Prevent CSV import of non-UTF8 file", ["email\nann@example.org\n".encode("utf-16")], {}),
    Files(
        "mautic/mautic#6381 Fixed correctly determining blank CSV row for contact import",
        ["email,name\n\nann@example.org,Ann\n,\n\nno address,Ben\n"],
        {ANN: "active"},
        reported="6,invalid,no address",
    ),
    Files(
        "mautic/mautic#610 Fixed an issue with CSV lead imports",
        ["firstname,email,note\nAnn,ann@example.org,\nBen,ben@example.org\nCat,cat@example.org,I'm out there\n"],
        {ANN: "active", BEN: "active", CAT: "active"},
    ),
    Files(
        "mautic/mautic#4552 issue importing csv background in obviously correct format",
        ["email,name\rann@example.org,Ann\rben@example.org,Ben\r"],
        {ANN: "active", BEN: "active"},
    ),
    Files(
        "mautic/mautic#1379 Duplicate Lead when importing CSV w/ no email and having a line break within a cell",
        ['email,address\nann@example.org,"1 Street\nTown"\n,"2 Street\nTown"\nno address,\n'],
        {ANN: "active"},
        reported="4,invalid,no address",
    ),
    Files(
        "formbricks/formbricks#8172 contacts csv semicolon delimeter fix",
        ["\ufeffemail;name\nann@example.org;Ann, the first\n"],
        {ANN: "active"},
        stored={"name": "Ann, the first"},
    ),
    Files(
        "shancarter/mr-data-converter#52 sep=; separator",
        ["sep=;\nemail;name\nann@example.org;Ann\nno address;Ben\n"],
        {ANN: "active"},
        stored={"name": "Ann"},
        reported="3,invalid,no address",
    ),
    Files(
        "kiesraad/e-ks#824 CSV import errors line number off by one",
        ["email\nno address\n"],
        {},
        reported="2,invalid,no address",
    ),
    Files(
        "hizzle-co/noptin#602 Subscribers import: Numbers with leading 0 not correctly imported",
        ['email,plz\nann@example.org,"01067"\n'],
        {ANN: "active"},
        stored={"attributes": {"plz": "01067"}},
    ),
    Files(
        "TryGhost/Ghost#29713 Added newsletter subscriptions to member CSV export and import",
        ["email,topics\nann@example.org,Old|News\nben@example.org,\n"],
        {ANN: "active", BEN: "active"},
        stored={"topics": ["News"]},
        reported='added,ann@example.org,"There is no topic ""Old""."',
    ),
    Files(
        "Mailtrain-org/mailtrain#139 List import from CSV stays on Initialized status",
        ['Email Address,First Name,Last Name,MEMBER_RATING,NOTES\nann@example.org,Ann,A,2,"it\'s ""quoted"""\n'],
        {ANN: "active"},
        stored={"name": "Ann A"},
    ),
]


@pytest.mark.parametrize("case", CONSENT + FILES, ids=lambda case: case.report)
def test_a_file_leaves_everybody_where_they_asked_to_be(case: Files) -> None:
    world = PeopleWorld(
        *(Subscriber(email, Status(status), AT) for email, status in case.before.items()), topics=("News", "Events")
    )
    for file in case.files:
        job = world.import_file(file.encode() if isinstance(file, str) else file)
    assert {email: person.status for email, person in world.people.records.items()} == case.after
    report = world.files.objects.get(report_key(job.id), b"").decode()
    assert case.reported in report
    if case.stored:
        person = world.people.records[ANN]
        assert {name: getattr(person, name) for name in case.stored} == case.stored
    if job.status == "failed":
        assert 'Save the file as "CSV UTF-8"' in (job.reason or "")


@dataclass(frozen=True)
class Feedback:
    """A bounce or a complaint by SES, and where it leaves a reader who was active."""

    report: str
    said: Mapping[str, Any]
    after: str


FEEDBACK = [
    Feedback(
        "PostHog/posthog#88964 suppress recipients who report an email as spam (and not those who say not-spam)",
        {**a_complaint(), "complaintFeedbackType": "not-spam"},
        "active",
    ),
    Feedback("knadh/listmonk#489 Complaint process with amazon ses/sns", a_complaint(), "complained"),
    Feedback(
        "buttondown/roadmap#1332 Bounces due to SES denylist are marked as complaints",
        a_bounce(subtype="OnAccountSuppressionList"),
        "active",
    ),
    Feedback(
        "cds-snc/notification-api#1774 Change complaint process for suppression list complaint",
        {**a_complaint(), "complaintSubType": "OnAccountSuppressionList", "complaintFeedbackType": None},
        "active",
    ),
    Feedback(
        "buttondown/roadmap#438 A permanent failure via mailer-daemon did not result in an unsubscribe",
        a_bounce(subtype="NoEmail"),
        "bounced",
    ),
    Feedback(
        "BeamLabEU/phoenix_kit#156 Fix OOTO (Out of Office) bounce handling - should not mark as failed",
        a_bounce(kind="Transient"),
        "active",
    ),
    Feedback(
        "Mailtrain-org/mailtrain#114 False-positives in AWS SES bounces",
        a_bounce(kind="Undetermined", subtype="Undetermined"),
        "active",
    ),
    Feedback(
        "freelawproject/courtlistener#7592 Fix SES bounce type classification",
        a_bounce(kind="Temporary"),
        "active",
    ),
    Feedback(
        "baptisteArno/typebot.io#2377 Accept transient Resend bounces",
        a_bounce(kind="Transient", subtype="MailboxFull", status="4.2.2"),
        "active",
    ),
]


@pytest.mark.parametrize("case", FEEDBACK, ids=lambda case: case.report)
def test_feedback_does_to_a_reader_what_it_says_and_no_more(case: Feedback) -> None:
    name = "bounce" if "bounceType" in case.said else "complaint"
    event = read(json.dumps({**example(name, place=None), name: case.said}))
    assert event is not None
    assert event.kind in (Kind.BOUNCE, Kind.COMPLAINT)
    world = PeopleWorld(Subscriber(READER, Status.ACTIVE, AT))
    Cleaner(world.people, 3).clean([event], {})
    assert world.people.status(READER) == case.after


@pytest.mark.parametrize("report", ["mozilla/fxa-auth-server#2453 lib/bounces.js doesn't handle Undetermined"])
def test_an_address_that_keeps_bouncing_for_unknown_reasons_is_given_up(report: str) -> None:
    world = PeopleWorld(Subscriber(READER, Status.ACTIVE, AT))
    for day in range(1, 4):
        moment = f"2026-11-{day:02}T10:00:00.000Z"
        document = example("bounce for an unknown reason", None, timestamp=moment, messageId=f"m{day}")
        document["bounce"]["timestamp"] = moment
        event = read(json.dumps(document))
        assert event is not None
        Cleaner(world.people, 3).clean([event], {})
    assert world.people.status(READER) == "bounced", report


SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("report", "said", "machine"),
    [
        ("kannon-email/kannon#412 filter prefetch and proxy opens", reader(userAgent="Mozilla/5.0"), True),
        ("putyourlightson/craft-campaign#546 Inflated click rate", reader(userAgent="python-requests/2.32"), True),
        ("jdavidbakr/mail-tracker#228 Avoid logging open & click from bots", reader(userAgent="Barracuda 1.0"), True),
        ("TryGhost/Ghost#30625 Fixed bot open event filtering", reader(userAgent=SAFARI, isBotEvent="Likely"), True),
        ("resend/resend-node#901 bot click detection", reader(userAgent="Mozilla/5.0", isBotEvent="Unlikely"), False),
        ("anymail/django-anymail#200 Spurious signals received from SES, or bug?", reader(userAgent=SAFARI), False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_machines_are_told_from_people(report: str, said: Mapping[str, Any], machine: bool) -> None:
    assert meanings.is_machine(said) is machine, report


@pytest.mark.parametrize(
    ("report", "email"),
    [
        ("hexpm/hex#421 Escape owner email address when adding or deleting an owner.", "ann+list@example.org"),
        ("Mailu/Mailu#794 Cannot delete/edit user with path characters in name", "../ann@example.org"),
        ("mozilla/fxa-content-server#2524 mishandling email addresses with non-alphanum characters", "a?b#c&d@x.org"),
        ("mailgun/mailgun-ruby#268 The delete_bounce method requires email addresses to be escaped.", "a%2fb@x.org"),
    ],
)
def test_an_id_reaches_a_person_where_no_path_holds_their_address(report: str, email: str) -> None:
    person = Subscriber(email, Status.ACTIVE, AT)
    assert person.id.replace("-", "").replace("_", "").isalnum(), report
    assert email_of(person.id) == email
