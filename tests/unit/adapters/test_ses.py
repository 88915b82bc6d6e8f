"""Newsletters through SES, against the local stand-in and against errors it does not have."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from contract import MAX_TEMPLATE_NAME, template_name
from email_list.aws import ses
from email_list.aws.ses_mailer import SesMailer
from email_list.aws.ses_press import SesPress
from email_list.campaigns.letters import Letter
from email_list.campaigns.sending import Answer, Tagged
from email_list.errors import InvalidError
from email_list.mail.letters import Content
from email_list.settings import ListSettings
from local.ses import SesStandIn

SETTINGS = ListSettings("News", "1 Street", "News <news@example.com>", "office@example.com", "https://x.example")
CONTENT = Content("Hello {{subject.name}}", "<p>{{html.name}}</p>", "{{text.name}}")


@pytest.fixture(scope="module")
def stand_in() -> Iterator[SesStandIn]:
    with SesStandIn() as running:
        client = _client(running)
        client.create_email_identity(EmailIdentity="news@example.com")
        client.create_configuration_set(ConfigurationSetName="set")
        SesPress(client, "stack").store("t", CONTENT)
        yield running


def _client(running: SesStandIn) -> Any:
    return boto3.client(
        "sesv2",
        endpoint_url=running.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )


@pytest.fixture
def client(stand_in: SesStandIn) -> Any:
    return _client(stand_in)


@pytest.fixture
def mails(stand_in: SesStandIn) -> Callable[[], list[dict[str, Any]]]:
    import requests

    requests.delete(f"{stand_in.mailbox_url}/messages", timeout=5)
    return lambda: requests.get(f"{stand_in.mailbox_url}/messages", timeout=5).json()


def tagged(number: int) -> Tagged:
    values = {part: {"name": f"Ann {number}"} for part in ("subject", "html", "text")}
    letter = Letter(f"p{number}@example.com", values, {"List-Unsubscribe": f"<https://x.example/{number}>"})
    return Tagged(letter, {"campaign": "C1", "batch": "1", "recipient": str(number)})


@pytest.mark.parametrize("one_by_one", [False, True])
def test_each_recipient_gets_an_email_of_their_own_with_headers_and_tags(
    client: Any, mails: Callable[[], list[dict[str, Any]]], one_by_one: bool
) -> None:
    mailer = SesMailer(client, SETTINGS, "set", "tracked", "stack")
    replies = mailer.send("t", [tagged(0), tagged(1)], one_by_one=one_by_one)
    assert [reply.answer for reply in replies] == [Answer.ACCEPTED, Answer.ACCEPTED]
    received = sorted(mails(), key=lambda mail: mail["to"])
    assert [mail["to"] for mail in received] == [["p0@example.com"], ["p1@example.com"]]
    assert received[1]["subject"] == "Hello Ann 1"
    assert received[1]["headers"]["List-Unsubscribe"] == "<https://x.example/1>"
    assert received[1]["headers"]["Reply-To"] == "office@example.com"
    tags = {"campaign": "C1", "batch": "1", "recipient": "1", "ses:feedback-id-a": "C1"}
    assert received[1]["tags"] == tags
    assert received[1]["headers"]["Feedback-ID"].startswith("C1:")
    assert received[1]["configuration_set"] == "set"


@pytest.mark.parametrize("one_by_one", [False, True])
def test_those_who_agree_to_be_tracked_get_their_emails_through_a_set_of_their_own(
    client: Any, mails: Callable[[], list[dict[str, Any]]], one_by_one: bool
) -> None:
    name = f"tracked-{one_by_one}"
    client.create_configuration_set(ConfigurationSetName=name)
    letters = [replace(tagged(number), tracked=number % 3 == 0) for number in range(7)]
    replies = SesMailer(client, SETTINGS, "set", name, "stack").send("t", letters, one_by_one=one_by_one)
    assert [reply.answer for reply in replies] == [Answer.ACCEPTED] * 7
    sets = {mail["to"][0]: mail["configuration_set"] for mail in mails()}
    assert sets == {f"p{number}@example.com": "set" if number % 3 else name for number in range(7)}


@pytest.mark.parametrize(("tracked", "calls"), [((), [4]), ((0, 1, 2, 3), [4]), ((1, 3), [2, 2]), ((2,), [1, 3])])
def test_two_kinds_of_readers_take_two_calls_and_each_reply_is_the_right_ones(
    tracked: tuple[int, ...], calls: list[int]
) -> None:
    entries: list[list[str]] = []

    class Echo:
        def send_bulk_email(self, **parameters: Any) -> Any:
            emails = [entry["Destination"]["ToAddresses"][0] for entry in parameters["BulkEmailEntries"]]
            entries.append(emails)
            return {"BulkEmailEntryResults": [{"Status": "MESSAGE_REJECTED", "Error": email} for email in emails]}

    letters = [replace(tagged(number), tracked=number in tracked) for number in range(4)]
    replies = SesMailer(Echo(), SETTINGS, "set", "tracked", "stack").send("t", letters, one_by_one=False)
    assert sorted(map(len, entries)) == sorted(calls)
    assert [reply.reason for reply in replies] == [f"MESSAGE_REJECTED: p{n}@example.com" for n in range(4)]


def test_a_template_that_is_gone_stops_the_campaign(client: Any) -> None:
    replies = SesMailer(client, SETTINGS, "set", "tracked", "stack").send("gone", [tagged(0)], one_by_one=False)
    assert replies[0].answer is Answer.MISCONFIGURED


def test_content_is_kept_once(client: Any) -> None:
    press = SesPress(client, "stack")
    press.store("once", CONTENT)
    press.store("once", CONTENT)
    press.discard("once")
    press.discard("never")


def test_content_that_ses_cannot_take_or_render_is_refused_with_its_words(client: Any) -> None:
    press = SesPress(client, "stack")
    with pytest.raises(InvalidError):
        press.store("bad", Content("{{#if", "", ""))
    press.check("t", tagged(0).letter)
    with pytest.raises(InvalidError, match="cannot render"):
        press.check("t", Letter("a@example.com", {}, {}))


class Raising:
    """A client whose calls fail."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_bulk_email(self, **parameters: Any) -> Any:
        raise self._error

    send_email = send_bulk_email


