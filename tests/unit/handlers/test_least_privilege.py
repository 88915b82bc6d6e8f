"""Every function may do what it does, and nothing else.

Each handler runs here through all of its paths in moto, with the environment and against the policy that the Pulumi
program really declares for it. Every AWS call is recorded, and what it needs is compared with what is allowed. SES is
its stand-in; starting functions and making schedules is recorded and goes no further.
"""

import base64
import functools
import json
import os
import runpy
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import Any

import botocore.client
import pytest
import requests
from botocore.signers import generate_presigned_url

from components import packaging
from email_list.aws import clients
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client, dynamodb_table
from email_list.aws.confirmation_table import ConfirmationTable
from email_list.aws.line_table import LineTable
from email_list.aws.ses_press import SesPress
from email_list.campaigns.campaign import Campaign, Status
from email_list.campaigns.store import Move
from email_list.clock import iso, utc_now
from email_list.deliverability import gmail
from email_list.errors import InvalidError
from email_list.people import captcha
from email_list.people.brake import note_bounce
from email_list.people.links import Links
from email_list.people.tokens import LinkKeys, LinkTokens
from email_list.webhooks import delivery
from local.project import load_project
from local.ses import SesStandIn
from tests.unit.components.recording import STACK, Deployment, arn, physical_name, run_program
from tests.unit.handlers.aws_calls import Permission, needed
from tests.unit.handlers.conftest import LINK_KEYS, REGION, Context, Stack, code_folder, forget_collaborators
from tests.unit.handlers.test_analytics import person, record
from tests.unit.handlers.test_pictures import ASKED as PICTURE_ASKED
from tests.unit.handlers.test_pictures import PICTURE

ROOT = Path(__file__).parents[3]
WEBHOOK_SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
EVERY_FEATURE = {
    "goodbyeMail": "true",
    "captchaSiteKey": "site-key",
    "captchaSecret": "secret",
    "topics": json.dumps([{"name": "News"}]),
    "archive": "true",
    "webhookUrl": "https://hook.example.org/list",
    "webhookSecret": WEBHOOK_SECRET,
    "forgetUnsubscribedAfterDays": "30",
    "postmasterCredentials": json.dumps(
        {"type": "authorized_user", "client_id": "1", "client_secret": "2", "refresh_token": "3"}
    ),
    "warmUp": json.dumps({"start": 1_000_000, "factor": "2"}),
    "quicksight": "true",
    "quicksightPrincipal": "arn:aws:quicksight:eu-west-1:123456789012:user/default/boss",
    "reportRecipients": json.dumps(["boss@example.org"]),
    "trackEngagement": "consenting",
}
ANN, BOB, SENDER = "ann@example.com", "bob@example.com", "newsletter@example.com"
PUBLIC_URL = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com"

BY_LAMBDA_FOR_QUEUES = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
BY_LAMBDA_FOR_STREAMS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""What Lambda does in a function's role to feed it (Lambda developer guide, SQS and DynamoDB as event sources)."""


# The comparison


def problems(used: set[Permission], allowed: set[Permission]) -> list[str]:
    """What is used and not allowed, and what could be taken away; empty when a policy is exactly right."""
    missing = _uncovered(used, allowed)
    needless = [permission for permission in allowed if _uncovered(used, allowed - {permission}) == missing]
    return sorted([f"needs {action} on {resource}" for action, resource in missing]) + sorted(
        [f"may {action} on {resource}, and no scenario here makes it do so" for action, resource in needless]
    )


def _uncovered(used: set[Permission], allowed: set[Permission]) -> set[Permission]:
    return {need for need in used if not any(_covers(permission, need) for permission in allowed)}


def _covers(permission: Permission, need: Permission) -> bool:
    """Everything, "*", is right only where an action knows no resources."""
    if "*" in (permission[1], need[1]):
        return permission == need
    return permission[0] == need[0] and fnmatchcase(need[1], permission[1])


def allowed_to(deployment: Deployment, function: str) -> set[Permission]:
    # The recording's ARNs of functions lack the word that the program puts into patterns of its own.
    return {(action, resource.replace(":function:", ":")) for action, resource in deployment.permissions(function)}


