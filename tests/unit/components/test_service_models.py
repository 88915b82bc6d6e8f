"""What no emulator here takes is held to botocore's models instead: the requests that the provider makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from local.resources import lake
from local.resources.limits import LimitExceeded, refuse_what_aws_would
from tests.unit.components.recording import Declared, Deployment, physical_name

Inputs = Mapping[str, Any]


def database(inputs: Inputs) -> Inputs:
    return {"databaseInput": {key: inputs[key] for key in ("name", "description")}, "tags": inputs["tags"]}


def table(inputs: Inputs) -> Inputs:
    rest = {key: value for key, value in inputs.items() if key != "databaseName"}
    return {"databaseName": inputs["databaseName"], "tableInput": rest}


def stream(inputs: Inputs) -> Inputs:
    # The recording's ARNs of roles and buckets are none that AWS would give.
    arns = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/delivery", "bucketArn": "arn:aws:s3:::lake"}
    into = {**inputs["extendedS3Configuration"], **arns}
    hints = {"intervalInSeconds": into.pop("bufferingInterval"), "sizeInMBs": into.pop("bufferingSize")}
    return {
        "deliveryStreamName": inputs["name"],
        "deliveryStreamEncryptionConfigurationInput": {"keyType": "AWS_OWNED_CMK"},
        "extendedS3DestinationConfiguration": {**into, "bufferingHints": hints},
        "tags": pairs(inputs["tags"]),
    }


def source(inputs: Inputs) -> Inputs:
    (way,) = inputs["parameters"].items()
    return {**inputs, "dataSourceParameters": {f"{way[0]}Parameters": way[1]}, **_quicksight(inputs, "parameters")}


def data_set(inputs: Inputs) -> Inputs:
    tables = {each["physicalTableMapId"]: {"customSql": each["customSql"]} for each in inputs["physicalTableMaps"]}
    return {**inputs, "physicalTableMap": tables, **_quicksight(inputs, "physicalTableMaps")}


def refresh(inputs: Inputs) -> Inputs:
    frequency = inputs["schedule"]["scheduleFrequency"]
    schedule = {**inputs["schedule"], "scheduleId": inputs["scheduleId"], "scheduleFrequency": frequency}
    return {"awsAccountId": ACCOUNT, "dataSetId": inputs["dataSetId"], "schedule": schedule}


def _quicksight(inputs: Inputs, renamed: str) -> Inputs:
    return {"awsAccountId": ACCOUNT, "tags": pairs(inputs["tags"]), renamed: None}


def pairs(tags: Mapping[str, str]) -> list[Inputs]:
    return [{"key": key, "value": value} for key, value in tags.items()]


ACCOUNT = "123456789012"
Request = tuple[str, str, Callable[[Inputs], Inputs]]
REQUESTS: Mapping[str, Request] = {
    "aws:athena/workgroup:Workgroup": (
        *("athena", "CreateWorkGroup"),
        lambda inputs: {**inputs, "tags": pairs(inputs["tags"]), "forceDestroy": None},
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": ("glue", "CreateDatabase", database),
    "aws:glue/catalogTable:CatalogTable": ("glue", "CreateTable", table),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("firehose", "CreateDeliveryStream", stream),
    "aws:quicksight/dataSource:DataSource": ("quicksight", "CreateDataSource", source),
    "aws:quicksight/dataSet:DataSet": ("quicksight", "CreateDataSet", data_set),
    "aws:quicksight/refreshSchedule:RefreshSchedule": ("quicksight", "CreateRefreshSchedule", refresh),
    "aws:cloudcontrol/resource:Resource": ("cloudcontrol", "CreateResource", lambda inputs: inputs),
}
"""The operation by which the provider makes a resource of each type, and its parameters, but for their capitals."""


TYPES = {type_.type: type_ for type_ in lake.RESOURCES}


def refused(resource: Declared) -> list[str]:
    """What AWS would not take of a resource."""
    service, operation, parameters = REQUESTS[resource.type]
    named = "name" in TYPES[resource.type].handled
    inputs = {**({"name": physical_name(resource.name)} if named else {}), **resource.inputs}
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    try:
        request = capitalised(parameters(inputs), model.input_shape)
        refuse_what_aws_would(request, model)
    except (LimitExceeded, KeyError) as error:
        return [f"{resource.type} {resource.name}: {error}"]
    report = ParamValidator().validate(request, model.input_shape)
    return [report.generate_report()] if report.has_errors() else []


def capitalised(value: Any, shape: Any) -> Any:
    """A value with the names that botocore's model has for its members. KeyError for a member that it lacks."""
    match shape.type_name:
        case "structure":
            names = {name.casefold(): name for name in shape.members}
            members = {names[key.casefold()]: item for key, item in value.items() if item is not None}
            return {name: capitalised(item, shape.members[name]) for name, item in members.items()}
        case "list":
            return [capitalised(item, shape.member) for item in value]
        case "map":
            return {key: capitalised(item, shape.value) for key, item in value.items()}
        case "long" | "integer":
            return int(value)
        case _:
            return value


def test_every_type_that_is_only_foreseen_here_is_held_to_its_model() -> None:
    assert REQUESTS.keys() == TYPES.keys()


@pytest.mark.parametrize("type_", REQUESTS)
def test_what_is_declared_is_a_request_that_aws_takes(everything: Deployment, type_: str) -> None:
    declared = everything.all(type_)
    assert declared
    assert [problem for resource in declared for problem in refused(resource)] == []


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("aws:athena/workgroup:Workgroup", {"name": "a b"}),
    ("aws:athena/workgroup:Workgroup", {"configuration": {"bytesScannedCutoffPerQuery": 1}}),
    ("aws:glue/catalogDatabase:CatalogDatabase", {"name": "x" * 256}),
    ("aws:glue/catalogTable:CatalogTable", {"tableType": "x" * 256}),
    ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"name": "x" * 65}),
    ("aws:quicksight/dataSource:DataSource", {"type": "ABACUS"}),
    ("aws:quicksight/dataSet:DataSet", {"importMode": "SPICY"}),
    ("aws:quicksight/refreshSchedule:RefreshSchedule", {"schedule": {"scheduleFrequency": {"interval": "YEARLY"}}}),
    ("aws:cloudcontrol/resource:Resource", {"typeName": "Dashboard"}),
]


@pytest.mark.parametrize(("type_", "change"), BROKEN)
def test_what_aws_would_refuse_is_found(everything: Deployment, type_: str, change: dict[str, Any]) -> None:
    first = everything.all(type_)[0]
    assert refused(replace(first, inputs={**first.inputs, **change})) != []