def refused(code: str, status: int = 400, words: str = "words") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": words}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendBulkEmail")


URL = "http://x"
ERRORS: list[tuple[Exception, Answer, Answer]] = [
    (refused("TooManyRequestsException", 429), Answer.CALL_THROTTLED, Answer.THROTTLED),
    (refused("Throttling"), Answer.CALL_THROTTLED, Answer.THROTTLED),
    (refused("SomethingNew", 429), Answer.CALL_THROTTLED, Answer.THROTTLED),
    (refused("ThrottlingException", words="Maximum sending rate exceeded."), Answer.THROTTLED, Answer.THROTTLED),
    (refused("ThrottlingException", words="Daily message quota exceeded."), Answer.DAILY_QUOTA, Answer.DAILY_QUOTA),
    (
        refused("TooManyRequestsException", 429, "Daily message quota exceeded."),
        Answer.DAILY_QUOTA,
        Answer.DAILY_QUOTA,
    ),
    (refused("LimitExceededException"), Answer.DAILY_QUOTA, Answer.DAILY_QUOTA),
    (refused("SendingPausedException"), Answer.SUSPENDED, Answer.SUSPENDED),
    (refused("AccountSuspendedException"), Answer.SUSPENDED, Answer.SUSPENDED),
    (refused("MailFromDomainNotVerifiedException"), Answer.MISCONFIGURED, Answer.MISCONFIGURED),
    (refused("NotFoundException", 404), Answer.MISCONFIGURED, Answer.MISCONFIGURED),
    (refused("AccessDeniedException", 403), Answer.MISCONFIGURED, Answer.MISCONFIGURED),
    (refused("MessageRejected"), Answer.MISCONFIGURED, Answer.REFUSED),
    (refused("BadRequestException"), Answer.MISCONFIGURED, Answer.REFUSED),
    (refused("InternalServiceErrorException", 500), Answer.UNCERTAIN, Answer.UNCERTAIN),
    (refused("ServiceUnavailable", 503), Answer.UNCERTAIN, Answer.UNCERTAIN),
    (ConnectTimeoutError(endpoint_url=URL), Answer.UNREACHABLE, Answer.UNREACHABLE),
    (EndpointConnectionError(endpoint_url=URL), Answer.UNREACHABLE, Answer.UNREACHABLE),
    (ReadTimeoutError(endpoint_url=URL), Answer.UNCERTAIN, Answer.UNCERTAIN),
    (ConnectionClosedError(endpoint_url=URL), Answer.UNCERTAIN, Answer.UNCERTAIN),
    (ValueError("no JSON"), Answer.UNCERTAIN, Answer.UNCERTAIN),
]


