"""`make check` against the local stack: what it says of one that works and of broken ones, and that it does no harm."""

import contextlib
import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from check import CheckFailedError, __main__, removal, steps
from check.recording import shape
from check.stack import Stack
from check.steps import SIMULATOR, Walk, subject
from local.stack import ROOT, LocalStack
from tests.local.campaigners import Campaigner
from tests.unit.domain.ses_examples import EXAMPLES

SHORTLY = 3
"""Seconds to wait for what will not come."""

DOCUMENTED = {
    "success": {"Send": shape(EXAMPLES["send"]), "Delivery": shape(EXAMPLES["delivery"])},
    "bounce": {"Bounce": shape(EXAMPLES["bounce"])},
    "complaint": {"Complaint": shape(EXAMPLES["complaint"])},
}
RECORDINGS: dict[str, Any] = {
    "documentation": {"events": DOCUMENTED},
    **{file.stem: json.loads(file.read_text()) for file in (Path(__file__).parent / "recordings").glob("*.json")},
}
"""What SES says, by its documentation and by what `make check RECORD=tests/local/recordings/NAME.json` wrote on AWS."""


@dataclass(frozen=True)
class Printed:
    """A check that has ended."""

    status: int
    lines: list[str]

    @property
    def failures(self) -> list[str]:
        return [line for line in self.lines if line.startswith("FAIL")]


def check(outputs: Mapping[str, Any], folder: Path, *options: str) -> Printed:
    """Run the command in this process."""
    file = folder / "outputs.json"
    file.write_text(json.dumps(outputs))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = __main__.main(["--outputs", str(file), *options])
    return Printed(status, printed.getvalue().splitlines())


@pytest.fixture
def campaigner(stack: LocalStack) -> Campaigner:
    return Campaigner(stack)


def everything_stored(stack: LocalStack) -> dict[str, dict[str, Any]]:
    """All rows of both tables, all SES templates, and all queues: each with what it holds."""
    scan = stack.cloud.client("dynamodb").get_paginator("scan")
    found: dict[str, Any] = {}
    for table in ("subscribers_table", "campaigns_table"):
        for page in scan.paginate(TableName=stack.outputs[table]):
            for item in page["Items"]:
                key = "/".join(item[name]["S"] for name in ("email", "pk", "sk") if name in item)
                found[f"{table}/{key}"] = item
    templates = stack.cloud.client("sesv2").list_email_templates(PageSize=100)["TemplatesMetadata"]
    queues = stack.cloud.client("sqs").list_queues()["QueueUrls"]
    topics = stack.cloud.client("sns").list_subscriptions()["Subscriptions"]
    subscriptions = [topic["SubscriptionArn"] for topic in topics]
    names = [*(template["TemplateName"] for template in templates), *queues, *subscriptions]
    return found | {name: {} for name in names}


@contextmanager
def nothing_left(stack: LocalStack) -> Generator[None]:
    """AssertionError when a check has left anything but the figures of the day and the hashes that erasure leaves, or
    has mailed anybody outside of the simulator."""
    before, moment = everything_stored(stack), time.time()
    yield
    new = {key: item for key, item in everything_stored(stack).items() if key not in before}
    assert [key for key in new if not key.startswith(("subscribers_table/erased#", "campaigns_table/"))] == []
    assert [key for key in new if "CAMPAIGN" in key or "UNFINISHED" in key] == []
    told = json.dumps(new, default=str)
    assert [word for word in ("check-", "Deployment", SIMULATOR) if word in told] == []
    mailed = [address for mail in stack.ses.mailbox.mails() if mail.sent_at > moment for address in mail.recipients]
    assert [address for address in mailed if not address.endswith(f"@{SIMULATOR}")] == []


@pytest.fixture(scope="module")
def walked(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Printed, Any]:
    """A check of a stack that works, with somebody on the list; and its recording."""
    folder = tmp_path_factory.mktemp("walked")
    campaigner = Campaigner(stack)
    campaigner.add(["friend@example.com"], "friends")
    with nothing_left(stack):
        printed = check(stack.outputs, folder, "--record", str(folder / "recording.json"))
    campaigner.remove_people(["friend@example.com"])
    return printed, json.loads((folder / "recording.json").read_text())


def test_a_stack_that_works_is_said_to_work_line_by_line(walked: tuple[Printed, Any]) -> None:
    printed, _ = walked
    assert printed.status == 0, "\n".join(printed.lines)
    *lines, last = printed.lines
    assert last == "The stack works."
    assert len(lines) == len(steps.LOOKING) + len(steps.TRYING) + len(("leftovers", "removal", "recording", "its end"))
    assert all(line.startswith("ok    ") for line in lines)
    (ledger,) = [line for line in lines if "ledger" in line]
    assert ledger.endswith("4 planned, 4 sent, 0 failed, 0 skipped, 0 unknown, 0 pending")
    (events,) = [line for line in lines if "events come back" in line]
    for heard in ("bounce was bounced", "complained", "suppressionlist was bounced", "confirmation bounced"):
        assert heard in events
    assert "5 people; erasure leaves a keyed hash of each" in lines[-1]


