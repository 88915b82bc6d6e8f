"""The emulator's process: ministack, with invocations queued instead of refused, and answered at once.

Runs under the emulator's own interpreter, where nothing of this repository and nothing of ``.venv`` exists.

AWS lets an account run 1,000 invocations at once and refuses more. A laptop manages a handful, and refusing
the ninth would fail programs that are right. So an invocation over the account's limit waits here for its
turn, first come, first served. A function's own reserved concurrency still refuses, as on AWS.

And ministack holds back the answer of a function that logged nothing, by 50 milliseconds, in case a line is
still under way. Here it is by 5: a line that is later than that shows with the next invocation.

And a batch of SQS messages asks IAM for an action of its own, which AWS does not have: sending, deleting and hiding
ten messages at once needs the right to do so with one.

And statements in PartiQL ask IAM for an action that does not exist, on no table: on AWS an INSERT needs the right to
insert into its table.

And what a PartiQL INSERT stores is told in the table's stream.

And a schedule is in its group when IAM is asked about it, not in the default one.

And a function that is fed from a queue gets as many messages at once as it asked for, not ten at most.

And a condition is read once, not once for each of the items it is asked about: a page of a large table took seconds.

And what waits in a dead-letter queue can be moved back by StartMessageMoveTask.

And an HTTP API keeps to the limits of its routes, where THROTTLE_ROUTES says so: a bucket of tokens for each route.

And a distribution of CloudFront is also reached below /_aws/cloudfront/, as an HTTP API is below /_aws/execute-api/:
its own name leads nowhere on this machine. Viewers there count as coming over TLS.

And a policy that refuses plain HTTP takes a request for one over TLS: AWS's endpoints speak it, this port does not.

And functions with the same code share one copy of it, which Python compiles once: unpacked and compiled anew for each
worker, it took a third of a cold start.
"""

import collections
import hashlib
import json
import os
import tempfile
import threading
import time
import zipfile
from functools import lru_cache, partialmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app  # ty: ignore[import-not-found]
from ministack.app import main  # ty: ignore[import-not-found]
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # ty: ignore[import-not-found]
from ministack.services import apigateway, dynamodb, lambda_svc, sqs  # ty: ignore[import-not-found]

QUEUE_SECONDS = 25  # under the 30 seconds an HTTP API waits for its function
LATE_LOG_SECONDS = 0.005

_claim_slot = lambda_svc._acquire_execution_slot
_free_slot = lambda_svc._release_execution_slot
_queue: collections.deque[object] = collections.deque()
_moved = threading.Condition()


def _claim_slot_in_turn(func: dict[str, Any], config: dict[str, Any]) -> tuple[str | None, str | None]:
    """Like ministack's function, but waits while the account's limit is what refuses."""
    ticket = object()
    deadline = time.monotonic() + QUEUE_SECONDS
    with _moved:
        _queue.append(ticket)
        try:
            while True:
                slot, refused_by = (None, "account")
                if _queue[0] is ticket:
                    slot, refused_by = _claim_slot(func, config)
                remaining = deadline - time.monotonic()
                if refused_by != "account" or remaining <= 0:
                    return slot, refused_by
                _moved.wait(remaining)
        finally:
            _queue.remove(ticket)
            _moved.notify_all()


def _free_slot_for_next(slot: str | None) -> None:
    _free_slot(slot)
    with _moved:
        _moved.notify_all()


lambda_svc._acquire_execution_slot = _claim_slot_in_turn
lambda_svc._release_execution_slot = _free_slot_for_next

_worker = lambda_runtime.Worker
_worker._drain_stderr_bounded = partialmethod(_worker._drain_stderr_bounded, first_line_wait=LATE_LOG_SECONDS)

_unpacking = threading.Lock()


class _SharedCode(zipfile.ZipFile):
    """The code of a function, unpacked once for all workers that have the same."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Make `path`, an empty folder, a link to the one copy, in which Python also keeps what it has compiled."""
        contents = repr([(file.filename, file.CRC) for file in self.infolist()])
        shared = Path(tempfile.gettempdir(), f"code-{hashlib.sha256(contents.encode()).hexdigest()[:16]}")
        with _unpacking:
            if shared.exists():
                os.rmdir(path)
            else:
                super().extractall(path)
                os.rename(path, shared)
        os.symlink(shared, path)


lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _SharedCode})


def _receive_as_many(queue_url: str, wanted: int) -> list[dict[str, Any]]:
    """Like ministack's function, but without its limit of ten; and a long queue is walked once for all."""
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        return sqs._collect_msgs(queue, wanted, int(queue["attributes"].get("VisibilityTimeout", "30")))


sqs._receive_messages_for_esm = _receive_as_many


def _move_messages(request: dict[str, Any], _url: str) -> dict[str, str]:
    """SQS's StartMessageMoveTask, which ministack lacks; done when it answers.

    Only from a queue that is some other's dead-letter queue; and without a destination only what SQS put there itself.
    """
    source_arn, destination = request["SourceArn"], request.get("DestinationArn")
    with sqs._queues_lock:
        source = sqs._queue_by_arn(source_arn)
        if source is None or not any(
            source_arn in q["attributes"].get("RedrivePolicy", "") for q in sqs._queues.values()
        ):
            raise sqs._Err("ResourceNotFoundException", "The source is not a dead-letter queue of another queue.", 404)
        left = []
        for message in source["messages"]:
            origin = message.get("sys", {}).get("DeadLetterQueueSourceArn", "")
            target = sqs._queue_by_arn(destination or origin)
            if target is None:
                left.append(message)
            else:
                target["messages"].append({**message, "receive_count": 0, "visible_at": 0.0, "receipt_handle": None})
        source["messages"] = left
    sqs.esm_wake.set()
    return {"TaskHandle": source_arn}


