"""Requests find the code of their operation, and what it does not take is refused before."""

import json
from collections import Counter
from typing import Any

import pytest

import contract
from contract import ROUTES, Route
from email_list.errors import ConflictError
from email_list.http import OPERATOR, Caller, Request, Response, json_response
from email_list.router import Router


def ask(router: Router, method: str, path: str, **event: Any) -> dict[str, Any]:
    http = {"method": method, "sourceIp": "203.0.113.7", "userAgent": ""}
    return router({"rawPath": path, "headers": {}, "requestContext": {"http": http}, **event}, None)


def error(answer: dict[str, Any]) -> tuple[int, str, Any]:
    found = json.loads(answer["body"])["error"]
    return answer["statusCode"], found["code"], found.get("details")


@pytest.fixture
def router() -> Router:
    """Tells which operation was called, with what."""
    router = Router("list_subscribers", audit=lambda operation, request, response: None)
    for route in ROUTES:

        @router.operation(route.operation)
        def answer(request: Request, route: Route = route) -> Response:
            given = {"path": request.path_parameters, "query": request.query, "fields": request.fields}
            return json_response(200, {"operation": route.operation, **given})

    @router.direct
    def by_operator(request: Request) -> Response:
        return json_response(200, request.fields)

    return router


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_every_route_leads_to_its_operation(router: Router, route: Route) -> None:
    path = route.path.replace("{file+}", "a/b.css").replace("{", "").replace("}", "")
    body = json.loads(ask(router, route.method, path, headers={"content-type": "application/json"})["body"])
    names = [part.strip("{+}") for part in route.path.split("/") if part.startswith("{")]
    assert (body["operation"], list(body["path"])) == (route.operation, names)


def test_words_win_over_parameters_wherever_they_stand(router: Router) -> None:
    found = {
        (method, path): json.loads(ask(router, method, path)["body"])["operation"]
        for method, path in [
            ("GET", "/subscribers/import"),
            ("GET", "/subscribers/important"),
            ("GET", "/templates/preview"),
            ("PUT", "/templates/preview"),
        ]
    }
    assert list(found.values()) == ["list_imports", "get_subscriber", "get_template", "save_template"]


def test_a_percent_sign_in_a_path_is_one(router: Router) -> None:
    answer = ask(router, "GET", "/subscribers/50%25off@example.com")
    assert json.loads(answer["body"])["path"] == {"email": "50%off@example.com"}