def test_a_recording_holds_what_ses_said_and_nobodys_data(walked: tuple[Printed, Any]) -> None:
    _, recorded = walked
    assert {recipient: sorted(kinds) for recipient, kinds in recorded["events"].items()} == {
        "success": ["Delivery", "Send"],
        "bounce": ["Bounce", "Send"],
        "bounce-signup": ["Bounce", "Send"],
        "complaint": ["Complaint", "Delivery", "Send"],
        "suppressionlist": ["Bounce", "Send"],
    }
    assert recorded["events"]["suppressionlist"]["Bounce"]["bounce"]["bounceSubType"] == "=Suppressed"
    assert recorded["answers"]["GetAccount"]["SendQuota"]["MaxSendRate"] == "number"
    text = json.dumps(recorded)
    assert not [private for private in ("@", "check-1", "example.com", "arn:") if private in text]


def differences(recorded: Any, seen: Any, path: str = "") -> list[str]:
    """What SES says and the stand-in does not. The stand-in may say more: SES leaves out what it does not know."""
    if isinstance(recorded, dict) and isinstance(seen, dict):
        missing = [f"{path}.{name} is missing" for name in recorded if name not in seen]
        shared = [name for name in recorded if name in seen]
        return missing + [one for name in shared for one in differences(recorded[name], seen[name], f"{path}.{name}")]
    if isinstance(recorded, list) and isinstance(seen, list):
        pairs = [[differences(item, other, f"{path}[]") for other in seen] for item in recorded]
        return [one for found in pairs for one in (min(found, key=len) if found else [f"{path} is empty"])]
    return [] if recorded == seen else [f"{path} is {seen}, not {recorded}"]


@pytest.mark.parametrize("source", RECORDINGS)
def test_the_stand_in_answers_as_ses_does(walked: tuple[Printed, Any], source: str) -> None:
    _, seen = walked
    assert differences(RECORDINGS[source], seen) == []


def test_a_difference_from_what_was_recorded_is_named() -> None:
    recorded = {"tags": [{"a": "text"}], "kind": "=Bounce", "new": "text"}
    seen = {"tags": [{"b": "text"}, {"a": "number"}], "kind": "=Complaint", "more": "text"}
    assert differences(recorded, seen) == [
        ".new is missing",
        ".tags[].a is missing",
        ".kind is =Complaint, not =Bounce",
    ]


# What is broken is named


def test_a_sender_that_is_not_verified_ends_the_check_before_it_makes_anything(
    campaigner: Campaigner, tmp_path: Path
) -> None:
    with nothing_left(campaigner.stack), campaigner.ses(unverified_identities=["newsletter@example.com"]):
        printed = check(campaigner.stack.outputs, tmp_path)
    assert printed.status == 1
    assert printed.failures == [printed.lines[2]]
    assert printed.lines[2:] == [
        "FAIL  SES has verified the sender: SES has not verified newsletter@example.com yet.",
        "      AWS has emailed a link to newsletter@example.com, which is valid for 24 hours: open it.",
    ]


def test_a_wrong_token_ends_the_check_before_it_makes_anything(stack: LocalStack, tmp_path: Path) -> None:
    with nothing_left(stack):
        printed = check({**stack.outputs, "admin_token": "another"}, tmp_path)
    assert printed.status == 1
    assert printed.failures == [printed.lines[1]]
    assert "the API refuses the token in the output admin_token (403)." in printed.lines[1]
    assert "Read the outputs again" in printed.lines[2]


def test_events_that_do_not_arrive_are_missed(campaigner: Campaigner, tmp_path: Path) -> None:
    lost = [{"fault": "lose_events", "recipients": f"*@{SIMULATOR}"}]
    with nothing_left(campaigner.stack), campaigner.ses(faults=lost):
        printed = check(campaigner.stack.outputs, tmp_path, "--wait", str(SHORTLY))
    assert printed.status == 1
    (failure,) = printed.failures
    assert failure.startswith("FAIL  SES's events come back and clean the list: none came about bounce+check-")
    advice = printed.lines[printed.lines.index(failure) + 1]
    assert "`mail-events`" in advice
    assert "      No function has logged an error." in printed.lines
    assert printed.lines[-1].startswith("ok    Everything this check made is removed: 5 people")


