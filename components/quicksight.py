"""QuickSight: growth, campaigns and engagement on a dashboard, from the event lake."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from components.event_lake import COLUMNS, EventLake
from components.policies import assume_by, policy_document, query_lake

SQL = Path(__file__).parent / "sql"

DATA_SETS: Mapping[str, Mapping[str, str]] = {
    "growth": {
        "happened_on": "DATETIME",
        "kind": "STRING",
        "detail": "STRING",
        "amount": "INTEGER",
        "net": "INTEGER",
    },
    "campaigns": {
        "campaign": "STRING",
        "subject": "STRING",
        "status": "STRING",
        "started_at": "DATETIME",
        **dict.fromkeys(("sent", "failed", "delivered", "bounced", "complained"), "INTEGER"),
        **dict.fromkeys(("opened", "clicked", "unsubscribed"), "INTEGER"),
        **dict.fromkeys(("delivery_rate", "bounce_rate", "complaint_rate", "open_rate", "click_rate"), "DECIMAL"),
    },
    "engagement": {
        "campaign": "STRING",
        "subject": "STRING",
        "kind": "STRING",
        "hours_since_sending": "INTEGER",
        "recipients": "INTEGER",
    },
}
"""The data sets and the columns of their statements in `sql/`, with their types in QuickSight."""

REFRESHED_AT = "04:00"
"""UTC; after the lake's snapshot."""

_READ_SOURCE = ("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource")
_READ_DATA_SET = (
    *("DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet"),
    *("DescribeIngestion", "ListIngestions"),
)
_READ_DASHBOARD = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
"""What a reader may do (QuickSight user guide, "Permissions for Amazon QuickSight resources")."""


def statement(data_set: str, database: str) -> str:
    """The SQL of a data set, with the tables of this database."""
    return (SQL / f"{data_set}.sql").read_text().replace("lake.", f'"{database}".')


@dataclass(frozen=True)
class QuickSightArgs:
    """`principal` is the ARN of the QuickSight user or group that sees the dashboard."""

    lake: EventLake
    principal: str


class QuickSight(pulumi.ComponentResource):
    """A data source, a data set for each statement, refreshed daily, and the dashboard."""

    def __init__(self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:QuickSight", name, None, opts)
        self._name = name
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)

        source = self._source()
        data_sets = {data_set: self._data_set(data_set, source) for data_set in DATA_SETS}
        self._dashboard({data_set: declared.arn for data_set, declared in data_sets.items()})
        self.register_outputs({})

    def _source(self) -> aws.quicksight.DataSource:
        """Athena, queried with a role that may read the lake and nothing else."""
        name, lake = self._name, self._args.lake
        role = aws.iam.Role(
            f"{name}-quicksight",
            assume_role_policy=policy_document(assume_by("quicksight.amazonaws.com")),
            opts=self._child_opts,
        )
        catalog = lake.database_arn.apply(lambda arn: arn.rpartition(":database/")[0] + ":catalog")
        policy = aws.iam.RolePolicy(
            f"{name}-quicksight-policy",
            role=role.name,
            policy=policy_document(
                *query_lake(
                    lake.workgroup_arn,
                    [catalog, lake.database_arn, *(table.arn for table in lake.tables)],
                    lake.bucket_arn,
                    prefixes=tuple(COLUMNS),
                    results="query-results",
                )
            ),
            opts=self._child_opts,
        )
        return aws.quicksight.DataSource(
            f"{name}-lake",
            data_source_id=f"{name}-lake",
            name=f"{name} event lake",
            type="ATHENA",
            parameters=aws.quicksight.DataSourceParametersArgs(
                athena=aws.quicksight.DataSourceParametersAthenaArgs(work_group=lake.workgroup, role_arn=role.arn)
            ),
            permissions=[
                aws.quicksight.DataSourcePermissionArgs(principal=self._args.principal, actions=_actions(_READ_SOURCE))
            ],
            # QuickSight tests the connection when the source is created.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _data_set(self, key: str, source: aws.quicksight.DataSource) -> aws.quicksight.DataSet:
        columns = [
            aws.quicksight.DataSetPhysicalTableMapCustomSqlColumnArgs(name=name, type=type_)
            for name, type_ in DATA_SETS[key].items()
        ]
        data_set = aws.quicksight.DataSet(
            f"{self._name}-{key}",
            data_set_id=f"{self._name}-{key}",
            name=f"{self._name} {key}",
            import_mode="SPICE",
            physical_table_maps=[
                aws.quicksight.DataSetPhysicalTableMapArgs(
                    physical_table_map_id=key,
                    custom_sql=aws.quicksight.DataSetPhysicalTableMapCustomSqlArgs(
                        name=key,
                        data_source_arn=source.arn,
                        sql_query=self._args.lake.database.apply(lambda database: statement(key, database)),
                        columns=columns,
                    ),
                )
            ],
            permissions=[
                aws.quicksight.DataSetPermissionArgs(principal=self._args.principal, actions=_actions(_READ_DATA_SET))
            ],
            # A statement is tested against its tables.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.lake.tables)),
        )
        aws.quicksight.RefreshSchedule(
            f"{self._name}-{key}",
            data_set_id=data_set.data_set_id,
            schedule_id="daily",
            schedule=aws.quicksight.RefreshScheduleScheduleArgs(
                refresh_type="FULL_REFRESH",
                schedule_frequency=aws.quicksight.RefreshScheduleScheduleScheduleFrequencyArgs(
                    interval="DAILY", time_of_the_day=REFRESHED_AT, timezone="UTC"
                ),
            ),
            opts=self._child_opts,
        )
        return data_set

    def _dashboard(self, data_sets: Mapping[str, pulumi.Output[str]]) -> None:
        """The dashboard, through AWS Cloud Control: `aws.quicksight.Dashboard` accepts no definition."""
        account = self._args.lake.workgroup_arn.apply(lambda arn: arn.split(":")[4])
        aws.cloudcontrol.Resource(
            f"{self._name}-dashboard",
            type_name="AWS::QuickSight::Dashboard",
            desired_state=pulumi.Output.json_dumps(
                {
                    "AwsAccountId": account,
                    "DashboardId": self._name,
                    "Name": self._name,
                    "Permissions": [{"Principal": self._args.principal, "Actions": _actions(_READ_DASHBOARD)}],
                    "Definition": _definition(data_sets),
                }
            ),
            opts=self._child_opts,
        )


def _actions(operations: tuple[str, ...]) -> list[str]:
    return [f"quicksight:{operation}" for operation in operations]


def _definition(data_sets: Mapping[str, pulumi.Output[str]]) -> dict[str, Any]:
    """The dashboard's sheets (QuickSight API reference, DashboardVersionDefinition)."""
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": data_set, "DataSetArn": arn} for data_set, arn in data_sets.items()
        ],
        "Sheets": [
            {
                "SheetId": "growth",
                "Name": "Growth",
                "Visuals": [
                    _lines("growth-by-day", "Who joined and who left", "growth", "happened_on", "amount", "kind"),
                    _lines("growth-net", "Growth", "growth", "happened_on", "net"),
                    _bars("growth-details", "By source and reason", "growth", "detail", "amount", "kind"),
                ],
            },
            {
                "SheetId": "campaigns",
                "Name": "Campaigns",
                "Visuals": [
                    _lines("campaign-mails", "Mails", "campaigns", "started_at", "sent"),
                    _bars("campaign-opens", "Open rate", "campaigns", "subject", "open_rate"),
                    _bars("campaign-clicks", "Click rate", "campaigns", "subject", "click_rate"),
                    _table("campaign-table", "All campaigns", "campaigns"),
                ],
            },
            {
                "SheetId": "engagement",
                "Name": "Engagement",
                "Visuals": [
                    _bars(
                        "engagement-hours",
                        "Hours until opened",
                        "engagement",
                        "hours_since_sending",
                        "recipients",
                        "kind",
                    ),
                    _bars("engagement-subjects", "Readers", "engagement", "subject", "recipients", "kind"),
                ],
            },
        ],
    }


