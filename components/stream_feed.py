"""Changes of a table, passed to a function."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.failures import Failures
from components.function import PythonFunction
from components.table import Table

RETRIED_SECONDS = 6 * 3600
"""How long a change that cannot be processed holds up those after it, before it is put aside."""


@dataclass(frozen=True)
class StreamFeedArgs:
    """How changes are passed on.

    `start` says whether changes from before the feed existed are passed on as well (`TRIM_HORIZON`) or not (`LATEST`).
    `batching_window` is in seconds. Changes that match one of `patterns` matter: Lambda passes on, and charges for, no
    others (Lambda developer guide, "Control which events Lambda sends to your function").
    """

    start: Literal["TRIM_HORIZON", "LATEST"]
    batch_size: int
    batching_window: int
    patterns: Sequence[Mapping[str, Any]] = ()


def feed_from_stream(
    name: str,
    table: Table,
    function: PythonFunction,
    args: StreamFeedArgs,
    failures: Failures,
    opts: pulumi.ResourceOptions,
) -> None:
    """Let Lambda pass the changes in a table's stream to a function, whose role must allow reading them.

    `failures` receives a notice of those that cannot be processed, which the role must allow as well.
    """
    aws.lambda_.EventSourceMapping(
        name,
        event_source_arn=table.stream_arn,
        function_name=function.name,
        starting_position=args.start,
        batch_size=args.batch_size,
        maximum_batching_window_in_seconds=args.batching_window,
        bisect_batch_on_function_error=True,
        maximum_record_age_in_seconds=RETRIED_SECONDS,
        filter_criteria=(
            aws.lambda_.EventSourceMappingFilterCriteriaArgs(
                filters=[
                    aws.lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps(pattern))
                    for pattern in args.patterns
                ]
            )
            if args.patterns
            else None
        ),
        destination_config=aws.lambda_.EventSourceMappingDestinationConfigArgs(
            on_failure=aws.lambda_.EventSourceMappingDestinationConfigOnFailureArgs(destination_arn=failures.notices)
        ),
        opts=opts,
    )
