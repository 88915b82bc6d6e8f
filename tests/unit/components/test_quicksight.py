"""The event lake and QuickSight: declared only when wanted, right on sample data, and no wider than needed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import botocore.session
import duckdb
import pytest
from botocore.validate import ParamValidator

from components.config import QUICKSIGHT_EXAMPLE
from components.event_lake import COLUMNS
from components.quicksight import DATA_SETS, SQL, statement
from email_list.events.mail_events import Event, Kind, Place
from email_list.figures import lake
from email_list.figures.results import CampaignResult, Counts
from tests.unit.components.conftest import EVERYTHING
from tests.unit.components.recording import PREFIX, Deployment, arn, physical_name

Deploy = Callable[..., Deployment]

SAMPLE = Path(__file__).parents[2] / "sample_lake"
SPRING, SUMMER = "01CAMPAIGNSPRING0000000000", "01CAMPAIGNSUMMER0000000000"

OF_THE_LAKE = ("aws:athena", "aws:cloudcontrol", "aws:glue", "aws:kinesis", "aws:quicksight")


# Declared only when wanted


def test_off_not_one_of_its_resources_is_declared(deployment: Deployment, everything: Deployment) -> None:
    assert not [r for r in deployment.resources if r.type.startswith(OF_THE_LAKE)]
    assert not [r for r in deployment.resources if "lake" in r.name or "quicksight" in r.name]
    without = {(resource.type, resource.name) for resource in deployment.resources}
    assert without < {(resource.type, resource.name) for resource in everything.resources}


def test_on_the_preview_declares_all_of_it(deploy: Deploy, everything: Deployment) -> None:
    preview = deploy(preview=True, **EVERYTHING)
    declared = {(resource.type, resource.name) for resource in everything.resources}
    assert {(resource.type, resource.name) for resource in preview.resources} == declared


# The lake


def test_rows_are_kept_compressed_by_day_and_deleted_in_the_end(everything: Deployment) -> None:
    streams = everything.all("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
    assert {stream.name for stream in streams} == set(COLUMNS)
    for stream in streams:
        target = stream.inputs["extendedS3Configuration"]
        assert target["prefix"] == f"{stream.name}/dt=!{{timestamp:yyyy-MM-dd}}/"
        assert target["compressionFormat"] == "GZIP"
    lifecycle = everything.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lake-lifecycle")
    kept = {rule["filter"]["prefix"]: rule["expiration"]["days"] for rule in lifecycle.inputs["rules"]}
    assert kept.keys() == {*(f"{table}/" for table in COLUMNS), "failures/", "query-results/"}


def test_the_bucket_of_the_lake_is_private_and_precious_where_lists_are(deploy: Deploy, everything: Deployment) -> None:
    assert everything.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "lake-private")
    assert everything.one("aws:s3/bucket:Bucket", "lake").inputs["forceDestroy"] is False
    unguarded = deploy(quicksight="true", quicksightPrincipal=QUICKSIGHT_EXAMPLE)
    assert unguarded.one("aws:s3/bucket:Bucket", "lake").inputs["forceDestroy"] is True


def test_athena_finds_the_days_of_each_table_without_a_crawler(everything: Deployment) -> None:
    tables = {table.inputs["name"]: table.inputs for table in everything.all("aws:glue/catalogTable:CatalogTable")}
    for name, columns in COLUMNS.items():
        table = tables[name]
        assert {column["name"]: column["type"] for column in table["storageDescriptor"]["columns"]} == columns
        assert table["partitionKeys"] == [{"name": "dt", "type": "date"}]
        assert table["parameters"]["projection.enabled"] == "true"
        assert table["parameters"]["storage.location.template"].endswith(f"/{name}/dt=${{dt}}/")


def test_a_query_may_read_only_so_much(everything: Deployment) -> None:
    configuration = everything.one("aws:athena/workgroup:Workgroup").inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 10 * 1024**3


def statements(everything: Deployment, policy: str) -> Iterator[tuple[str, str]]:
    for each in json.loads(everything.one("aws:iam/rolePolicy:RolePolicy", policy).inputs["policy"])["Statement"]:
        assert each["Effect"] == "Allow"
        yield from ((action, resource) for action in each["Action"] for resource in each["Resource"])


@pytest.mark.parametrize("policy", ["lake-delivery-policy", "quicksight-policy"])
def test_services_may_use_only_what_is_the_lakes(everything: Deployment, policy: str) -> None:
    bucket = arn("s3", physical_name("lake"))
    for action, resource in statements(everything, policy):
        assert "*" not in action
        if action.startswith("s3:"):
            assert resource == bucket or resource.startswith(f"{bucket}/")
            if action == "s3:PutObject" and policy == "quicksight-policy":
                assert resource == f"{bucket}/query-results/*"
        elif action not in ("athena:ListDataCatalogs", "athena:ListWorkGroups"):  # which have no resources
            assert "*" not in resource


def test_functions_may_hand_rows_to_their_own_streams(everything: Deployment) -> None:
    rows = {resource for action, resource in everything.permissions("lake_events") if action.startswith("firehose:")}
    assert rows == {arn("kinesis", physical_name("mail_events"))}
    rows = {resource for action, resource in everything.permissions("lake_snapshot") if action.startswith("firehose:")}
    assert rows == {arn("kinesis", physical_name(table)) for table in ("growth", "campaigns")}


# Rows

EVENT = Event(
    kind=Kind.CLICK,
    message="m1",
    sent_at="2026-11-20T08:00:00.000Z",
    at="2026-11-20T10:31:00.250Z",
    people=("ann@example.com",),
    place=Place(SPRING, 1, 0),
    link="https://ann:secret@shop.example/bulbs?token=for-ann#ann",
)
RESULT = CampaignResult(SPRING, "Spring", "sent", "2026-11-20T08:00:00.000Z", Counts(sent=4))
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


def a_row(table: str) -> dict[str, Any]:
    match table:
        case "mail_events":
            return next(lake.event_rows(EVENT, lambda text: "0123456789abcdef" * 4))
        case "growth":
            return next(lake.growth_rows({"2026-11-20#joined#form": 3}, NOW))
        case _:
            return lake.campaign_row(RESULT, NOW)


SQL_TYPES = {"bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "string": "VARCHAR", "timestamp": "TIMESTAMP"}


@pytest.mark.parametrize("table", COLUMNS)
def test_rows_have_the_columns_that_are_declared(table: str, tmp_path: Path) -> None:
    row = a_row(table)
    assert list(row) == list(COLUMNS[table])
    file = tmp_path / "row.jsonl"
    file.write_text(json.dumps(row) + "\n")
    (values,) = read(duckdb.connect(), table, file).fetchall()
    assert None not in values


@pytest.mark.parametrize("table", COLUMNS)
def test_the_sample_has_the_columns_of_the_rows(table: str) -> None:
    for line in (SAMPLE / f"{table}.jsonl").read_text().splitlines():
        assert list(json.loads(line)) == list(COLUMNS[table])


def test_no_address_and_no_token_gets_into_the_lake() -> None:
    row = a_row("mail_events")
    assert row["recipient"] == "0123456789abcdef" * 2
    assert row["link"] == "https://shop.example/bulbs"
    assert "ann" not in json.dumps(row)


def test_the_same_event_has_the_same_id_whenever_it_comes() -> None:
    assert a_row("mail_events") == a_row("mail_events")


# SQL, in the part of the language that Athena and DuckDB share


def read(database: duckdb.DuckDBPyConnection, table: str, file: Path) -> duckdb.DuckDBPyRelation:
    columns = {name: SQL_TYPES[type_] for name, type_ in COLUMNS[table].items()}
    return database.read_json(str(file), format="newline_delimited", columns=columns)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute('CREATE SCHEMA "email_list_dev"')
    for table in COLUMNS:
        read(connection, table, SAMPLE / f"{table}.jsonl").create(f"email_list_dev.{table}")
    return connection


def answer(database: duckdb.DuckDBPyConnection, data_set: str) -> list[dict[str, Any]]:
    found = database.execute(statement(data_set, "email_list_dev"))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_every_statement_is_a_data_set() -> None:
    assert {file.stem for file in SQL.glob("*.sql")} == set(DATA_SETS)


OF_QUICKSIGHT = {
    "DATETIME": {"DATE", "TIMESTAMP"},
    "STRING": {"VARCHAR"},
    "INTEGER": {"BIGINT"},
    "DECIMAL": {"DOUBLE"},
}


@pytest.mark.parametrize("data_set", DATA_SETS)
def test_a_statement_gives_the_columns_that_quicksight_is_told_of(
    database: duckdb.DuckDBPyConnection, data_set: str
) -> None:
    described = database.execute(f"DESCRIBE {statement(data_set, 'email_list_dev')}").fetchall()
    assert [name for name, *_ in described] == list(DATA_SETS[data_set])
    for name, type_, *_ in described:
        assert type_ in OF_QUICKSIGHT[DATA_SETS[data_set][name]], name


def test_growth_is_what_the_latest_snapshot_says(database: duckdb.DuckDBPyConnection) -> None:
    rows = {(r["happened_on"], r["kind"], r["detail"]): (r["amount"], r["net"]) for r in answer(database, "growth")}
    first, second = date(2026, 11, 19), date(2026, 11, 20)
    assert rows == {
        (first, "requested", "form"): (9, 0),
        (first, "joined", "form"): (6, 6),
        (first, "left", "too_often"): (1, -1),
        (second, "joined", "form"): (4, 4),
        (second, "joined", "import"): (30, 30),
        (second, "left", "bounced"): (2, -2),
    }


def test_campaigns_have_their_latest_figures_and_rates(database: duckdb.DuckDBPyConnection) -> None:
    rows = {row["campaign"]: row for row in answer(database, "campaigns")}
    spring, summer = rows[SPRING], rows[SUMMER]
    assert (spring["status"], spring["opened"], spring["complained"]) == ("sent", 3, 1)
    assert (spring["delivery_rate"], spring["bounce_rate"], spring["open_rate"]) == (0.75, 0.25, 1.0)
    assert spring["click_rate"] == pytest.approx(1 / 3)
    assert (summer["delivery_rate"], summer["open_rate"]) == (None, None)


def test_readers_count_once_in_the_hour_of_their_first_time(database: duckdb.DuckDBPyConnection) -> None:
    rows = {
        (row["subject"], row["kind"], row["hours_since_sending"]): row["recipients"]
        for row in answer(database, "engagement")
    }
    assert rows == {
        ("Spring bulbs", "open", 0): 1,
        ("Spring bulbs", "open", 2): 1,
        ("Spring bulbs", "click", 2): 1,
        ("Spring bulbs", "open", 168): 1,
        ("Sömmer “ümlaut”", "open", 0): 1,
    }


# QuickSight


def test_data_sets_are_refreshed_every_day_and_read_by_whom_it_is_configured(everything: Deployment) -> None:
    data_sets = everything.all("aws:quicksight/dataSet:DataSet")
    assert {data_set.name for data_set in data_sets} == set(DATA_SETS)
    for data_set in data_sets:
        assert data_set.inputs["importMode"] == "SPICE"
        (permission,) = data_set.inputs["permissions"]
        assert permission["principal"] == QUICKSIGHT_EXAMPLE
        (table,) = data_set.inputs["physicalTableMaps"]
        assert '"email_list_dev".' in table["customSql"]["sqlQuery"]
    schedules = everything.all("aws:quicksight/refreshSchedule:RefreshSchedule")
    assert {s.inputs["schedule"]["scheduleFrequency"]["interval"] for s in schedules} == {"DAILY"}
    assert {schedule.name for schedule in schedules} == set(DATA_SETS)


def test_the_dashboard_is_one_that_quicksight_takes(everything: Deployment) -> None:
    resource = everything.one("aws:cloudcontrol/resource:Resource").inputs
    assert resource["typeName"] == "AWS::QuickSight::Dashboard"
    state = json.loads(resource["desiredState"])
    shape = botocore.session.Session().get_service_model("quicksight").operation_model("CreateDashboard").input_shape
    report = ParamValidator().validate(state, shape)
    assert not report.has_errors(), report.generate_report()
    visuals = [visual for sheet in state["Definition"]["Sheets"] for visual in sheet["Visuals"]]
    ids = [next(iter(visual.values()))["VisualId"] for visual in visuals]
    assert len(set(ids)) == len(ids) >= 8


def columns_in(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if "DataSetIdentifier" in node:
            yield node["DataSetIdentifier"], node["ColumnName"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from columns_in(item)


def test_visuals_show_columns_that_there_are(everything: Deployment) -> None:
    state = json.loads(everything.one("aws:cloudcontrol/resource:Resource").inputs["desiredState"])
    shown = set(columns_in(state["Definition"]["Sheets"]))
    assert {data_set for data_set, _ in shown} == set(DATA_SETS)
    for data_set, column in shown:
        assert column in DATA_SETS[data_set]
    declared = {each["DataSetArn"] for each in state["Definition"]["DataSetIdentifierDeclarations"]}
    assert declared == {arn("quicksight", f"{PREFIX} {data_set}") for data_set in DATA_SETS}


def test_field_ids_are_unique_in_a_visual(everything: Deployment) -> None:
    state = json.loads(everything.one("aws:cloudcontrol/resource:Resource").inputs["desiredState"])
    for sheet in state["Definition"]["Sheets"]:
        for visual in sheet["Visuals"]:
            ids = [part.split('"')[1] for part in json.dumps(visual).split('"FieldId": ')[1:]]
            assert len(set(ids)) == len(ids)
