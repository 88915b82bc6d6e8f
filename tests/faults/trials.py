"""`python -m tests.faults.trials [leaving] [quota] [large]`: long runs on the local stack without injected faults.

`leaving`: people unsubscribe, bounce and are erased while a campaign of 5,000 goes out. `quota`: 3,000 recipients, of
whom SES takes 1,000 a day. `large`: 50,000 recipients, with a planner that is cut short again and again.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.stack import LocalStack
from tests.local.campaigners import OVER, Campaigner, assert_nobody_was_mailed_after_leaving

LEAVING_PEOPLE, LEAVING_RATE = 5_000, 100
QUOTA_PEOPLE, DAILY_QUOTA = 3_000, 1_000
LARGE_PEOPLE = 50_000
PLANNER_SECONDS = 36
"""Time-out of the planner in the large trial. It hands over to a fresh invocation with 30 seconds left."""

PATIENCE_SECONDS = 3600


def leaving(campaigner: Campaigner) -> str:
    """Nobody is mailed after their departure was acknowledged."""
    emails = campaigner.add_people("leaving", LEAVING_PEOPLE)
    left: dict[str, datetime] = {}
    going = random.Random(7).sample(emails, LEAVING_PEOPLE // 10)
    with campaigner.ses(rate_per_second=LEAVING_RATE):
        campaign = campaigner.create("leaving")
        for number, email in enumerate(going):
            left[email] = campaigner.leave(email, ("unsubscribe", "erase", "bounce")[number % 3])
            if number % 20 == 0 and campaigner.show(campaign)["status"] == "sent":
                break
        counts = campaigner.wait(campaign, PATIENCE_SECONDS)["counts"]
    assert_nobody_was_mailed_after_leaving(campaigner, "leaving", left)
    received = campaigner.received("leaving")
    assert set(received.values()) == {1}
    assert counts["sent"] == len(received)
    assert counts["sent"] + counts["skipped"] == counts["planned"]
    assert set(emails) - set(received) <= set(left), "nobody but those who left went without"
    return f"{len(left)} left meanwhile, {counts['skipped']} of them were skipped, {counts['sent']} mails"


def quota(campaigner: Campaigner) -> str:
    """The campaign pauses itself each time the day's quota is used up, and continues by itself when it has returned."""
    emails = campaigner.add_people("quota", QUOTA_PEOPLE)
    mails_of_days = []
    with campaigner.ses(daily_quota=DAILY_QUOTA, sent_last_24_hours=0):
        campaign = campaigner.create("quota")
        while campaigner.wait(campaign, PATIENCE_SECONDS, _rests_or_is_over)["status"] == "paused":
            mails_of_days.append(len(campaigner.received("quota")))
            campaigner.behaviour(sent_last_24_hours=0)
            campaigner.wait(campaign, PATIENCE_SECONDS, lambda shown: shown["status"] != "paused")
    campaigner.assert_exactly_one_mail_each("quota", emails, campaign)
    assert mails_of_days, "the campaign never met the quota"
    assert all(count <= day * DAILY_QUOTA for day, count in enumerate(mails_of_days, 1))
    return (
        f"{len(emails)} emails, one each; paused at {', '.join(map(str, mails_of_days))} emails and went on by itself"
    )


def _rests_or_is_over(shown: dict[str, Any]) -> bool:
    return shown["status"] == "paused" or shown["status"] in OVER


def large(campaigner: Campaigner) -> str:
    """Everybody gets one email, though the planner has a few seconds an invocation."""
    client = campaigner.stack.cloud.client("lambda")
    client.update_function_configuration(
        FunctionName=campaigner.function_name("plan_campaign"), Timeout=PLANNER_SECONDS
    )
    emails = campaigner.add_people("large", LARGE_PEOPLE)
    started = time.monotonic()
    campaign = campaigner.create("large")
    campaigner.wait(campaign, PATIENCE_SECONDS, lambda shown: shown["planning_complete"])
    planned = time.monotonic() - started
    campaigner.wait(campaign, PATIENCE_SECONDS)
    seconds = time.monotonic() - started
    campaigner.assert_exactly_one_mail_each("large", emails, campaign)
    logs = campaigner.stack.function_logs()
    invocations = sum("plan_campaign" in line and "START" in line for line in logs.splitlines())
    assert invocations > 1, "the planner was never cut short"
    return (
        f"{len(emails)} emails, one each, in {seconds:.0f} s ({len(emails) / seconds:.0f} a second); "
        f"planned in {planned:.0f} s by {invocations} invocations"
    )


TRIALS: dict[str, Callable[[Campaigner], str]] = {"leaving": leaving, "quota": quota, "large": large}


def main() -> int:
    names = sys.argv[1:] or list(TRIALS)
    if unknown := set(names) - set(TRIALS):
        print(f"no such trial: {', '.join(sorted(unknown))}; there are {', '.join(TRIALS)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names:
        with LocalStack(port=0, enforce_iam=True) as stack:
            try:
                print(f"{name}: {TRIALS[name](Campaigner(stack))}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"{name}: FAILED: {error}", flush=True)
    print(f"\n{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