sqs._HANDLERS["StartMessageMoveTask"] = _move_messages

_iam_action = iam_actions.extract_iam_action
_table_arns = iam_actions.dynamodb_resource_arns


def _iam_action_on_aws(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any, **named: Any
) -> Any:
    action = _iam_action(service, method, path, headers, body, *rest, **named)
    if action in ("dynamodb:ExecuteStatement", "dynamodb:BatchExecuteStatement"):
        verb, _ = _partiql(body)
        return f"dynamodb:PartiQL{verb.capitalize()}"
    return action.removesuffix("Batch") if isinstance(action, str) and action.startswith("sqs:") else action


def _table_arns_on_aws(body: bytes, region: str, account_id: str) -> Any:
    if b'"Statement' in body:
        _, table = _partiql(body)
        body = json.dumps({"TableName": table}).encode()
    return _table_arns(body, region, account_id)


def _partiql(body: bytes) -> tuple[str, str]:
    """The verb and the table of a statement, or of a batch, whose statements are all alike here."""
    request = json.loads(body)
    statement = (request.get("Statements") or [request])[0]["Statement"]
    verb, table = statement.split()[0], statement.split('"')[1]
    return verb, table


_insert = dynamodb._partiql_insert


def _insert_and_tell(table: dict[str, Any], parsed: dict[str, Any]) -> Any:
    answer = _insert(table, parsed)
    if answer[0] == 200:
        item = parsed["item"]
        name = table["TableArn"].rpartition("/")[2]
        dynamodb._emit_stream_event(name, "INSERT", None, item["M"] if set(item) == {"M"} else item)
    return answer


dynamodb._partiql_insert = _insert_and_tell

dynamodb._tokenize = lru_cache(maxsize=1024)(dynamodb._tokenize)
dynamodb._condition_syntax_error = lru_cache(maxsize=1024)(dynamodb._condition_syntax_error)

_holds = dynamodb._evaluate_condition


def _holds_in_partition(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> bool:
    """Like ministack's function, with a short way for the commonest question: is the key this value?"""
    match expression.split():
        case [name, "=", value] if slot == "KeyConditionExpression":
            return item.get(names.get(name, name)) == values.get(value)
    return _holds(expression, item, values, names, slot)


dynamodb._evaluate_condition = _holds_in_partition

_resource_arn = iam_actions.extract_resource_arn


def _resource_arn_on_aws(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: Any, *rest: Any, **named: Any
) -> Any:
    arn = _resource_arn(service, method, path, headers, body, query, *rest, **named)
    if service != "scheduler" or ":schedule/default/" not in arn:
        return arn
    asked = query.get("groupName")
    group = (asked[0] if isinstance(asked, list) else asked) or json.loads(body or b"{}").get("GroupName", "default")
    return arn.replace(":schedule/default/", f":schedule/{group}/")


iam_actions.extract_iam_action = _iam_action_on_aws
iam_actions.extract_resource_arn = _resource_arn_on_aws
iam_actions.dynamodb_resource_arns = _table_arns_on_aws

_condition_key = iam_evaluator._resolve_condition_key


def _condition_key_over_tls(key: str, context: Any) -> Any:
    return "true" if key.lower() == "aws:securetransport" else _condition_key(key, context)


iam_evaluator._resolve_condition_key = _condition_key_over_tls

_serve = app._handle_cloudfront_dataplane_request
_DISTRIBUTIONS = "/_aws/cloudfront/"


async def _serve_by_path(host: str, path: str, raw_path: str, query: str, method: str, headers: Any, *rest: Any) -> Any:
    if path.startswith(_DISTRIBUTIONS):
        label, _, wanted = path.removeprefix(_DISTRIBUTIONS).partition("/")
        host, path, raw_path = f"{label}.cloudfront.net", f"/{wanted}", f"/{raw_path.split('/', 4)[4]}"
        headers = {**headers, "host": host, "x-forwarded-proto": "https"}
    return await _serve(host, path, raw_path, query, method, headers, *rest)


app._handle_cloudfront_dataplane_request = _serve_by_path

_execute = apigateway._handle_execute_in_scope
_tokens: dict[tuple[str, str], tuple[float, float]] = {}


async def _execute_within_limits(
    api_id: str, stage: str, path: str, method: str, *rest: Any, **named: Any
) -> tuple[int, dict[str, str], bytes]:
    route = apigateway._match_route(api_id, method, "/" + path.lstrip("/"))
    if route and not _takes_one_more(api_id, route["routeKey"], apigateway._stages.get(api_id, {}).get(stage, {})):
        return 429, {"Content-Type": "application/json"}, b'{"message":"Too Many Requests"}'
    return await _execute(api_id, stage, path, method, *rest, **named)


def _takes_one_more(api_id: str, route_key: str, stage: dict[str, Any]) -> bool:
    """Take a token of the route's bucket, which fills at its rate up to its burst; False if it is empty."""
    limit = stage.get("routeSettings", {}).get(route_key) or stage.get("defaultRouteSettings", {})
    rate, burst = limit.get("throttlingRateLimit"), limit.get("throttlingBurstLimit")
    if rate is None or burst is None:
        return True
    now = time.monotonic()
    left, seen = _tokens.get((api_id, route_key), (float(burst), now))
    left = min(float(burst), left + (now - seen) * rate)
    _tokens[api_id, route_key] = (left - 1 if left >= 1 else left, now)
    return left >= 1


if os.environ.get("THROTTLE_ROUTES") == "true":
    apigateway._handle_execute_in_scope = _execute_within_limits

if __name__ == "__main__":
    main()
