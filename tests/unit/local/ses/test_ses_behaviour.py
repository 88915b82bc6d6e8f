"""Pace, quota and injected faults."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from local.ses.behaviour import Behaviour
from local.ses.errors import LimitExceededException, TooManyRequestsException
from local.ses.quota import Quota


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def statuses(results: list[dict[str, str]]) -> list[str]:
    return [result["Status"] for result in results]


def test_the_rate_refills_by_the_second_and_never_holds_more_than_one_second() -> None:
    clock, behaviour = Clock(), Behaviour([])
    behaviour.update({"rate_per_second": 2})
    quota = Quota(behaviour, clock)
    quota.take(2)
    with pytest.raises(TooManyRequestsException):
        quota.take(1)
    clock.now += 0.5
    quota.take(1)
    clock.now += 60
    quota.take(2)
    with pytest.raises(TooManyRequestsException):
        quota.take(1)


def test_a_rate_below_one_lets_an_email_through_now_and_then() -> None:
    clock, behaviour = Clock(), Behaviour([])
    behaviour.update({"rate_per_second": 0.5})
    quota = Quota(behaviour, clock)
    quota.take(1)
    clock.now += 1
    with pytest.raises(TooManyRequestsException):
        quota.take(1)
    clock.now += 1
    quota.take(1)


def test_the_daily_quota_rolls_over_24_hours_and_a_refused_email_uses_none() -> None:
    clock, behaviour = Clock(), Behaviour([])
    behaviour.update({"daily_quota": 3})
    quota = Quota(behaviour, clock)
    quota.take(2)
    with pytest.raises(LimitExceededException):
        quota.take(2)
    assert quota.sent_last_24_hours() == 2
    clock.now += 24 * 60 * 60 + 1
    assert quota.sent_last_24_hours() == 0
    quota.take(3)


def test_a_bulk_call_over_the_rate_throttles_the_entries_that_exceed_it(mailbox: Any, send_bulk: Any) -> None:
    mailbox.behave(rate_per_second=2)
    results = send_bulk("a@example.org", "b@example.org", "c@example.org")
    counters = mailbox.counters()

    assert statuses(results) == ["SUCCESS", "SUCCESS", "ACCOUNT_THROTTLED"]
    assert results[2]["Error"] == "Maximum sending rate exceeded."
    assert (counters["accepted"], counters["throttled"], counters["bulk_calls"]) == (2, 1, 1)


def test_a_single_email_over_the_rate_is_too_many_requests(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(rate_per_second=1)
    send()
    with pytest.raises(ses.exceptions.TooManyRequestsException) as error:
        send()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert len(mailbox.messages()) == 1


def test_email_over_the_daily_quota_is_refused_until_it_is_raised(
    ses: Any, mailbox: Any, send: Any, send_bulk: Any
) -> None:
    mailbox.behave(daily_quota=1)
    assert statuses(send_bulk("a@example.org", "b@example.org")) == ["SUCCESS", "ACCOUNT_DAILY_QUOTA_EXCEEDED"]
    with pytest.raises(ses.exceptions.LimitExceededException, match="Daily message quota exceeded"):
        send()
    assert ses.get_account()["SendQuota"]["SentLast24Hours"] == 1
    mailbox.behave(sent_last_24_hours=0)
    assert send()


def test_latency_delays_calls_side_by_side(ses: Any, mailbox: Any) -> None:
    mailbox.behave(latency_ms=60)
    start = time.monotonic()
    callers = [threading.Thread(target=ses.get_account) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert time.monotonic() - start >= 0.06


def test_a_throttled_call_accepts_nothing(ses: Any, mailbox: Any, send_bulk: Any) -> None:
    mailbox.behave(faults=[{"fault": "throttle_call", "times": 1}])
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        send_bulk("a@example.org", "b@example.org")
    assert mailbox.messages() == []
    assert mailbox.counters()["throttled"] == 2
    assert statuses(send_bulk("a@example.org")) == ["SUCCESS"]
    assert mailbox.behaviour()["faults"][0]["fired"] == 1


def test_a_fault_lets_calls_through_before_it_fires_and_stops_by_itself(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "server_error", "after": 1, "times": 2}])
    outcomes = []
    for _ in range(5):
        try:
            send()
            outcomes.append("sent")
        except ses.exceptions.ClientError as error:
            outcomes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert outcomes == ["sent", 500, 500, "sent", "sent"]


def test_a_fault_concerns_sending_unless_it_names_an_operation(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "throttle_call"}, {"fault": "server_error", "operation": "GetAccount"}])
    assert ses.list_email_templates()
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        send()
    with pytest.raises(ses.exceptions.ClientError):
        ses.get_account()
    mailbox.behave(faults=[{"fault": "throttle_call", "operation": "*"}])
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        ses.list_email_templates()


def test_a_fault_can_be_about_some_recipients(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "throttle_call", "recipients": "*@slow.example"}])
    assert send("ann@example.org")
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        send("Ann <ANN@slow.example>")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("throttle_entries", "ACCOUNT_THROTTLED"),
        ("fail_entries", "TRANSIENT_FAILURE"),
        ("reject_entries", "MESSAGE_REJECTED"),
        ("daily_quota", "ACCOUNT_DAILY_QUOTA_EXCEEDED"),
    ],
)
def test_entries_of_one_call_fail_and_are_counted_once(mailbox: Any, send_bulk: Any, fault: str, status: str) -> None:
    mailbox.behave(faults=[{"fault": fault, "times": 1, "recipients": "b*"}])
    addresses = ("a@example.org", "b1@example.org", "b2@example.org")
    assert statuses(send_bulk(*addresses)) == ["SUCCESS", status, status]
    assert statuses(send_bulk(*addresses)) == ["SUCCESS"] * 3
    assert mailbox.behaviour()["faults"][0]["fired"] == 1
    assert len(mailbox.messages()) == 4


def test_entry_faults_hit_single_sends_as_errors(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "daily_quota"}])
    with pytest.raises(ses.exceptions.LimitExceededException):
        send()


def test_a_call_dropped_before_accepts_nothing(mailbox: Any, send_bulk: Any) -> None:
    mailbox.behave(faults=[{"fault": "drop_before", "times": 1}])
    with pytest.raises(ConnectionClosedError):
        send_bulk("a@example.org")
    assert mailbox.messages() == []
    assert statuses(send_bulk("a@example.org")) == ["SUCCESS"]


def test_a_call_dropped_after_has_sent_its_emails_and_events(
    mailbox: Any, recorder: Any, listening: str, send_bulk: Any
) -> None:
    mailbox.behave(faults=[{"fault": "drop_after", "times": 1}])
    with pytest.raises(ConnectionClosedError):
        send_bulk("a@example.org", "b@example.org", ConfigurationSetName=listening)
    recorder.wait_for(4)
    assert [mail["to"] for mail in mailbox.messages()] == [["a@example.org"], ["b@example.org"]]
    assert mailbox.counters()["bulk_calls"] == 1


def test_sending_can_be_paused_by_a_fault(ses: Any, mailbox: Any, send_bulk: Any) -> None:
    mailbox.behave(faults=[{"fault": "sending_paused"}])
    with pytest.raises(ses.exceptions.SendingPausedException):
        send_bulk("a@example.org")


def test_a_slow_call_takes_its_time(mailbox: Any, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "slow", "latency_ms": 50, "times": 1}])
    start = time.monotonic()
    send()
    assert time.monotonic() - start >= 0.05


def test_events_can_be_lost(mailbox: Any, recorder: Any, listening: str, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "lose_events", "types": ["Send"], "times": 1}])
    send(ConfigurationSetName=listening)
    send(ConfigurationSetName=listening)
    recorder.wait_for(3)
    assert recorder.kinds() == ["Delivery", "Send", "Delivery"]
    assert mailbox.counters()["events_dropped"] == 1


def test_events_can_come_twice(mailbox: Any, recorder: Any, listening: str, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "duplicate_events", "types": ["Send"]}])
    send(ConfigurationSetName=listening)
    recorder.wait_for(3)
    assert recorder.kinds() == ["Send", "Send", "Delivery"]
    assert recorder.events[0] == recorder.events[1]


def test_events_can_come_late(mailbox: Any, recorder: Any, listening: str, send: Any) -> None:
    mailbox.behave(faults=[{"fault": "delay_events", "types": ["Send"], "seconds": 0.05, "recipients": "ann@*"}])
    send("ann@example.org", ConfigurationSetName=listening)
    recorder.wait_for(2)
    assert recorder.kinds() == ["Delivery", "Send"]


def test_settings_are_merged_and_shown(mailbox: Any) -> None:
    mailbox.behave(rate_per_second=14)
    shown = mailbox.behave(daily_quota=200, faults=[{"fault": "slow", "latency_ms": 5}])
    assert (shown["rate_per_second"], shown["daily_quota"], shown["latency_ms"]) == (14, 200, 0)
    assert shown["faults"] == [{"fault": "slow", "times": None, "after": 0, "latency_ms": 5, "fired": 0}]
    assert mailbox.behave(rate_per_second=None)["rate_per_second"] is None
    assert mailbox.behave(faults=shown["faults"])["faults"] == shown["faults"]


def test_counters_count_and_are_reset(ses: Any, mailbox: Any, send: Any) -> None:
    send()
    assert mailbox.counters() | {"calls": 0} == dict.fromkeys(mailbox.counters(), 0) | {"accepted": 1}
    assert mailbox.counters()["calls"] == 2
    assert set(mailbox.behave(counters="reset")["counters"].values()) == {0}


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": 5},
        {"rate_per_second": 0},
        {"rate_per_second": "fast"},
        {"rate_per_second": True},
        {"daily_quota": 1.5},
        {"daily_quota": -1},
        {"latency_ms": -1},
        {"latency_ms": None},
        {"bounce_addresses": "a@example.org"},
        {"feedback": {}},
        {"feedback": [{"recipients": "*"}]},
        {"feedback": [{"recipients": "*", "bounce": "Permanent"}]},
        {"feedback": [{"recipients": "*", "complaint": 5}]},
        {"feedback": [{"recipients": "*", "complaint": "abuse", "bounce": "Transient/General"}]},
        {"faults": {}},
        {"faults": [{"fault": "explode"}]},
        {"faults": [{"fault": "slow", "speed": 1}]},
        {"faults": [{"fault": "slow", "times": -1}]},
        {"faults": [{"fault": "slow", "recipients": 5}]},
        {"faults": [{"fault": "lose_events", "types": "Send"}]},
        {"faults": [{"fault": "lose_events", "types": ["Sned"]}]},
        {"faults": [{"fault": "throttle_call", "operation": "SendMail"}]},
        {"counters": {}},
        {"sent_last_24_hours": -1},
        [],
    ],
)
def test_a_bad_setting_is_refused_with_a_reason_and_changes_nothing(mailbox: Any, settings: Any) -> None:
    before = mailbox.behaviour()
    if isinstance(settings, dict):
        settings = {"latency_ms": 7, **settings}
    status, _, text = mailbox.request("PUT", "/behaviour", settings)
    assert status == 400
    assert len(text) > len('{"error": ""}')
    assert mailbox.behaviour() == before