@pytest.mark.parametrize("path", ["/", "", "/nowhere", "/campaigns/", "/campaigns/1/2/3", "/subscribe/x", "/confirm/"])
def test_an_unknown_path_is_not_found(router: Router, path: str) -> None:
    assert error(ask(router, "GET", path)) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/subscribe", "GET, POST"),
        ("HEAD", "/confirm", "GET, POST"),
        ("GET", "/subscribers/export", "POST"),
        ("POST", "/templates/x", "DELETE, GET, PUT"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_not_allowed(
    router: Router, method: str, path: str, allowed: str
) -> None:
    answer = ask(router, method, path)
    assert error(answer) == (405, "method_not_allowed", None)
    assert answer["headers"]["allow"] == allowed


def test_options_say_which_methods_a_path_has(router: Router) -> None:
    answer = ask(router, "OPTIONS", "/campaigns")
    assert (answer["statusCode"], answer["headers"]["allow"], answer["body"]) == (204, "GET, POST", "")
    assert error(ask(router, "OPTIONS", "/nowhere"))[0] == 404


def test_an_unknown_query_parameter_is_refused_by_name(router: Router) -> None:
    answer = ask(router, "GET", "/campaigns", queryStringParameters={"limit": "1", "page": "2"})
    assert error(answer) == (400, "malformed", {"field": "page"})


def test_an_unknown_field_of_json_is_refused_by_name(router: Router) -> None:
    answer = ask(router, "POST", "/campaigns", body=json.dumps({"subject": "Hi", "shedule_at": "now"}))
    assert error(answer) == (422, "invalid", {"field": "shedule_at"})
    assert error(ask(router, "POST", "/campaigns/1/pause", body='{"why": 1}')) == (422, "invalid", {"field": "why"})
    assert ask(router, "POST", "/campaigns/1/pause", body="{}")["statusCode"] == 200


def test_forms_for_people_ignore_what_they_do_not_know(router: Router) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    query = {"utm_source": "blog"}
    answer = ask(router, "POST", "/subscribe", body="email=a&utm_source=b", headers=form, queryStringParameters=query)
    assert json.loads(answer["body"])["fields"] == {"email": "a", "utm_source": "b"}
    json_body = {"content-type": "application/json; charset=utf-8"}
    answer = ask(router, "POST", "/subscribe", body='{"email": "a", "utm_source": "b"}', headers=json_body)
    assert error(answer)[0] == 422


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", ""])
def test_a_body_that_a_form_does_not_take_keeps_nobody_on_the_list(router: Router, kind: str) -> None:
    answer = ask(router, "POST", "/unsubscribe", body="--x\r\n{", headers={"content-type": kind})
    assert json.loads(answer["body"])["fields"] == {}


def test_a_file_is_taken_as_it_is_and_nothing_else_in_its_place(router: Router) -> None:
    csv = {"content-type": "text/CSV; charset=utf-8"}
    assert ask(router, "POST", "/subscribers/import", body="email\n", headers=csv)["statusCode"] == 200
    assert error(ask(router, "POST", "/subscribers/import", body="email\n"))[:2] == (400, "malformed")


def test_an_operator_gives_the_fields_alone(router: Router) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 1000

    assert json.loads(router({"limit": 5}, Context())["body"]) == {"limit": 5}
    assert error(router({"limit": 5, "page": 2}, Context())) == (422, "invalid", {"field": "page"})
    assert error(Router("campaigns")({}, Context()))[0] == 400


def test_an_expected_error_is_answered_with_its_status_and_code() -> None:
    router = Router("settings")

    @router.operation("get_settings")
    def answer(request: Request) -> Response:
        raise ConflictError("Already there.", details={"field": "email"})

    assert error(ask(router, "GET", "/settings")) == (409, "conflict", {"field": "email"})


def test_an_unexpected_error_keeps_its_internals_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    router = Router("settings")

    @router.operation("get_settings")
    def answer(request: Request) -> Response:
        raise RuntimeError("password is hunter2")

    refused = ask(router, "GET", "/settings")
    assert refused["statusCode"] == 500
    assert "hunter2" not in refused["body"]
    assert "hunter2" in caplog.text


def audited(answer: Response, fail: bool = False) -> tuple[Router, list[tuple[str, Caller, int]]]:
    """A router of a changing, an asking and a direct operation that give this answer, and what its audit gets."""
    entered: list[tuple[str, Caller, int]] = []

    def enter(operation: str, request: Request, response: Response) -> None:
        entered.append((operation, request.caller, response.status))
        if fail:
            raise RuntimeError("no table")

    router = Router("recount", audit=enter)
    for operation in ("pause_campaign", "preview_draft", "get_campaign"):
        router.operation(operation)(lambda request: answer)
    router.direct(lambda request: answer)
    return router, entered


def as_token(token: str, scope: str) -> dict[str, Any]:
    http = {"method": "POST", "sourceIp": "203.0.113.7", "userAgent": ""}
    return {"requestContext": {"http": http, "authorizer": {"lambda": {"token": token, "scope": scope}}}}


def test_what_changes_something_is_entered_with_who_did_it_and_what_asks_is_not() -> None:
    router, entered = audited(json_response(200, {}))
    ask(router, "POST", "/campaigns/1/pause", **as_token("boss", "full"))
    ask(router, "POST", "/drafts/preview", **as_token("boss", "full"))
    ask(router, "GET", "/campaigns/1")
    assert entered == [("pause_campaign", Caller("boss", "full"), 200)]


def test_what_an_operator_does_is_entered_too() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 1000

    router, entered = audited(json_response(200, {}))
    router({}, Context())
    assert entered == [("recount", OPERATOR, 200)]


def test_what_is_refused_is_not_entered() -> None:
    router, entered = audited(json_response(200, {}))
    ask(router, "POST", "/campaigns/1/pause", body='{"why": 1}', **as_token("boss", "full"))
    assert entered == []


def test_what_is_done_is_answered_even_if_the_audit_fails_and_the_log_says_who_did_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    router, entered = audited(json_response(200, {"id": "1"}), fail=True)
    answer = ask(router, "POST", "/campaigns/1/pause", **as_token("boss", "full"))
    assert (answer["statusCode"], len(entered)) == (200, 1)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert (record.__dict__["operation"], record.__dict__["token"]) == ("pause_campaign", "boss")


def test_no_function_can_change_something_without_an_audit() -> None:
    with pytest.raises(ValueError, match="give its Router an audit"):
        Router("campaigns").operation("pause_campaign")


def test_no_two_routes_or_operations_are_the_same() -> None:
    """Nor may a path be one of two that differ in their parameters only."""
    shapes = Counter(
        (route.method, tuple("{}" if p[:1] == "{" else p for p in route.path.split("/"))) for route in ROUTES
    )
    operations = Counter(route.operation for route in ROUTES)
    assert max([*shapes.values(), *operations.values()]) == 1


def test_no_function_answers_both_strangers_and_administrators() -> None:
    """API Gateway asks the authorizer by route: what is behind an open one must all be meant to be open."""
    for function in {route.function for route in ROUTES}:
        mine = {route.access is contract.Access.PUBLIC for route in ROUTES if route.function == function}
        assert len(mine) == 1, function
