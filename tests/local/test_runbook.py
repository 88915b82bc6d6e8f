"""The steps of docs/runbook.md, done on the local stack with the commands that stand there.

`pulumi up` cannot be run again on a local stack. Where a step is a change of configuration, its effect on the stored
secrets is made by hand here, as the program declares it (tests/unit/components/test_program.py).
"""

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from email_list.people.signup import Wish
from email_list.people.subscribers import Evidence
from local.stack import ROOT, LocalStack
from tests.local.campaigners import Campaigner
from tests.local.visitor import Visitor, until

RUNBOOK = (ROOT / "docs/runbook.md").read_text()
PAGES = RUNBOOK + (ROOT / "docs/analytics.md").read_text()
BLOCKS = re.findall(r"(?m)^(?: {4}\S.*\n(?: {8}.*\n)*)+", PAGES)
COMMANDS = [line.strip() for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]


class Operator:
    """Follows the runbook: finds a command by its beginning, and does what the AWS CLI would do."""

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    def follow(self, beginning: str, replaced: dict[str, str] | None = None) -> Any:
        """Run a command of the runbook, with what stands there for an example replaced."""
        (command,) = [command for command in COMMANDS if command.startswith(beginning)]
        for example, real in (replaced or {}).items():
            assert example in command
            command = command.replace(example, real)
        command = re.sub(r"\$\(pulumi stack output (\w+)\)", lambda found: self._stack.outputs[found[1]], command)
        aws, service, operation, *words = shlex.split(command)
        assert aws == "aws"
        if operation == "wait":
            return self._wait(service, words)
        client = self._stack.cloud.client(service)
        method = operation.replace("-", "_")
        query, target, parameters = self._parameters(client, method, words)
        answer = getattr(client, method)(**parameters)
        if query == "Payload":
            return json.loads(answer[query].read() or "null")
        if target:
            (self._folder / target).write_text(json.dumps(answer[query]))
        return answer

    def _wait(self, service: str, words: list[str]) -> None:
        what, option, name = words
        assert (what, option) == ("table-exists", "--table-name")
        self._stack.cloud.client(service).get_waiter("table_exists").wait(TableName=name)

    def _parameters(self, client: Any, method: str, words: list[str]) -> tuple[str, str, dict[str, Any]]:
        """What to take of the answer, into which file, and the operation's parameters."""
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
        names = {f"--{xform_name(name, '-')}": name for name in model.members}
        query, target, parameters, words = "", "", {}, list(words)
        while words:
            match words.pop(0):
                case "--query":
                    query = words.pop(0)
                case ">":
                    target = words.pop(0)
                case "--cli-binary-format" | "--cli-read-timeout":
                    words.pop(0)
                case "answer.json":
                    query = "Payload"
                case option:
                    name = names[option]
                    kind = model.members[name].type_name
                    parameters[name] = True if kind == "boolean" else self._value(kind, words.pop(0))
        return query, target, parameters

    def _value(self, kind: str, word: str) -> Any:
        if word.startswith("file://"):
            word = (self._folder / word.removeprefix("file://")).read_text()
        if kind == "list":
            return [word]
        return json.loads(word) if kind in ("map", "structure", "integer") else word


@pytest.fixture
def operator(stack: LocalStack, tmp_path: Path) -> Operator:
    return Operator(stack, tmp_path)


@pytest.fixture
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


@pytest.fixture
def campaigner(stack: LocalStack) -> Campaigner:
    return Campaigner(stack)


def test_the_runbook_names_what_there_is(stack: LocalStack) -> None:
    outputs = set(re.findall(r"pulumi stack output (\w+)", RUNBOOK))
    keys = {key.partition("[")[0] for key in re.findall(r"pulumi config set .*?email-list:([\w\[\]]+)", RUNBOOK)}
    declared = (ROOT / "Pulumi.yaml").read_text()
    assert outputs <= stack.outputs.keys()
    assert keys == {"linkKeys", "adminTokens", "senderDomain"}
    assert all(f"\n  {key}:\n" in declared for key in keys)


# Restore a table to a point in time


