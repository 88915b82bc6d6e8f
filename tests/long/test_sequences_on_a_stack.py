"""5,000 people enter a sequence on the local stack, while a campaign goes out and people sign up."""

import time
from collections.abc import Iterator
from statistics import quantiles

import pytest

from email_list.clock import from_iso
from local.stack import LocalStack
from tests.faults.works import SequenceWork
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor

PEOPLE, READERS = 5000, 1000
RATE = 200
PATIENCE_SECONDS = 900
CONFIRMATION_SECONDS = 5.0


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    # One network asks here for everybody.
    caps = dict.fromkeys(("confirmationsPerHour", "confirmationsPerDay", "signupsPerIpAndHour"), "1000000")
    with LocalStack(port=0, config=caps, enforce_iam=True) as running:
        yield running


def test_five_thousand_enter_and_hold_up_neither_confirmations_nor_a_campaign(stack: LocalStack) -> None:
    campaigner, visitor = Campaigner(stack), Visitor(stack)
    work = SequenceWork(campaigner)
    readers = campaigner.add_people("readers", READERS)
    asked: dict[str, float] = {}
    with campaigner.ses(rate_per_second=RATE):
        began = time.time()
        work.begin("series", PEOPLE)
        campaign = campaigner.create("readers")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not work.is_over():
            assert time.monotonic() < deadline, work.result(PEOPLE)
            email = f"new{len(asked):04}@example.com"
            asked[email] = time.time()
            assert visitor.sign_up(email).status_code == 202
            time.sleep(0.5)
        seconds = time.time() - began
        shown = campaigner.wait(campaign, PATIENCE_SECONDS)
    received = work.received("series")
    assert set(received.values()) == {1}
    assert len(received) == PEOPLE * work.mails
    assert work.result(PEOPLE) == ("sent", True)
    assert (shown["status"], shown["counts"]["sent"]) == ("sent", len(readers))
    mails = [(email, mail) for email in asked for mail in visitor.mails(email)]
    waits = [from_iso(mail["sent_at"]).timestamp() - asked[email] for email, mail in mails]
    assert len(waits) == len(asked)
    late = [from_iso(mail["sent_at"]).timestamp() - began for mail in campaigner.mails("series")]
    of_confirmations, of_steps = (quantiles(found, n=20)[-1] for found in (waits, late))
    print(
        f"\n{len(late)} emails of the sequence in {seconds:.0f} s, 95 % of them {of_steps:.0f} s after people began to "
        f"enter; {len(waits)} confirmations, 95 % of them {of_confirmations:.1f} s after the sign-up"
    )
    assert of_confirmations < CONFIRMATION_SECONDS
