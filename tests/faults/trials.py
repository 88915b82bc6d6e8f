"""`python -m tests.faults.trials [leaving] [large]`: long runs on the local stack that no fault is injected into.

`leaving`: people unsubscribe, bounce and are erased while a campaign of 5,000 goes out. `large`: 50,000 recipients,
with a planner that is cut short again and again.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import datetime

from local.stack import LocalStack
from tests.local.campaigners import Campaigner, assert_nobody_was_mailed_after_leaving

LEAVING_PEOPLE, LEAVING_RATE = 5_000, 100
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


def large(campaigner: Campaigner) -> str:
    """Everybody gets one mail, though the planner has a few seconds an invocation."""
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
        f"{len(emails)} mails, one each, in {seconds:.0f} s ({len(emails) / seconds:.0f} a second); "
        f"planned in {planned:.0f} s by {invocations} invocations"
    )


TRIALS: dict[str, Callable[[Campaigner], str]] = {"leaving": leaving, "large": large}


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