@contextmanager
def without(stack: LocalStack, function: str, action: str) -> Generator[None]:
    """A function whose role lacks a permission for a while."""
    iam = stack.cloud.client("iam")
    configuration = stack.cloud.client("lambda").get_function_configuration(FunctionName=function)
    role = configuration["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    reduced = json.loads(json.dumps(policy).replace(json.dumps(action), json.dumps("none:None")))
    assert reduced != policy
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


def test_a_function_without_a_permission_is_named_with_the_permission(stack: LocalStack, tmp_path: Path) -> None:
    with nothing_left(stack), without(stack, stack.outputs["subscribe_function"], "dynamodb:UpdateItem"):
        printed = check(stack.outputs, tmp_path)
    assert printed.status == 1
    (failure,) = printed.failures
    assert failure.startswith("FAIL  An operator subscribes people by invoking the function: subscribe answered 500")
    assert any("Logged by subscribe: " in line and "dynamodb:UpdateItem" in line for line in printed.lines)
    assert any("lacks a permission" in line for line in printed.lines)
    assert printed.lines[-1].startswith("ok    Everything this check made is removed: 0 people")


def test_a_function_behind_a_queue_without_a_permission_is_named_too(campaigner: Campaigner, tmp_path: Path) -> None:
    stack = campaigner.stack
    with without(stack, campaigner.function_name("record_event"), "dynamodb:UpdateItem"):
        printed = check(stack.outputs, tmp_path, "--wait", str(3 * SHORTLY))
    assert printed.status == 1
    assert "events come back" in printed.failures[0]
    assert any("Logged by record_event: " in line for line in printed.lines), printed.lines


# Nobody is mailed who should not be, and nothing is left


def test_nothing_is_sent_when_somebody_else_is_in_the_audience(campaigner: Campaigner) -> None:
    stack, walk = campaigner.stack, Walk(Stack(campaigner.stack.outputs), SHORTLY)
    friend = {"email": "caught@example.com", "attributes": {"check": walk.run}}
    assert campaigner.admin("POST", "/subscribers", json=friend).status_code == 201
    with nothing_left(stack), pytest.raises(CheckFailedError, match="5 people instead of 4, so nothing was sent"):
        __main__.take_walk(walk)
    assert walk.campaign == ""
    assert campaigner.mails("caught") == []


def test_a_check_that_is_interrupted_removes_what_it_made(stack: LocalStack, tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(stack.outputs))
    command = [sys.executable, "-m", "check", "--outputs", str(tmp_path / "outputs.json")]
    lines = []
    with (
        nothing_left(stack),
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "An operator subscribes" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
    assert "Everything this check made is removed: " in lines[-2]
    assert lines[-1] == "Interrupted.\n"


def test_a_campaign_that_was_asked_for_when_the_check_ended_is_found_and_removed(
    campaigner: Campaigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(Stack(campaigner.stack.outputs), 20)
    invoke, calls = Stack.invoke, []

    def cut_off(stack: Stack, function: str, event: Mapping[str, Any], **arguments: Any) -> Any:
        if function != "send_newsletter":
            return invoke(stack, function, event, **arguments)
        calls.append(threading.Thread(target=invoke, args=(Stack(stack.outputs), function, event), kwargs=arguments))
        calls[0].start()
        raise KeyboardInterrupt

    monkeypatch.setattr(Stack, "invoke", cut_off)
    with nothing_left(campaigner.stack):
        with pytest.raises(KeyboardInterrupt):
            __main__.take_walk(walk)
        calls[0].join()
    assert walk.own_campaigns() == []


def test_what_a_killed_check_left_behind_is_removed_by_the_next_one_unless_it_may_still_run(
    campaigner: Campaigner,
) -> None:
    walk = Walk(Stack(campaigner.stack.outputs), SHORTLY)
    runs = {"killed": f"check-{int(time.time()) - 7200}-abcdef", "running": steps.new_run()}
    emails = {name: steps.simulated("complaint", run) for name, run in runs.items()}
    campaigner.add([*emails.values(), "complaint+check-100-abcdef@example.com"], "labelled")
    campaigns = {
        name: campaigner.create("nobody", subject=subject(run), hold=True, audience={"attributes": {"check": run}})
        for name, run in runs.items()
    }
    assert removal.leftovers_are_removed(walk) == "1 people, 1 campaigns"
    assert {name: walk.status(email) for name, email in emails.items()} == {"killed": "", "running": "active"}
    assert [found["id"] for found in walk.campaigns()] == [campaigns["running"]]
    assert walk.status("complaint+check-100-abcdef@example.com") == "active"
    campaigner.steer(campaigns["running"], "cancel")
    campaigner.remove_people([emails["running"], "complaint+check-100-abcdef@example.com"])
