"""The local stack as a whole: what it exports, how it stands beside another, what it enforces."""

import json

import requests

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.leaks import assert_logs_are_private


def test_the_stack_exports_what_a_stack_on_aws_exports_and_where_its_stand_ins_are(stack: LocalStack) -> None:
    assert stack.outputs["emulator_url"] == stack.emulator.url
    assert stack.outputs["mailbox_url"].startswith(stack.ses.url)
    assert stack.outputs["subscribe_url"] == f"{stack.outputs['api_endpoint']}/subscribe"
    assert len(stack.outputs["admin_token"]) >= 32


def test_every_tagged_resource_says_whose_it_is(stack: LocalStack) -> None:
    name = stack.outputs["subscribe_function"]
    tags = stack.cloud.client("lambda").get_function(FunctionName=name)["Tags"]
    assert tags == {"project": "email-list", "stack": "local", "managed-by": "pulumi"}


def test_without_configured_origins_no_other_sites_script_may_call_the_api(stack: LocalStack) -> None:
    asked = {"origin": "https://www.example.org", "access-control-request-method": "POST"}
    for answer in (
        requests.options(stack.outputs["subscribe_url"], headers=asked, timeout=30),
        requests.get(stack.outputs["subscribe_url"], headers=asked, timeout=30),
    ):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_an_error_that_quotes_an_address_is_masked_for_the_caller_and_in_the_log(stack: LocalStack) -> None:
    message = {"body": json.dumps({"evidence": {"quoted@example.com": 1}}), "messageId": "m"}
    answer = stack.cloud.client("lambda").invoke(
        FunctionName=Campaigner(stack).function_name("send_confirmation"), Payload=json.dumps({"Records": [message]})
    )
    assert "FunctionError" in answer
    assert "(address)" in json.load(answer["Payload"])["errorMessage"]
    assert "(address)" in stack.function_logs() + stack.emulator.log
    assert_logs_are_private(stack)


def test_what_differs_from_aws_is_told(stack: LocalStack) -> None:
    differences = stack.differences()
    assert differences[0].startswith("functions run on CPython 3.")
    assert any(
        "does not throttle requests (Stage.defaultRouteSettings, Stage.routeSettings)" in line for line in differences
    )
