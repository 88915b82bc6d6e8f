"""What SES's words mean: each word it documents, and every one it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list.events import meanings
from email_list.events.meanings import Meaning

DOCUMENTED_BOUNCES = {
    ("Undetermined", "Undetermined"): "soft bounce",
    ("Permanent", "General"): "hard bounce",
    ("Permanent", "NoEmail"): "hard bounce",
    ("Permanent", "Suppressed"): "hard bounce",
    ("Permanent", "OnAccountSuppressionList"): "not tried",
    ("Permanent", "OnTenantSuppressionList"): "not tried",
    ("Permanent", "EmailValidationSuppressed"): "not tried",
    ("Permanent", "UnsubscribedRecipient"): "left",
    ("Transient", "General"): "soft bounce",
    ("Transient", "MailboxFull"): "soft bounce",
    ("Transient", "CustomTimeoutExceeded"): "soft bounce",
    ("Transient", "MessageTooLarge"): "message refused",
    ("Transient", "ContentRejected"): "message refused",
    ("Transient", "AttachmentRejected"): "message refused",
}


def bounce(kind: Any, subtype: Any) -> Meaning:
    return meanings.of_bounce({"bounceType": kind, "bounceSubType": subtype})


def complaint(feedback: Any, subtype: Any = None) -> Meaning:
    return meanings.of_complaint({"complaintFeedbackType": feedback, "complaintSubType": subtype})


@pytest.mark.parametrize(("words", "meaning"), DOCUMENTED_BOUNCES.items(), ids=lambda value: str(value))
def test_every_documented_bounce_has_its_meaning(words: tuple[str, str], meaning: str) -> None:
    assert bounce(*words) == meaning


@pytest.mark.parametrize(
    ("kind", "meaning"), [("Permanent", "hard bounce"), ("Transient", "soft bounce"), ("Undetermined", "soft bounce")]
)
@pytest.mark.parametrize("subtype", [None, ""])
def test_a_bounce_without_a_subtype_means_what_its_type_does(kind: str, subtype: Any, meaning: str) -> None:
    assert bounce(kind, subtype) == meaning


@pytest.mark.parametrize("subtype", sorted(meanings.NOT_TRIED))
@pytest.mark.parametrize("kind", ["Permanent", "Transient", "Undetermined"])
def test_what_was_not_tried_has_not_bounced_whatever_type_it_is_given(kind: str, subtype: str) -> None:
    assert bounce(kind, subtype) is Meaning.NOT_TRIED


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_bounce_in_unknown_words_is_never_guessed_at(kind: str, subtype: str) -> None:
    assert bounce(kind, subtype) is Meaning.UNCLASSIFIED
    assert bounce("Permanent", f"{subtype}?") is Meaning.UNCLASSIFIED
    assert bounce(f"{kind}?", "General") is Meaning.UNCLASSIFIED
    assert bounce(f"{kind}?", None) is Meaning.UNCLASSIFIED


@pytest.mark.parametrize(
    ("feedback", "meaning"),
    [
        ("abuse", "complaint"),
        ("fraud", "complaint"),
        ("virus", "complaint"),
        ("other", "complaint"),
        ("not-spam", "no complaint"),
        ("auth-failure", "no complaint"),
        (" Not-Spam ", "no complaint"),
        ("ABUSE", "complaint"),
        (None, "complaint"),
        ("", "complaint"),
        ("miscategorized", "unclassified"),
        (["abuse"], "unclassified"),
    ],
)
def test_a_complaint_is_one_only_if_the_reader_or_their_provider_objects(feedback: Any, meaning: str) -> None:
    assert complaint(feedback) == meaning


@pytest.mark.parametrize("subtype", sorted(meanings.NOT_TRIED))
def test_nobody_complained_about_what_was_not_tried(subtype: str) -> None:
    assert complaint(None, subtype) is complaint("abuse", subtype) is Meaning.NOT_TRIED


def test_a_complaint_of_an_unknown_subtype_is_never_guessed_at() -> None:
    assert complaint("abuse", "OnTheMoon") is Meaning.UNCLASSIFIED


@pytest.mark.parametrize(
    ("user_agent", "machine"),
    [
        ("Mozilla/5.0", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("python-requests/2.32", True),
        ("Barracuda Sentinel (EE)", True),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15", False),
        (None, False),
        ("", False),
    ],
)
def test_ses_says_who_is_a_bot_and_the_user_agent_where_ses_is_silent(user_agent: str | None, machine: bool) -> None:
    def judged(**bot: Any) -> bool:
        return meanings.is_machine({"userAgent": user_agent, **bot})

    assert judged() is judged(isBotEvent=None) is judged(isBotEvent="Perhaps") is machine
    assert judged(isBotEvent="Likely") is True
    assert judged(isBotEvent="Unlikely") is False