def used_by_services(deployment: Deployment, function: str) -> set[Permission]:
    """What AWS itself does in a function's role: write its log, feed it, put aside what it cannot do."""
    log_group = deployment.functions[function].inputs["loggingConfig"]["logGroup"]
    used = {(action, arn("cloudwatch", f"{log_group}:*")) for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        if mapping.inputs["functionName"] == physical_name(function):
            source = mapping.inputs["eventSourceArn"]
            actions = BY_LAMBDA_FOR_QUEUES if ":sqs:" in source else BY_LAMBDA_FOR_STREAMS
            used |= {(action, source) for action in actions} | _set_aside(mapping.inputs, "destinationArn")
    for config in deployment.all("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"):
        if config.inputs["functionName"] == physical_name(function):
            used |= _set_aside(config.inputs, "destination")
    return used


def _set_aside(inputs: Mapping[str, Any], key: str) -> set[Permission]:
    on_failure = (inputs.get("destinationConfig") or {}).get("onFailure")
    return {("sqs:SendMessage", on_failure[key])} if on_failure else set()


# The functions at work


class World(Stack):
    """A deployed stack whose functions run here, one at a time, and what each of them asked of AWS."""

    def __init__(self, deployment: Deployment, events: list[dict[str, Any]]) -> None:
        self.deployment = deployment
        self.used: dict[str, set[Permission]] = {function: set() for function in deployment.functions}
        self.events = events
        self.bounces: list[dict[str, Any]] = []
        self.schedules: set[str] = set()
        self.looks = 0
        self._running: str | None = None
        environments = [deployment.environment(function) for function in deployment.functions]
        self.environment = functools.reduce(lambda known, one: {**known, **one}, environments, {})
        self.subscribers = dynamodb_table(self.environment["SUBSCRIBERS_TABLE"])
        self.records = dynamodb_table(self.environment["RECORDS_TABLE"])
        self.store = CampaignTable(self.records)
        self.links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))

    def run(self, handler: str, event: Any, context: Context | None = None) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            for name in self.environment:
                patch.delenv(name, raising=False)
            patch.setenv("AWS_LAMBDA_FUNCTION_NAME", physical_name(handler))
            for name, value in self.deployment.environment(handler).items():
                patch.setenv(name, value)
            forget_collaborators()
            self._running = handler
            try:
                return super().run(handler, event, context)
            finally:
                self._running = None

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """A call is about to be made; it counts when a function makes it."""
        if self._running is not None:
            self.used[self._running] |= needed(service, operation, parameters)

    def take_events(self) -> list[dict[str, Any]]:
        """SES's events so far, in the shape in which Lambda hands them over."""
        records = [{"messageId": str(number), "body": json.dumps(event)} for number, event in enumerate(self.events)]
        self.events.clear()
        return records

    def feed(self) -> bytes:
        """A feed as it is read, with one more entry each time."""
        self.looks += 1
        entries = [
            {"key": str(number), "title": "One", "url": "https://e.org/", "text": "", "image_url": "", "date": ""}
            for number in range(self.looks)
        ]
        reading = {"title": "Blog", "link": "https://e.org/", "entries": entries}
        return json.dumps({"reading": reading, "etag": "", "modified": ""}).encode()

    def forget_rate(self) -> None:
        """As after a quiet time: the next who wants to send asks SES how fast it may."""
        self.records.delete_item(Key={"pk": "RATE", "sk": "LINE"})

    @contextmanager
    def ses(self, **settings: Any) -> Generator[None]:
        """SES that behaves like this for a while; the functions learn of its rate at once."""
        url = f"{os.environ['AWS_ENDPOINT_URL_SESV2']}/mailbox/behaviour"
        before = requests.get(url, timeout=10).json()

        def behave(wanted: Mapping[str, Any]) -> None:
            assert requests.put(url, json=wanted, timeout=10).ok
            self.forget_rate()

        behave(settings)
        yield
        behave({name: before[name] for name in settings})

    def create(self, handler: str = "campaigns", **request: Any) -> str:
        """A campaign's id."""
        letter = {"subject": "News", **({} if "template" in request else {"body": "Hello."}), **request}
        if handler == "send_newsletter":
            answer = self.invoke(handler, letter, Context(remaining=5000))
            return answer.json["campaign_id"]
        return self.http(handler, "POST", "/campaigns", json_body=letter).json["id"]

    def steer(self, campaign: str, action: str, **request: Any) -> Any:
        path = f"/campaigns/{campaign}/{action}"
        return self.http("campaigns", "POST", path, json_body=request)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """What the program declares with every feature turned on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packaging, "build_bundle", lambda *_: tmp_path_factory.mktemp("bundle"))
        config = load_project(ROOT, STACK, EVERY_FEATURE).config
        return run_program(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config)


@pytest.fixture(scope="module")
def used(declared: Deployment, moto: None) -> dict[str, set[Permission]]:
    """What each function asked of AWS in all of its scenarios, and what AWS does for it."""
    events: list[dict[str, Any]] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        SesStandIn(publish=lambda topic, event: events.append(dict(event))) as ses,
        code_folder(patch, json.dumps(declared.list_document)),
    ):
        patch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        for cached in (clients.client, clients.sending_client, clients.storage_client):
            cached.cache_clear()
        _make_resources(declared)
        world = World(declared, events)
        _record_calls(patch, world)
        for scenario in SCENARIOS:
            scenario(world, patch)
    for cached in (clients.client, clients.sending_client, clients.storage_client):
        cached.cache_clear()
    forget_collaborators()
    return {function: world.used[function] | used_by_services(declared, function) for function in declared.functions}


def _record_calls(patch: pytest.MonkeyPatch, world: World) -> None:
    make_call = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        world.call(service, operation, parameters)
        if operation == "CreateSchedule" and parameters["Name"] in world.schedules:
            raise self.exceptions.ConflictException({"Error": {"Code": "ConflictException"}}, operation)
        if service == "scheduler":
            (world.schedules.discard if operation == "DeleteSchedule" else world.schedules.add)(parameters["Name"])
        if service in ("firehose", "lambda", "scheduler"):
            return {"FailedPutCount": 0, "RequestResponses": [], "Payload": BytesIO(world.feed())}
        return make_call(self, operation, parameters)

    def sign(self: Any, ClientMethod: str, Params: dict[str, Any], **options: Any) -> str:
        # Anyone who follows a link does so in the name of the function that signed it.
        world.call("s3", "".join(word.capitalize() for word in ClientMethod.split("_")), Params)
        return generate_presigned_url(self, ClientMethod, Params, **options)

    patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    patch.setattr("botocore.signers.generate_presigned_url", sign)
    storage = clients.storage_client()
    patch.setattr(type(storage), "generate_presigned_url", sign, raising=False)


def _make_resources(declared: Deployment) -> None:
    """What the functions work on, by boto3, as it is declared."""
    for table in declared.all("aws:dynamodb/table:Table"):
        indexes = [
            {
                "IndexName": index["name"],
                "KeySchema": [
                    {"AttributeName": key["attributeName"], "KeyType": key["keyType"]} for key in index["keySchemas"]
                ],
                "Projection": {"ProjectionType": index["projectionType"]},
            }
            for index in table.inputs.get("globalSecondaryIndexes") or ()
        ]
        keys = [(table.inputs["hashKey"], "HASH"), (table.inputs.get("rangeKey"), "RANGE")]
        client("dynamodb").create_table(
            TableName=physical_name(table.name),
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys if name],
            AttributeDefinitions=[
                {"AttributeName": one["name"], "AttributeType": one["type"]} for one in table.inputs["attributes"]
            ],
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
    for queue in declared.all("aws:sqs/queue:Queue"):
        client("sqs").create_queue(QueueName=physical_name(queue.name))
    for bucket in declared.all("aws:s3/bucket:Bucket"):
        location = {"LocationConstraint": REGION}
        client("s3").create_bucket(Bucket=physical_name(bucket.name), CreateBucketConfiguration=location)
    hook = {"url": EVERY_FEATURE["webhookUrl"], "secrets": WEBHOOK_SECRET}
    secrets = {"link-keys": LINK_KEYS, "admin-tokens": {"full": []}, "captcha": "secret", "webhook": hook}
    secrets["postmaster"] = EVERY_FEATURE["postmasterCredentials"]
    for name, value in secrets.items():
        text = value if isinstance(value, str) else json.dumps(value)
        client("ssm").put_parameter(Name=physical_name(name), Value=text, Type="SecureString")
    ses = client("sesv2")
    ses.create_email_identity(EmailIdentity=SENDER)
    for name in ("email-list-dev", "email-list-dev-tracked"):
        ses.create_configuration_set(ConfigurationSetName=name)
        ses.create_configuration_set_event_destination(
            ConfigurationSetName=name,
            EventDestinationName="events",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "OPEN", "CLICK", "RENDERING_FAILURE"],
                "SnsDestination": {"TopicArn": "arn:aws:sns:eu-central-1:123456789012:events"},
            },
        )


# Scenarios: all paths of every function


def people_come_and_go(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(captcha, "turnstile", lambda secret: captcha.off)
    world.http("subscribe", "POST", "/subscribe", json_body={"email": ANN})
    world.work("send_confirmation", "SIGNUPS_QUEUE")
    (reference,) = world.wishes(ANN)
    token = world.links.confirm(ANN, reference).partition("token=")[2]
    assert world.http("confirm", "GET", f"/confirm?token={token}").status == 200
    assert world.http("confirm", "POST", "/confirm", form={"token": token}).status == 200
    assert world.invoke("subscribe", {"email": BOB}).status == 200
    assert world.http("unsubscribe", "POST", world.links.unsubscribe(BOB, "")).status == 200
    world.work("send_greeting", "GREETINGS_QUEUE")
    assert world.invoke("unsubscribe", {"email": "nobody@example.com"}).status == 404
    world.put("lost@example.com", "unsubscribed")
    assert world.invoke("unsubscribe", {"email": "lost@example.com"}).status == 200
    world.run("authorizer", {"rawPath": "/analytics", "headers": {}, "requestContext": {"http": {"method": "GET"}}})
    for page in ("/openapi.json", "/console"):
        world.http(page.strip("/").partition(".")[0], "GET", page)
    with patch.context() as directly:
        environment = world.deployment.functions["subscribe"].inputs["environment"]["variables"]
        directly.setitem(environment, "DOUBLE_OPT_IN", "false")
        assert world.http("subscribe", "POST", "/subscribe", json_body={"email": "cyd@example.com"}).status == 200


def feeds_are_emailed(world: World, patch: pytest.MonkeyPatch) -> None:
    wish = {"url": "https://blog.example/feed", "cadence": {"every": "day", "at": "09:00"}}
    segment = world.http("segments", "POST", "/segments", json_body={"name": "All", "filter": {"topic": "News"}}).json[
        "id"
    ]
    for mode in ("draft", "send"):
        made = world.http("feeds", "POST", "/feeds", json_body={**wish, "mode": mode, "segment": segment})
        assert made.status == 201
        feed = made.json["id"]
        world.run("send_feed", {"feed": feed, "period": "2026-11-26T08:00:00Z"})
        with patch.context() as refused:
            refused.setattr(SesPress, "check", _refuse)
            world.run("send_feed", {"feed": feed, "period": "2026-11-27T08:00:00Z"})
        assert world.http("feeds", "PUT", f"/feeds/{feed}", json_body=wish).status == 200
        assert world.http("feeds", "GET", f"/feeds/{feed}").json["items"][0]["state"] == "taken"
        assert len(world.http("feeds", "GET", "/feeds").json["feeds"]) == 1
        assert world.http("feeds", "POST", "/feeds/preview", json_body=wish).status == 200
        for action in ("pause", "resume"):
            assert world.http("feeds", "POST", f"/feeds/{feed}/{action}").status == 200
        assert world.http("feeds", "DELETE", f"/feeds/{feed}").status == 204
    with patch.context() as elsewhere:
        elsewhere.setattr("email_list.webhooks.guarded_post._resolve", _nowhere)
        assert "problem" in world.run("read_feed", {"url": wish["url"], "etag": "", "modified": ""})


def _nowhere(*_: Any) -> Any:
    raise OSError("no network here")


def everybody_reads_a_public_campaign(world: World, patch: pytest.MonkeyPatch) -> None:
    campaign = world.create(public=True, hold=True)
    world.http("campaigns", "PATCH", f"/campaigns/{campaign}", json_body={"letter": {"subject": "Two", "body": "So."}})
    assert world.http("archive", "GET", f"/archive/two-{campaign.lower()}").status == 200
    for page in ("/archive", "/archive.atom", "/sitemap.xml", "/robots.txt"):
        assert world.http("archive", "GET", page).status == 200


def confirmations_wait_and_go_on(world: World, patch: pytest.MonkeyPatch) -> None:
    with world.ses(daily_quota=0):
        world.http("subscribe", "POST", "/subscribe", json_body={"email": "waiting@example.com"})
        world.work("send_confirmation", "SIGNUPS_QUEUE")
    note_bounce(ConfirmationTable(world.records), "bounced")
    assert world.http("settings", "PATCH", "/settings", json_body={"confirmations": "running"}).status == 200


def people_see_to_themselves(world: World, patch: pytest.MonkeyPatch) -> None:
    def press(link: str, action: str) -> None:
        path, _, token = link.removeprefix(PUBLIC_URL).partition("?token=")
        assert world.http("preferences", "GET", link).status == 200
        assert world.http("preferences", "POST", path, form={"token": token, "action": action}).status == 200

    def ask(action: str) -> str:
        """The link that is emailed to anyone who asks for their data."""
        press(world.links.preferences("dan@example.com", ""), action)
        world.work("send_confirmation", "SIGNUPS_QUEUE")
        return world.links.data("dan@example.com", world.person("dan@example.com")["data_link"])

    press(world.links.preferences("dan@example.com", ""), "save")
    for action in ("save", "download", "erase"):
        press(ask("download"), action)
    world.put("lost@example.com", "unsubscribed")
    world.run("forget_unsubscribed", {})
    assert world.person("lost@example.com") is None
    world.work("erase_history", "ERASURES_QUEUE")


def administrators_look_after_people(world: World, patch: pytest.MonkeyPatch) -> None:
    def admin(method: str, email: str = "eve@example.com", **request: Any) -> Any:
        path = f"/subscribers/{email}"
        return world.http("subscribers", method, path, **request)

    body = {"email": "eve@example.com"}
    assert world.http("subscribers", "POST", "/subscribers", json_body=body).status == 201
    assert admin("GET").status == 200
    assert admin("PATCH", json_body={"name": "Eve", "status": "unsubscribed"}).status == 200
    back = {"status": "active", "acknowledge": "unsubscribed"}
    assert admin("PATCH", json_body=back).status == 200
    assert admin("DELETE").status == 200
    world.work("erase_history", "ERASURES_QUEUE")
    assert world.http("settings", "GET", "/audit").json["entries"]
    suppressed = "bounced@example.com"
    world.put(suppressed, "bounced")
    for reason in ("BOUNCE", "COMPLAINT"):
        client("sesv2").put_suppressed_destination(EmailAddress=suppressed, Reason=reason)
        admin("PATCH", suppressed, json_body={"status": "active", "acknowledge": "bounced"})
    world.put(ANN, "active")
    client("sesv2").put_suppressed_destination(EmailAddress=ANN, Reason="BOUNCE")
    world.run("sync_suppression", {})
    world.put(ANN, "active")
    for query in ("", "?status=active", "?search=an"):
        assert world.http("list_subscribers", "GET", f"/subscribers{query}").status == 200
    assert world.invoke("list_subscribers", {}).status == 200


def lists_are_imported_and_exported(world: World, patch: pytest.MonkeyPatch) -> None:
    world.put("gil@example.com", "active")
    rows = "email,status\nfay@example.com,\nnot an address,\ngil@example.com,unsubscribed\n"
    job = world.http("subscribers", "POST", "/subscribers/import", body=rows, headers={"content-type": "text/csv"}).json
    world.http("subscribers", "POST", "/subscribers/import")
    notice = json.dumps({"Records": [{"s3": {"object": {"key": f"imports/{job['id']}.csv"}}}]})
    world.run("import_subscribers", {"Records": [{"messageId": "m", "body": notice}]}, Context(remaining=0))
    world.work("import_subscribers", "IMPORTS_QUEUE")
    progress = f"/subscribers/import/{job['id']}"
    done = world.http("subscribers", "GET", progress).json
    assert done["report_url"]
    world.http("subscribers", "GET", "/subscribers/import")
    for number in range(1100):
        world.put(f"many{number}@example.com", "bounced")
    job = world.http("subscribers", "POST", "/subscribers/export", json_body={"status": "bounced"}).json
    world.run("export_subscribers", {"id": job["id"]}, Context(remaining=0))
    world.run("export_subscribers", {"id": job["id"]})
    assert world.http("subscribers", "GET", f"/subscribers/export/{job['id']}").json["url"]


def segments_are_kept(world: World, patch: pytest.MonkeyPatch) -> None:
    def call(method: str, path: str = "", body: Any = None) -> Any:
        return world.http("segments", method, f"/segments{path}", json_body=body)

    opened = {"name": "Readers", "filter": {"not": {"opened": {"campaign": "0" * 26}}}}
    segment = call("POST", "", opened).json
    path = f"/{segment['id']}"
    assert call("PUT", path, segment).status == call("GET").status == call("GET", path).status == 200
    world.put(ANN, "active")
    assert call("POST", "/count", {"segment": segment["id"]}).json["count"]
    exported = world.http("subscribers", "POST", "/subscribers/export", json_body={"segment": segment["id"]})
    assert exported.status == 202
    world.run("export_subscribers", {"id": exported.json["id"]})
    world.http("drafts", "POST", "/drafts/audience", json_body={"audience": {"segment": segment["id"]}})
    assert call("DELETE", path).status == 204


def pictures_come_and_go(world: World, patch: pytest.MonkeyPatch) -> None:
    form = world.http("pictures", "POST", "/pictures", json_body=PICTURE_ASKED).json["upload"]
    upload = {"Bucket": world.environment["PICTURES_BUCKET"], "Key": form["fields"]["key"]}
    # The signature speaks for the function, with what its role allows.
    world.used["pictures"] |= needed("s3", "PutObject", upload)
    client("s3").put_object(**upload, Body=PICTURE)
    world.run("prepare_picture", {"Records": [{"s3": {"object": {"key": upload["Key"]}}}]})
    path = f"/pictures/{PICTURE_ASKED['sha256']}"
    assert world.http("pictures", "GET", path).json["status"] == "ready"
    world.create(hold=True)
    assert world.http("pictures", "DELETE", path).status == 204


def sequences_are_kept_and_run(world: World, patch: pytest.MonkeyPatch) -> None:
    def call(method: str, path: str = "", body: Any = None) -> Any:
        return world.http("sequences", method, f"/sequences{path}", json_body=body)

    eve = "eve@example.com"
    joins: dict[str, Any] = {"history": [{"at": iso(utc_now()), "what": "confirmed"}]}
    letter = {"subject": "Welcome", "body": "Hello."}
    written = {"name": "Welcome", "trigger": {"on": "confirmed"}, "steps": [{"wait": {}, "letter": letter}] * 2}
    sequence = call("POST", "", written).json
    path = f"/{sequence['id']}"
    with patch.context() as patched:
        patched.setattr(SesPress, "check", _refuse)
        assert call("POST", f"{path}/activate").status == 422
    assert call("POST", f"{path}/activate").status == 200
    world.put(eve, "active", nonce="n", tracked=True)
    world.run("count_subscribers", {"Records": [record(2, None, person(eve, **joins))]})
    with world.ses(faults=[{"fault": "throttle_entries", "times": 1}]):
        world.run("run_sequences", {"sequence": sequence["id"]}, Context(remaining=0))
        world.run("run_sequences", {"sequence": sequence["id"]})
    assert call("GET", path).json["counts"]["finished"] == 1
    sequence_runs_into_trouble(world, patch, sequence["id"], joins)
    later = {**written, "steps": [{"wait": {"days": 1}, "letter": {**letter, "subject": "Later"}}]}
    assert call("PUT", path, later).status == call("GET").status == 200
    assert call("GET", f"{path}/people?group=finished").json["people"]
    erased = {"messageId": "m", "body": json.dumps({"email": eve})}
    world.run("count_subscribers", {"Records": [record(5, None, person("fay@example.com", **joins))]})
    for message in (erased, {**erased, "body": json.dumps({"email": "fay@example.com"})}):
        world.run("erase_history", {"Records": [message]})
    world.run("count_subscribers", {"Records": [record(3, None, person(BOB, **joins))]})
    world.run("count_subscribers", {"Records": [record(4, person(BOB), None)]})
    assert call("POST", f"{path}/pause").status == call("POST", f"{path}/activate").status == 200
    assert call("POST", f"{path}/pause").status == 200
    assert call("DELETE", path).status == 204
    world.run("run_sequences", {"sequence": sequence["id"]})
    assert call("GET", path).status == 404


def sequence_runs_into_trouble(world: World, patch: pytest.MonkeyPatch, sequence: str, joins: dict[str, Any]) -> None:
    """An answer is lost and settled; bulk calls are refused, so that emails go one by one."""
    environment = world.deployment.functions["run_sequences"].inputs["environment"]["variables"]
    world.put("gil@example.com", "active", nonce="n")
    world.run("count_subscribers", {"Records": [record(6, None, person("gil@example.com", **joins))]})
    with world.ses(faults=[{"fault": "drop_before", "times": 1}]):
        world.run("run_sequences", {"sequence": sequence})
    # What SES has told of other emails says that there is nothing to be told of this one.
    world.run("record_event", {"Records": world.take_events()})
    now = utc_now().timestamp()
    LineTable(world.records).note_refusal(1, now, now + 1000)
    world.put("hal@example.com", "active", nonce="n", tracked=True)
    world.run("count_subscribers", {"Records": [record(7, None, person("hal@example.com", **joins))]})
    with patch.context() as impatient:
        impatient.setitem(environment, "SETTLEMENT_GRACE_SECONDS", "0")
        world.run("run_sequences", {"sequence": sequence})
    world.forget_rate()


def templates_are_kept(world: World, patch: pytest.MonkeyPatch) -> None:
    def call(method: str, path: str = "", body: Any = None) -> Any:
        return world.http("templates", method, f"/templates{path}", json_body=body)

    assert call("PUT", "/ours", {"subject": "One", "html": "<p>One</p>"}).status == 201
    assert call("PUT", "/ours", {"subject": "Two", "html": "<p>Two</p>"}).status == 200
    assert call("GET").status == call("GET", "/ours").status == 200
    world.create(template="ours", hold=True)
    world.http("drafts", "POST", "/drafts/preview", json_body={"template": "ours"})
    assert call("DELETE", "/ours").status == 204


def letters_are_tried(world: World, patch: pytest.MonkeyPatch) -> None:
    draft = world.http("drafts", "POST", "/drafts", json_body={"title": "One"}).json["id"]
    for method, body, status in (("PUT", {"title": "Two"}, 200), ("GET", None, 200), ("DELETE", None, 204)):
        assert world.http("drafts", method, f"/drafts/{draft}", json_body=body).status == status
    assert world.http("drafts", "GET", "/drafts").status == 200
    letter = {"subject": "Hi", "body": "Hello.", "to": [ANN]}
    assert world.http("drafts", "POST", "/drafts/test", json_body=letter).json["sent_to"] == [ANN]
    assert world.http("drafts", "POST", "/drafts/audience", json_body={}).status == 200
    assert world.http("settings", "GET", "/settings").status == 200


def campaigns_are_sent(world: World, patch: pytest.MonkeyPatch) -> None:
    for reader, tracked in (("dan", False), ("ben", True)):
        world.put(f"{reader}@example.com", "active", tracked=tracked)
    world.put("bounce@simulator.amazonses.com", "active")
    campaign = ""
    for handler in ("send_newsletter", "campaigns"):
        campaign = world.create(handler)
        world.forget_rate()
        assert show(world, campaign)["status"] == "planning"
        world.forget_rate()
        world.run("plan_campaign", {"campaign": campaign})
        batches = world.messages("BATCHES_QUEUE")
        world.forget_rate()
        world.run("send_batch", {"Records": batches})
        events = world.take_events()
        world.run("lake_events", {"Records": events})
        world.bounces += [event for event in events if '"General"' in event["body"] and campaign in event["body"]]
        unreadable = {"messageId": "unreadable", "body": "nonsense"}
        world.run("record_event", {"Records": [*events, unreadable]})
        world.run("send_batch", {"Records": batches})
        assert show(world, campaign)["status"] == "sent"
    show(world, campaign, "/recipients?group=sent")
    assert world.http("campaigns", "GET", "/campaigns").status == 200


def show(world: World, campaign: str, part: str = "") -> Any:
    answer = world.http("campaigns", "GET", f"/campaigns/{campaign}{part}")
    assert answer.status == 200
    return answer.json


def campaigns_are_steered(world: World, patch: pytest.MonkeyPatch) -> None:
    later = iso(utc_now() + timedelta(days=1))
    for handler in ("campaigns", "send_newsletter"):
        world.steer(world.create(handler, schedule_at=later), "cancel")
        with patch.context() as refused:
            refused.setattr(SesPress, "check", _refuse)
            letter = {"subject": "Hi", "body": "Hello."}
            if handler == "campaigns":
                assert world.http("campaigns", "POST", "/campaigns", json_body=letter).status == 422
            else:
                assert world.invoke(handler, letter).status == 422
    checked = {"subject": "Hi", "body": "{{attributes.city}}"}
    assert not world.http("campaigns", "POST", "/campaigns/preflight", json_body=checked).json["ready"]
    edited = world.create(schedule_at=later)
    moved = {"letter": {"subject": "Hi", "body": "Hello."}, "schedule_at": iso(utc_now() + timedelta(days=2))}
    assert world.http("campaigns", "PATCH", f"/campaigns/{edited}", json_body=moved).status == 200
    draft = world.steer(edited, "duplicate").json["id"]
    assert world.http("campaigns", "POST", "/campaigns", json_body={"draft": draft, "hold": True}).status == 201
    request = {"subject": "Hi", "body": "Hello.", "hold": True}
    for _ in range(2):
        world.http("campaigns", "POST", "/campaigns", json_body=request, headers={"idempotency-key": "key"})
        world.invoke("send_newsletter", {**request, "idempotency_key": "another"}, Context(remaining=5000))
    campaign = world.create()
    for action in ("pause", "resume"):
        assert world.steer(campaign, action).status == 200
    with world.ses(rate_per_second=1):
        world.run("plan_campaign", {"campaign": campaign}, Context(remaining=0))
        world.run("plan_campaign", {"campaign": campaign, "again_from": 1}, Context(remaining=0))
    assert world.steer(campaign, "cancel").status == 200
    world.messages("BATCHES_QUEUE")


def _refuse(*arguments: Any) -> None:
    raise InvalidError("SES cannot render this.")


def calls_are_throttled(world: World, patch: pytest.MonkeyPatch) -> None:
    campaign = world.create()
    world.run("plan_campaign", {"campaign": campaign})
    batches = world.messages("BATCHES_QUEUE")
    # Of these two, one is tracked and the other is not.
    readers = [{"fault": "throttle_entries", "times": 1, "recipients": f"{name}@*"} for name in ("dan", "ben")]
    with world.ses(faults=readers):
        world.run("send_batch", {"Records": batches})
    now = utc_now().timestamp()
    LineTable(world.records).note_refusal(1, now, now + 1000)
    world.run("send_batch", {"Records": batches})


def campaigns_stand_still(world: World, patch: pytest.MonkeyPatch) -> None:
    lost, paused = world.create(), world.create()
    world.run("plan_campaign", {"campaign": lost})
    batches = world.messages("BATCHES_QUEUE")
    with world.ses(faults=[{"fault": "drop_before", "times": 10}]):
        world.run("send_batch", {"Records": batches})
    bounce = world.bounces[0]
    campaign = json.loads(bounce["body"])["mail"]["tags"]["campaign"][0]
    of_this = {**bounce, "body": bounce["body"].replace(campaign, lost)}
    world.run("record_event", {"Records": [of_this]})
    world.store.move(paused, {Status.PLANNING}, Move(Status.PAUSED, at=iso(utc_now()), resume_at=iso(utc_now())))
    yesterday = iso(utc_now() - timedelta(days=1))
    world.store.create(Campaign("OVER", Status.SENT, "Yesterday's", yesterday, yesterday))
    environment = world.deployment.functions["sweep_campaigns"].inputs["environment"]["variables"]
    with patch.context() as impatient:
        impatient.setitem(environment, "SETTLEMENT_GRACE_SECONDS", "0")
        client("sqs").send_message(QueueUrl=world.environment["BATCHES_QUEUE"], MessageBody=batches[0]["body"])
        for _ in range(2):
            world.run("sweep_campaigns", {})
            world.messages("BATCHES_QUEUE")


def people_are_counted(world: World, patch: pytest.MonkeyPatch) -> None:
    assert world.invoke("list_subscribers", {"limit": 1}).status == 200
    world.run("count_subscribers", {"Records": [record(1, None, person(ANN))]})
    begun = world.invoke("recount", {"settling_seconds": 0}, Context(remaining=1))
    assert begun.status == 202
    world.run("recount", {"go_on": begun.json["id"]})
    assert world.invoke("recount", {"id": begun.json["id"]}).json["status"] == "done"
    assert world.http("analytics", "GET", "/analytics").status == 200


def others_are_told(world: World, patch: pytest.MonkeyPatch) -> None:
    last_week = iso(utc_now() - timedelta(days=3))
    world.store.create(Campaign("OLD", Status.SENT, "Last week's", last_week, last_week, cutoff=last_week))
    patch.setattr(gmail, "_post", lambda url, body, headers: _google(url))
    world.store.create(Campaign("RUNS", Status.SENDING, "This week's", last_week, last_week, cutoff=last_week))
    world.run("deliverability", {})
    assert world.store.move("RUNS", {Status.PAUSED}, Move(Status.CANCELLED, iso(utc_now())))
    assert world.http("deliverability", "GET", "/deliverability").status == 200
    assert world.run("send_report", {}) == {"sent": 1}
    world.run("lake_snapshot", {})
    world.run("announce", {"Records": [record(1, None, person(ANN))]})
    with patch.context() as unreachable:
        unreachable.setattr(delivery, "post", _refuse_connection)
        url = world.environment["WEBHOOKS_QUEUE"]
        (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
        told = {"messageId": "m", "body": message["Body"], "receiptHandle": message["ReceiptHandle"]}
        world.run("deliver_webhook", {"Records": [{**told, "attributes": {"ApproximateReceiveCount": "1"}}]})


def _google(url: str) -> dict[str, Any]:
    today = utc_now().date()
    day = {"year": today.year, "month": today.month, "day": today.day}
    return {"access_token": "t", "domainStats": [{"metric": "spam_rate", "date": day, "value": {"floatValue": 0.01}}]}


def _refuse_connection(*arguments: Any, **options: Any) -> int:
    raise ConnectionRefusedError


def the_stack_ends(world: World, patch: pytest.MonkeyPatch) -> None:
    assert world.run("cleanup", {"tf": {"action": "create"}}) == {}
    assert world.run("cleanup", {"tf": {"action": "delete"}})["deleted"]


SCENARIOS: tuple[Callable[[World, pytest.MonkeyPatch], None], ...] = (
    people_come_and_go,
    administrators_look_after_people,
    lists_are_imported_and_exported,
    segments_are_kept,
    pictures_come_and_go,
    sequences_are_kept_and_run,
    templates_are_kept,
    letters_are_tried,
    campaigns_are_sent,
    campaigns_are_steered,
    everybody_reads_a_public_campaign,
    feeds_are_emailed,
    calls_are_throttled,
    campaigns_stand_still,
    confirmations_wait_and_go_on,
    people_see_to_themselves,
    people_are_counted,
    others_are_told,
    the_stack_ends,
)


# The proof


def test_every_function_may_do_what_it_does_and_nothing_else(
    declared: Deployment, used: dict[str, set[Permission]]
) -> None:
    wrong = [
        f"{function} {problem}"
        for function in declared.functions
        for problem in problems(used[function], allowed_to(declared, function))
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_taking_any_permission_away_is_noticed(declared: Deployment, used: dict[str, set[Permission]]) -> None:
    for function in declared.functions:
        allowed = allowed_to(declared, function)
        for permission in allowed:
            assert problems(used[function], allowed - {permission}), f"{function} without {permission}"


ADDITIONS = [
    ("dynamodb:Scan", arn("dynamodb", physical_name("subscribers"))),
    ("dynamodb:DeleteTable", arn("dynamodb", physical_name("subscribers"))),
    ("ses:DeleteEmailIdentity", "*"),
    ("ssm:GetParameter", arn("ssm", physical_name("erasure-key"))),
    ("s3:GetObject", arn("s3", physical_name("files")) + "/else/*"),
    ("iam:PassRole", "*"),
]


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition[0])
def test_adding_any_permission_is_noticed(
    declared: Deployment, used: dict[str, set[Permission]], addition: Permission
) -> None:
    for function in declared.functions.keys() - {"recount"}:
        assert problems(used[function], allowed_to(declared, function) | {addition}), f"{function} with {addition}"


def test_a_call_of_an_unknown_operation_is_an_error() -> None:
    with pytest.raises(KeyError):
        needed("dynamodb", "DescribeTable", {"TableName": "x"})