@pytest.mark.parametrize(("error", "in_bulk", "alone"), ERRORS, ids=lambda value: str(value)[:50])
def test_an_error_of_a_call_is_classed_by_what_may_have_been_accepted(
    error: Exception, in_bulk: Answer, alone: Answer
) -> None:
    mailer = SesMailer(Raising(error), SETTINGS, "set", "tracked", "stack")
    letters = [tagged(0), tagged(1)]
    assert {reply.answer for reply in mailer.send("t", letters, one_by_one=False)} == {in_bulk}
    assert {reply.answer for reply in mailer.send("t", letters, one_by_one=True)} == {alone}


class Answering:
    """A client that gives each entry a status."""

    def __init__(self, *statuses: str) -> None:
        self._statuses = statuses

    def send_bulk_email(self, **parameters: Any) -> Any:
        return {"BulkEmailEntryResults": [{"Status": status, "Error": "words"} for status in self._statuses]}


def test_every_status_of_an_entry_that_ses_knows_is_classed() -> None:
    statuses = boto3.client("sesv2", region_name="us-east-1").meta.service_model.shape_for("BulkEmailStatus").enum
    mailer = SesMailer(Answering(*statuses), SETTINGS, "set", "tracked", "stack")
    replies = mailer.send("t", [tagged(number) for number in range(len(statuses))], one_by_one=False)
    classed = {status: reply.answer for status, reply in zip(statuses, replies, strict=True)}
    assert [status for status, answer in classed.items() if answer is Answer.UNCERTAIN] == []
    assert classed["ACCOUNT_THROTTLED"] is Answer.THROTTLED
    assert classed["TRANSIENT_FAILURE"] is Answer.TRANSIENT
    assert classed["ACCOUNT_DAILY_QUOTA_EXCEEDED"] is Answer.DAILY_QUOTA
    assert classed["ACCOUNT_SUSPENDED"] is Answer.SUSPENDED


def test_a_status_that_nobody_knows_and_results_that_do_not_fit_are_uncertain() -> None:
    unknown = SesMailer(Answering("NEW"), SETTINGS, "set", "tracked", "stack").send("t", [tagged(0)], one_by_one=False)
    assert unknown[0].answer is Answer.UNCERTAIN
    too_few = SesMailer(Answering("SUCCESS"), SETTINGS, "set", "tracked", "stack").send(
        "t", [tagged(0), tagged(1)], one_by_one=False
    )
    assert [reply.answer for reply in too_few] == [Answer.UNCERTAIN] * 2


@pytest.mark.parametrize(("daily", "quota", "room"), [(200, 200, 150), (-1, None, float("inf")), (20, 20, 0)])
def test_the_account_is_read_as_ses_describes_it(daily: int, quota: float | None, room: float) -> None:
    class Client:
        def get_account(self) -> Any:
            return {
                "SendQuota": {"Max24HourSend": daily, "MaxSendRate": 14.0, "SentLast24Hours": 50.0},
                "SendingEnabled": True,
            }

    account = ses.account(Client())
    assert (account.rate, account.daily_quota, account.room) == (14.0, quota, room)


@pytest.mark.parametrize("name", ["template-ours", "template-" + "x" * 49, "campaign-" + "0" * 26])
def test_every_template_has_a_name_that_ses_takes_however_long_the_stacks_is(name: str) -> None:
    found = template_name("s" * 32, name)
    assert len(found) <= MAX_TEMPLATE_NAME
    assert found.startswith("s" * 32 + "_" + name[:14])


def test_long_names_that_begin_alike_stay_apart() -> None:
    one, other = (template_name("s" * 32, "template-" + "x" * 40 + end) for end in ("one", "other"))
    assert one != other


def test_no_template_is_taken_for_one_of_a_stack_whose_name_goes_on() -> None:
    assert not template_name("email-list-museum-shop", "campaign-1").startswith(template_name("email-list-museum", ""))