def test_a_person_who_was_lost_is_brought_back_from_a_restored_table(
    stack: LocalStack, operator: Operator, visitor: Visitor
) -> None:
    email, erased = "ada@restored.example.com", "erased@restored.example.com"
    consent = {"at": "2026-01-01T00:00:00.000Z", "wording": "I want letters."}
    visitor.put(email, "active", name="Ada", consent=consent)
    visitor.put(erased, "active")
    # The emulator restores a table as it is now, whatever moment is named: so before the accident.
    operator.follow("aws dynamodb restore-table-to-point-in-time")
    operator.follow("aws dynamodb wait table-exists")
    tables = stack.cloud.client("dynamodb")
    try:
        tables.delete_item(TableName=stack.outputs["subscribers_table"], Key={"email": {"S": email}})
        visitor.admin("DELETE", f"/subscribers/{erased}")
        assert [visitor.admin("GET", f"/subscribers/{lost}").status_code for lost in (email, erased)] == [404, 404]
        refused = visitor.admin("POST", "/subscribers", json={"email": erased})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "erased")
        operator.follow("aws dynamodb get-item", {"ada@example.com": email})
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            operator.follow("aws dynamodb put-item")
        assert visitor.admin("POST", "/subscribers", json={"email": email}).status_code == 201
        operator.follow("aws dynamodb put-item")
        restored = visitor.person(email) or {}
        assert (restored["name"], restored["consent"]) == ("Ada", consent)
    finally:
        operator.follow("aws dynamodb delete-table")
    assert "restored" not in tables.list_tables()["TableNames"]
    answer = operator.follow('aws lambda invoke --function-name "$(pulumi', {"{}": '{"settling_seconds": 0}'})
    assert json.loads(answer["body"])["status"] == "done"


# Replay dead letters, handle a failure


def queue(stack: LocalStack, name: str) -> str:
    """The URL of one of the stack's queues."""
    (url,) = stack.cloud.client("sqs").list_queues(QueueNamePrefix=f"email-list-local-{name}-")["QueueUrls"]
    return url


def arn(stack: LocalStack, url: str) -> str:
    return f"arn:aws:sqs:{stack.cloud.region}:000000000000:{url.rpartition('/')[2]}"


@contextmanager
def resting(stack: LocalStack, queue_url: str) -> Generator[None]:
    """Let Lambda leave a queue alone."""
    client = stack.cloud.client("lambda")
    (mapping,) = client.list_event_source_mappings(EventSourceArn=arn(stack, queue_url))["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_a_sign_up_that_failed_on_every_attempt_is_done_after_the_dead_letters_are_replayed(
    stack: LocalStack, operator: Operator, visitor: Visitor
) -> None:
    sqs, signups, dead = stack.cloud.client("sqs"), queue(stack, "signups"), queue(stack, "dead-letters")
    wish = Wish("late@replayed.example.com", "", (), {}, Evidence(at="2026-11-24T10:00:00.000Z"), "en")

    def found() -> list[Any]:
        sqs.receive_message(QueueUrl=signups, VisibilityTimeout=0)
        url = {"<URL of the dead-letter queue>": dead}
        return operator.follow("aws sqs receive-message --queue-url <URL of the dead-letter queue>", url).get(
            "Messages"
        )

    with resting(stack, signups):
        sqs.send_message(QueueUrl=signups, MessageBody=wish.to_json())
        (message,) = until(found, "the dead letter")
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(stack, signups)
    operator.follow("aws sqs start-message-move-task", {"<ARN of the dead-letter queue>": arn(stack, dead)})
    assert visitor.press(visitor.link("late@replayed.example.com", "/confirm")).status_code == 200


def test_a_queue_that_is_no_dead_letter_queue_is_not_replayed(stack: LocalStack, operator: Operator) -> None:
    wrong = {"<ARN of the dead-letter queue>": arn(stack, queue(stack, "signups"))}
    with pytest.raises(ClientError, match="not a dead-letter queue"):
        operator.follow("aws sqs start-message-move-task", wrong)


def test_background_work_that_fails_leaves_a_notice_with_the_function_and_its_event(
    stack: LocalStack, operator: Operator, campaigner: Campaigner
) -> None:
    url = {"<URL of the queue of failures>": queue(stack, "failures")}
    exporter = campaigner.function_name("export_subscribers")

    def notices() -> Any:
        return operator.follow("aws sqs receive-message --queue-url <URL of the queue of failures>", url).get(
            "Messages"
        )

    stack.cloud.client("lambda").invoke(FunctionName=exporter, InvocationType="Event", Payload=b'{"job": "no id"}')
    (notice,) = [json.loads(message["Body"]) for message in until(notices, "the notice")]
    assert exporter in notice["requestContext"]["functionArn"]
    assert notice["requestPayload"] == {"job": "no id"}
    operator.follow("aws sqs purge-queue", url)
    event = {"<name of the function>": exporter, "<requestPayload>": json.dumps(notice["requestPayload"])}
    operator.follow("aws lambda invoke --function-name <name", event)
    (again,) = [json.loads(message["Body"]) for message in until(notices, "the notice of the same failure")]
    assert again["requestPayload"] == notice["requestPayload"]
    operator.follow("aws sqs purge-queue", url)


