"""Sending: one email each, whatever happens on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from email_list.campaigns.campaign import ReasonCode, Status
from email_list.campaigns.ledger import Outcome
from email_list.campaigns.pace import Account, Slot
from email_list.campaigns.sending import TRANSIENT_TRIES, Answer, Reply
from email_list.campaigns.settlement import EventKind, MailEvent
from email_list.clock import iso
from email_list.errors import TooLargeError
from email_list.people.subscribers import Status as SubscriberStatus
from tests.unit.domain.campaign_world import GRACE, QUOTA_RECHECK, Crash, Faults, World, people

PEOPLE = 25


def test_a_campaign_reaches_everybody_once_and_is_sent():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_an_empty_list_gives_a_campaign_that_is_sent_to_nobody():
    world = World()
    campaign = world.create()
    world.run(campaign)
    assert world.status(campaign) is Status.SENT
    assert world.mails() == {}


def calls_of_a_whole_campaign() -> int:
    world = World(people(PEOPLE))
    world.run(world.create())
    return world.faults.calls


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_step_loses_nobody_and_emails_nobody_twice(moment):
    for at in range(1, calls_of_a_whole_campaign() + 1):
        world = World(people(PEOPLE), faults=Faults(at=at, moment=moment))
        campaign = world.create()
        world.run(campaign)
        assert world.crashes == 1, f"call {at} was not reached"
        world.assert_exactly_one_mail_each(campaign)


@pytest.mark.parametrize("every", [7, 11, 13])
def test_crashes_again_and_again_lose_nobody_and_email_nobody_twice(every):
    world = World(people(PEOPLE))
    campaign = world.create()
    strike = world.faults.strike

    def often(number, moment, name):
        if number % every == 0 and moment == "after" and number < 40 * every:
            raise Crash
        strike(number, moment, name)

    world.faults.strike = often
    world.run(campaign, steps=2000)
    world.assert_exactly_one_mail_each(campaign)


def test_every_message_delivered_twice_emails_nobody_twice():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.plan()
    world.queue.messages *= 2
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_second_worker_that_comes_during_the_call_sends_nothing():
    world = World(people(5))
    campaign = world.create()
    world.plan()
    message = world.queue.messages[0][1:]
    seen = []

    def second_worker():
        world.ses.during_call = lambda: None
        seen.append(world.sender.send(*message, 10))

    world.ses.during_call = second_worker
    world.run(campaign)
    assert seen[0].seconds > 0
    world.assert_exactly_one_mail_each(campaign)


def test_two_planners_at_once_plan_the_same_batches():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.starter.invocations *= 3
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_connection_lost_after_acceptance_is_settled_by_events(batches):
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.lose_next = batches
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_connection_lost_before_acceptance_is_sent_again(batches):
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.lost_before = batches
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_an_uncertain_batch_is_not_sent_again_within_its_grace_time():
    world = World(people(5))
    campaign = world.create()
    world.ses.lost_before = 1
    world.plan()
    world.work_all()
    world.clock.forward(GRACE.total_seconds() - 1)
    world.work_all()
    assert len(world.ses.calls) == 1
    world.clock.forward(3)
    world.work_all()
    assert len(world.ses.calls) == 2
    assert world.status(campaign) is Status.SENT


def test_recipients_are_unknown_when_events_do_not_flow():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.lose_events = True
    world.ses.lose_next = 1
    world.run(campaign)
    assert world.status(campaign) is Status.SENT
    assert set(world.mails().values()) == {1}
    assert world.store.tally(campaign).unknown == 10
    world.assert_sums_agree(campaign)
    unknown = world.desk.recipients(campaign, "unknown", 100, None)["recipients"]
    assert len(unknown) == 10
    assert all(person["reason"] for person in unknown)


def test_a_late_send_event_turns_unknown_into_sent():
    world = World(people(5))
    campaign = world.create()
    world.run(campaign)
    batch = world.store.states[campaign, 1]
    unknown = replace(batch, outcomes=Outcome.UNKNOWN * 5)
    world.store.save(campaign, batch, unknown, iso(world.clock()))
    world.settlement.note([MailEvent(EventKind.SEND, campaign, 1, 2, iso(world.clock()))])
    assert world.store.tally(campaign).unknown == 4
    assert world.store.tally(campaign).sent == 1


def test_events_that_overtake_the_record_are_counted_once():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.during_call = world.settle
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_the_readers_whose_opens_are_known_are_counted_whether_a_response_or_an_event_says_they_were_sent(lost):
    persons = [replace(person, tracked=number % 3 == 0) for number, person in enumerate(people(PEOPLE))]
    world = World(persons)
    campaign = world.create()
    world.ses.lose_next = lost
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)
    assert world.store.tally(campaign).tracked == sum(person.tracked for person in persons)
    world.assert_sums_agree(campaign)


def test_an_email_that_ses_gave_up_has_no_reader_to_be_known():
    world = World(people(5, tracked=True))
    campaign = world.create()
    world.run(campaign)
    world.settlement.note([MailEvent(EventKind.REJECT, campaign, 1, 3, iso(world.clock()))])
    assert (world.store.tally(campaign).sent, world.store.tally(campaign).tracked) == (4, 4)
    world.assert_sums_agree(campaign)


@pytest.mark.parametrize("kind", [EventKind.REJECT, EventKind.RENDERING_FAILURE])
@pytest.mark.parametrize("early", [True, False])
def test_what_ses_gives_up_after_accepting_it_has_failed(kind, early):
    world = World(people(5))
    campaign = world.create()
    gave_up = MailEvent(kind, campaign, 1, 3, iso(world.clock()), "the reason")
    if early:
        world.ses.during_call = lambda: world.settlement.note([gave_up])
    world.run(campaign)
    for _ in range(2):
        world.settlement.note([gave_up])
        world.settlement.note([MailEvent(EventKind.SEND, campaign, 1, 3, iso(world.clock()))])
    tally = world.store.tally(campaign)
    assert (tally.sent, tally.failed) == (4, 1)
    failed = world.desk.recipients(campaign, "failed", 10, None)["recipients"]
    assert [person["reason"] for person in failed] == [f"{kind.value}: the reason"]
    world.assert_sums_agree(campaign)


@pytest.mark.parametrize("status", [SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.BOUNCED])
def test_anyone_who_has_left_since_planning_is_skipped_with_the_reason(status):
    world = World(people(12))
    campaign = world.create()
    world.plan()
    world.people.change("person00003@example.com", status=status)
    del world.people.by_email["person00011@example.com"]
    world.run(campaign)
    skipped = world.desk.recipients(campaign, "skipped", 10, None)["recipients"]
    assert {person["email"]: person["reason"] for person in skipped} == {
        "person00003@example.com": status.value,
        "person00011@example.com": "no longer on the list",
    }
    assert "person00003@example.com" not in world.mails()
    world.assert_sums_agree(campaign)


def test_anyone_who_has_left_and_come_back_is_not_emailed_what_was_planned_before():
    world = World(people(3))
    campaign = world.create()
    world.plan()
    world.clock.forward(1)
    world.people.change("person00001@example.com", subscribed_date=iso(world.clock()))
    world.run(campaign)
    assert sorted(world.mails()) == ["person00000@example.com", "person00002@example.com"]


def test_a_person_to_whom_no_letter_can_be_written_has_failed_and_holds_up_nobody():
    world = World(people(PEOPLE))
    campaign = world.create()
    write = world.sender._write

    def write_but(campaign_, person):
        if person.email == "person00003@example.com":
            raise TooLargeError("too much")
        return write(campaign_, person)

    world.sender._write = write_but
    world.run(campaign)
    failed = world.desk.recipients(campaign, "failed", 10, None)["recipients"]
    assert [(person["email"], person["reason"]) for person in failed] == [
        ("person00003@example.com", "The email could not be composed: too much")
    ]
    assert len(world.mails()) == PEOPLE - 1
    assert world.status(campaign) is Status.SENT


def once(answer, count=1):
    """Answers the first `count` letters with `answer`, the others with acceptance."""
    left = [count]

    def reply(tagged):
        if left[0]:
            left[0] -= 1
            return Reply(answer, "said so")
        return Reply(Answer.ACCEPTED)

    return reply


@pytest.mark.parametrize("answer", [Answer.THROTTLED, Answer.TRANSIENT, Answer.UNREACHABLE, Answer.CALL_THROTTLED])
def test_what_ses_refuses_for_now_is_sent_later(answer):
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.answers = once(answer, 7)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_recipient_that_is_refused_for_good_has_failed_and_the_others_get_their_email():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.answers = once(Answer.REFUSED)
    world.run(campaign)
    tally = world.store.tally(campaign)
    assert (tally.sent, tally.failed) == (PEOPLE - 1, 1)
    assert world.status(campaign) is Status.SENT


def test_transient_failures_without_end_fail_in_the_end():
    world = World(people(1))
    campaign = world.create()
    world.ses.answers = lambda tagged: Reply(Answer.TRANSIENT, "not now")
    world.run(campaign)
    assert world.store.tally(campaign).failed == 1
    assert len(world.ses.calls) == TRANSIENT_TRIES


def test_ses_being_unreachable_for_long_fails_nobody():
    world = World(people(5))
    campaign = world.create()
    world.ses.answers = lambda tagged: Reply(Answer.UNREACHABLE)
    world.run(campaign, steps=50)
    assert world.status(campaign) is Status.SENDING
    world.ses.answers = lambda tagged: Reply(Answer.ACCEPTED)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_the_daily_quota_pauses_the_campaign_which_resumes_by_itself_when_there_is_room():
    world = World(people(PEOPLE), daily_quota=12)

    def answer(tagged):
        return Reply(Answer.ACCEPTED if len(world.ses.mails) < quota[0] else Answer.DAILY_QUOTA, "used up")

    quota = [12]
    world.ses.answers = answer
    campaign = world.create()
    world.account = Account(rate=100, daily_quota=12, sent_today=12)
    world.run(campaign, steps=5)
    paused = world.store.campaigns[campaign]
    assert paused.status is Status.PAUSED
    assert paused.reason
    assert paused.reason.code is ReasonCode.DAILY_QUOTA
    assert paused.resume_at is not None
    world.clock.forward(QUOTA_RECHECK.total_seconds())
    world.run(campaign, steps=5)
    assert world.status(campaign) is Status.PAUSED
    quota[0] = 1000
    world.account = Account(rate=100, daily_quota=12, sent_today=0)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer.SUSPENDED, ReasonCode.SENDING_SUSPENDED),
        (Answer.MISCONFIGURED, ReasonCode.REFUSED_BY_SES),
    ],
)
def test_a_suspended_account_stops_the_campaign_and_raises_the_alarm(answer, code):
    world = World(people(PEOPLE))
    campaign = world.create()
    world.ses.answers = once(answer)
    world.run(campaign, steps=20)
    paused = world.store.campaigns[campaign]
    assert paused.reason
    assert (paused.status, paused.reason.code, paused.resume_at) == (Status.PAUSED, code, None)
    assert "said so" in paused.reason.message
    assert len(world.metrics) == 1
    world.desk.resume(campaign)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_pausing_stops_sending_and_resuming_completes_it():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.plan()
    world.work()
    world.desk.pause(campaign)
    sent = len(world.ses.mails)
    world.run(campaign, steps=10)
    assert len(world.ses.mails) == sent
    world.desk.resume(campaign)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_pausing_during_the_plan_stops_the_planner_and_resuming_completes_it():
    world = World(people(450), batch_size=2)
    campaign = world.create()
    put = world.queue.put

    def put_then_pause(campaign_id, numbers):
        put(campaign_id, numbers)
        world.queue.put = put
        world.desk.pause(campaign)

    world.queue.put = put_then_pause
    world.plan()
    assert world.status(campaign) is Status.PAUSED
    assert not world.store.campaigns[campaign].plan.complete
    world.desk.resume(campaign)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_cancelled_campaign_sends_nothing_more_and_tells_who_got_it():
    world = World(people(PEOPLE))
    campaign = world.create()
    world.plan()
    world.work()
    world.desk.cancel(campaign)
    world.run(campaign, steps=10)
    got_it = world.desk.recipients(campaign, "sent", 100, None)["recipients"]
    assert {person["email"] for person in got_it} == set(world.mails())
    assert len(world.desk.recipients(campaign, "pending", 100, None)["recipients"]) == PEOPLE - len(got_it)


def test_a_worker_held_up_after_its_claim_does_not_send():
    world = World(people(5))
    campaign = world.create()
    world.plan()
    find = world.people.find

    def slow_find(emails):
        world.people.find = find
        world.clock.forward(GRACE.total_seconds())
        return find(emails)

    world.people.find = slow_find
    world.work()
    assert world.ses.calls == []
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_worker_that_comes_back_after_its_claim_was_taken_over_records_what_was_accepted():
    world = World(people(5))
    campaign = world.create()
    world.plan()
    message = world.queue.messages[0][1:]

    def overtaken():
        world.ses.during_call = lambda: None
        world.settle()
        world.clock.forward(GRACE.total_seconds() + 1)
        world.sender.send(*message, 10)

    world.ses.during_call = overtaken
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_batch_larger_than_the_present_rate_allows_is_sent_in_several_calls():
    world = World(people(20), rate=8.0, batch_size=20)
    campaign = world.create()
    world.run(campaign, steps=1000)
    world.assert_exactly_one_mail_each(campaign)
    assert max(world.ses.calls) == 4


def test_bulk_calls_that_are_refused_as_such_are_replaced_by_single_ones():
    world = World(people(60))
    campaign = world.create()
    refused = [0]

    def answer(tagged):
        if not world.ses.one_by_one[-1]:
            refused[0] += 1
            return Reply(Answer.CALL_THROTTLED)
        return Reply(Answer.ACCEPTED)

    world.ses.answers = answer
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)
    assert world.ses.one_by_one[-1]


def test_a_full_line_sends_the_message_back_for_later():
    world = World(people(30))
    campaign = world.create()
    world.plan()
    world.store.row = replace(world.store.row, free_at=world.clock().timestamp() + 30)
    world.work(patience=5.0)
    assert not world.ses.calls
    world.run(campaign, steps=1000)
    world.assert_exactly_one_mail_each(campaign)


def test_a_claim_lost_too_often_ends_unknown_instead_of_mailing_again_and_again():
    world = World(people(5))
    campaign = world.create()
    world.ses.lost_before = 100
    world.run(campaign)
    assert world.status(campaign) is Status.SENT
    assert world.store.tally(campaign).unknown == 5
    assert len(world.ses.calls) == 4


def test_people_who_join_after_the_cut_off_are_not_in_the_audience():
    world = World(people(12))
    campaign = world.create()
    world.plan()
    late = replace(people(1)[0], email="late@example.com", subscribed_date=iso(world.clock() + timedelta(seconds=1)))
    world.people.by_email[late.email] = late
    world.run(campaign)
    assert "late@example.com" not in world.mails()


def test_a_batch_that_is_waiting_when_its_campaign_is_paused_is_not_sent():
    world = World(people(5))
    campaign = world.create()
    world.plan()

    def paused_meanwhile(recipients, patience):
        world.desk.pause(campaign)
        return Slot(0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.pace, "turn", paused_meanwhile)
        world.work()
    assert world.ses.calls == []
    world.run(campaign, steps=3)
    assert world.ses.calls == []
    world.desk.resume(campaign)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)
