"""The description of the API says what the code does. What handlers answer is held against it in all their tests."""

import ast
import base64
import gzip
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import email_list
from contract import ROUTES, Access, Route
from email_list.errors import EmailListError
from email_list.openapi.examples import REQUESTS
from email_list.openapi.meanings import MEANINGS
from email_list.openapi.operations import OPERATIONS
from email_list.openapi.schemas import ERROR_CODES, SCHEMAS
from email_list.router import Router
from tests import api_description
from tests.unit.domain.test_webhooks import of_campaign, of_person, person

from .conftest import Stack

SOURCE = Path(email_list.__file__).parents[1]
NEVER_ANSWERED = {"bad_request"}
"""The base class's code, which no error keeps."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_route_is_described_with_what_it_takes_and_who_may_call_it(route: Route) -> None:
    described = api_description.DOCUMENT["paths"][route.path.replace("+}", "}")][route.method.lower()]
    assert described["operationId"] == route.operation
    assert described["security"] == ([] if route.access is Access.PUBLIC else [{"adminToken": []}])
    query = {parameter["name"] for parameter in described["parameters"] if parameter["in"] == "query"}
    assert route.form or query == set(route.query)
    content = described.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    fields = SCHEMAS[reference.rpartition("/")[2]]["properties"] if reference else {}
    assert fields.keys() == set(route.fields)
    assert (route.file in content) == bool(route.file)


def test_every_operation_is_described_and_answered_once_by_its_function() -> None:
    assert OPERATIONS.keys() == {route.operation for route in ROUTES}
    for function in {route.function for route in ROUTES}:
        mine = {route.operation for route in ROUTES if route.function == function}
        module = importlib.import_module(f"handlers.{function}")
        # One that a schedule starts, too, has its routes beside its handler.
        answers = module.handler if isinstance(module.handler, Router) else module.answers
        assert answers.operations == mine


def test_every_error_code_in_the_code_is_described_and_no_other() -> None:
    for module in pkgutil.walk_packages(email_list.__path__, "email_list."):
        importlib.import_module(module.name)
    codes = {error.code for error in subclasses(EmailListError)}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                codes |= {ast.literal_eval(keyword.value) for keyword in node.keywords if keyword.arg == "code"}
    assert codes - NEVER_ANSWERED == set(ERROR_CODES)


def subclasses(of: type[EmailListError]) -> set[type[EmailListError]]:
    return {of}.union(*(subclasses(each) for each in of.__subclasses__()))


def test_every_schema_that_is_referred_to_is_there_and_every_one_is_used() -> None:
    text = json.dumps(api_description.DOCUMENT)
    for name in SCHEMAS:
        assert f'"#/components/schemas/{name}"' in text, name
    assert text.count('"$ref"') == sum(text.count(f'"#/components/schemas/{name}"') for name in SCHEMAS)


def properties(schema: Any, owner: str) -> Iterator[tuple[str, Any]]:
    """All properties in a schema, by the way to them."""
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from properties(each, owner)
    for name, each in schema.get("properties", {}).items() if isinstance(schema, dict) else ():
        yield f"{owner}.{name}", each


def test_every_property_says_what_it_means() -> None:
    for name, schema in api_description.DOCUMENT["components"]["schemas"].items():
        for place, each in properties(schema, name):
            described = [each, *each.get("anyOf", ())]
            assert any(len(one.get("description", "")) > 3 for one in described), place


def test_every_meaning_is_that_of_a_property() -> None:
    said = set(re.findall(r'"description": "((?:[^"\\]|\\.)*)"', json.dumps(api_description.DOCUMENT)))
    assert {name for name, words in MEANINGS.items() if json.dumps(words)[1:-1] not in said} == set()


DESCRIBED = [
    operation
    for section in ("paths", "webhooks")
    for methods in api_description.DOCUMENT[section].values()
    for operation in methods.values()
]


@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda operation: operation["operationId"])
def test_every_operation_has_examples_that_fit_its_shapes(operation: Any) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    contents = [each for body in bodies for each in body.get("content", {}).items()]
    parameters = [parameter["schema"] for parameter in operation["parameters"]]
    assert [*(one for _, one in contents if "example" in one), *(one for one in parameters if "example" in one)]
    for kind, content in contents:
        if kind == "application/json":
            schema = {**content["schema"], "components": api_description.DOCUMENT["components"]}
            jsonschema_rs.Draft202012Validator(schema).validate(content["example"])


def test_examples_of_requests_are_requests_that_there_are() -> None:
    assert REQUESTS.keys() <= {operation["operationId"] for operation in DESCRIBED if "requestBody" in operation}


def test_webhooks_are_described_as_they_are_sent() -> None:
    kinds = {}
    for before, after in (("pending", "active"), ("active", "bounced")):
        told = of_person(person(before, "confirmed"), person(after, "confirmed"))
        assert told
        kinds[told.type] = (told, "SubscriberEvent")
    ended, erased = of_campaign("sending", "sent"), of_person(person("active"), None)
    assert ended
    assert erased
    for told, shape in (*kinds.values(), (erased, "ErasureEvent"), (ended, "CampaignEvent")):
        assert told.type in api_description.DOCUMENT["webhooks"]
        schema = {"$ref": f"#/components/schemas/{shape}", "components": api_description.DOCUMENT["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(json.loads(told.to_json()))


def test_it_is_served_with_the_address_of_this_stack(stack: Stack, listed: Callable[..., None]) -> None:
    listed(archive=True)
    answer = stack.http("openapi", "GET", "/openapi.json")
    assert answer.status == 200
    assert answer.json["servers"] == [{"url": stack.environment["PUBLIC_URL"]}]
    assert answer.json["paths"].keys() == api_description.DOCUMENT["paths"].keys()


def test_a_list_without_an_archive_describes_none(stack: Stack) -> None:
    described = stack.http("openapi", "GET", "/openapi.json").json["paths"].keys()
    gone = {route.path for route in ROUTES if route.function == "archive"}
    assert described == api_description.DOCUMENT["paths"].keys() - gone


def test_it_is_small_on_the_way_and_not_sent_twice(stack: Stack) -> None:
    plain = stack.http("openapi", "GET", "/openapi.json")
    packed = stack.http("openapi", "GET", "/openapi.json", headers={"accept-encoding": "gzip"})
    content = base64.b64decode(packed.body)
    assert gzip.decompress(content).decode() == plain.body
    assert len(content) < 320 * len(OPERATIONS), "what an operation says of itself has grown"
    assert packed.headers["cache-control"] == "public, max-age=300"
    again = stack.http("openapi", "GET", "/openapi.json", headers={"if-none-match": packed.headers["etag"]})
    assert (again.status, again.body) == (304, "")


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/nowhere", 200, "{}"),
        ("GET", "/subscribers", 418, "{}"),
        ("GET", "/subscribers", 200, '{"subscribers": []}'),
        ("GET", "/subscribers", 200, '{"subscribers": [], "cursor": 1}'),
        ("GET", "/subscribers/x@y.example", 404, '{"error": {"code": "new_code", "message": ""}}'),
        ("DELETE", "/templates/mine", 204, "gone"),
    ],
)
def test_an_answer_that_is_not_described_is_noticed(method: str, path: str, status: int, body: str) -> None:
    with pytest.raises(AssertionError, match=method):
        api_description.check(method, path, status, {"content-type": "application/json"}, body)