# Rotate keys and tokens


@contextmanager
def changing(stack: LocalStack, variable: str, *readers: str) -> Generator[Callable[[Callable[[Any], Any]], None]]:
    """What `pulumi up` does when a secret changes: store it, and start its readers afresh by telling them its version.

    Only those of its readers that the test needs, since each has to start again. Afterwards the secret is as it was.
    """
    functions, parameters = stack.cloud.client("lambda"), stack.cloud.client("ssm")
    pages = functions.get_paginator("list_functions").paginate()
    environments = {
        function["FunctionName"]: function["Environment"]["Variables"]
        for page in pages
        for function in page["Functions"]
        if any(f"-{reader}-" in function["FunctionName"] for reader in readers)
    }
    (name,) = {environment[variable] for environment in environments.values()}
    before = parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def store(value: str) -> None:
        version = parameters.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)["Version"]
        for function, environment in environments.items():
            variables = {**environment, f"{variable}_VERSION": str(version)}
            functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})

    def change(how: Callable[[Any], Any]) -> None:
        now = parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        store(json.dumps(how(json.loads(now))))

    try:
        yield change
    finally:
        store(before)


def test_links_of_the_old_key_open_until_it_is_taken_away(stack: LocalStack, visitor: Visitor) -> None:
    assert visitor.sign_up("old@rotated.example.com").status_code == 202
    old = visitor.link("old@rotated.example.com", "/confirm")
    with changing(stack, "LINK_KEYS_PARAMETER", "send_confirmation", "confirm") as change:
        change(lambda secret: {**secret, "current": "2", "keys": {**secret["keys"], "2": "a-new-key"}})
        assert visitor.sign_up("new@rotated.example.com").status_code == 202
        new = visitor.link("new@rotated.example.com", "/confirm")
        assert new.partition("token=")[2].startswith("2.")
        assert [visitor.get(link).status_code for link in (old, new)] == [200, 200]
        change(lambda secret: {**secret, "keys": {"2": secret["keys"]["2"]}})
        assert [visitor.get(link).status_code for link in (old, new)] == [400, 200]
    assert visitor.press(old).status_code == 200


def test_both_admin_tokens_open_the_api_until_the_old_one_is_taken_away(stack: LocalStack, visitor: Visitor) -> None:
    new = {"authorization": "Bearer a-new-token"}
    digest = hashlib.sha256(b"a-new-token").hexdigest()

    def opens() -> list[int]:
        return [visitor.admin("GET", "/settings", headers=headers).status_code for headers in ({}, new)]

    assert opens() == [200, 403]
    with changing(stack, "ADMIN_TOKENS_PARAMETER", "authorizer") as change:
        change(lambda secret: {**secret, "full": {**secret["full"], "second": digest}})
        assert opens() == [200, 200]
        change(lambda secret: {**secret, "full": {"second": digest}})
        assert opens() == [403, 200]
    assert opens() == [200, 403]


# Resume a campaign, leave the sandbox, move to another domain


def test_a_campaign_that_stands_still_says_why_and_goes_on_when_it_is_resumed(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("runbook", 30)
    campaign = campaigner.create("runbook", hold=True)
    assert campaigner.show(campaign)["reason"]["message"]
    assert campaigner.steer(campaign, "resume").status_code == 200
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("runbook", emails, campaign)


def test_an_account_leaves_the_sandbox_and_the_settings_show_it(
    stack: LocalStack, operator: Operator, visitor: Visitor
) -> None:
    stack.cloud.client("sesv2").put_account_details(
        ProductionAccessEnabled=False, MailType="MARKETING", WebsiteURL="https://www.example.com"
    )
    try:
        assert visitor.admin("GET", "/settings").json()["account"]["in_sandbox"] is True
    finally:
        operator.follow("aws sesv2 put-account-details")
    assert visitor.admin("GET", "/settings").json()["account"]["in_sandbox"] is False


def test_the_settings_show_whether_the_sender_is_verified(visitor: Visitor) -> None:
    assert visitor.admin("GET", "/settings").json()["sender"]["verified"] is True