def _lines(id_: str, title: str, data_set: str, moment: str, value: str, color: str = "") -> dict[str, Any]:
    wells = {
        "Category": [_dimension(id_, data_set, moment)],
        "Values": [_measure(id_, data_set, value)],
        **({"Colors": [_dimension(id_, data_set, color)]} if color else {}),
    }
    configuration = {"FieldWells": {"LineChartAggregatedFieldWells": wells}}
    return {"LineChartVisual": {**_titled(id_, title), "ChartConfiguration": configuration}}


def _bars(id_: str, title: str, data_set: str, category: str, value: str, color: str = "") -> dict[str, Any]:
    wells = {
        "Category": [_dimension(id_, data_set, category)],
        "Values": [_measure(id_, data_set, value)],
        **({"Colors": [_dimension(id_, data_set, color)]} if color else {}),
    }
    configuration = {"FieldWells": {"BarChartAggregatedFieldWells": wells}, "Orientation": "HORIZONTAL"}
    return {"BarChartVisual": {**_titled(id_, title), "ChartConfiguration": configuration}}


def _table(id_: str, title: str, data_set: str) -> dict[str, Any]:
    """Every column of a data set."""
    values = [{"FieldId": f"{id_}.{column}", "Column": _column(data_set, column)} for column in DATA_SETS[data_set]]
    configuration = {"FieldWells": {"TableUnaggregatedFieldWells": {"Values": values}}}
    return {"TableVisual": {**_titled(id_, title), "ChartConfiguration": configuration}}


def _titled(id_: str, title: str) -> dict[str, Any]:
    return {"VisualId": id_, "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}}


def _column(data_set: str, column: str) -> dict[str, str]:
    return {"DataSetIdentifier": data_set, "ColumnName": column}


def _dimension(id_: str, data_set: str, column: str) -> dict[str, Any]:
    field = {"FieldId": f"{id_}.{column}", "Column": _column(data_set, column)}
    match DATA_SETS[data_set][column]:
        case "DATETIME":
            return {"DateDimensionField": {**field, "DateGranularity": "DAY"}}
        case "INTEGER":
            return {"NumericalDimensionField": field}
        case _:
            return {"CategoricalDimensionField": field}


def _measure(id_: str, data_set: str, column: str) -> dict[str, Any]:
    """A sum of counts, or an average of rates."""
    aggregation = "AVERAGE" if DATA_SETS[data_set][column] == "DECIMAL" else "SUM"
    field = {"FieldId": f"{id_}.{column}.value", "Column": _column(data_set, column)}
    return {"NumericalMeasureField": {**field, "AggregationFunction": {"SimpleNumericalAggregation": aggregation}}}
