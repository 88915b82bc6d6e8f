"""Amazon CloudWatch and CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, Setting, found, given, properties, tag_list


class LogGroup(ResourceType):
    type = "aws:cloudwatch/logGroup:LogGroup"
    auto_named = "name"
    handled = properties("name retentionInDays logGroupClass tags")
    without_effect: ClassVar = {"kmsKeyId": "the emulator keeps everything in memory"}
    computed = properties("arn")
    replace_on_changes = properties("name logGroupClass")
    changeable = properties("retentionInDays")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name = cloud.client("logs"), inputs["name"]
        client.create_log_group(
            logGroupName=name, **given(logGroupClass=inputs.get("logGroupClass"), tags=inputs.get("tags"))
        )
        self._retain(cloud, inputs)
        return name, {"arn": cloud.arn("logs", f"log-group:{name}")}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=id_)["logGroups"]
        return any(group["logGroupName"] == id_ for group in groups)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        self._retain(cloud, inputs)
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("logs").delete_log_group(logGroupName=id_)

    def _retain(self, cloud: Cloud, inputs: Inputs) -> None:
        client, name, days = cloud.client("logs"), inputs["name"], inputs.get("retentionInDays")
        if days:
            client.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            client.delete_retention_policy(logGroupName=name)


class LogMetricFilter(Setting):
    type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    auto_named = "name"
    handled = properties("name logGroupName pattern metricTransformation")
    without_effect: ClassVar = {"pattern": "the emulator extracts no metrics from logs"}
    replace_on_changes = properties("name logGroupName")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        transformation = inputs["metricTransformation"]
        cloud.client("logs").put_metric_filter(
            logGroupName=inputs["logGroupName"],
            filterName=inputs["name"],
            filterPattern=inputs["pattern"],
            metricTransformations=[
                given(
                    metricName=transformation["name"],
                    metricNamespace=transformation["namespace"],
                    metricValue=transformation["value"],
                    unit=transformation.get("unit"),
                    dimensions=transformation.get("dimensions"),
                    defaultValue=float(transformation["defaultValue"]) if "defaultValue" in transformation else None,
                )
            ],
        )
        return inputs["name"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("logs").delete_metric_filter(logGroupName=state["logGroupName"], filterName=id_)


class MetricAlarm(Setting):
    type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    auto_named = "name"
    handled = properties(
        "name alarmDescription comparisonOperator evaluationPeriods datapointsToAlarm metricName",
        "namespace period statistic extendedStatistic threshold unit dimensions actionsEnabled",
        "alarmActions okActions insufficientDataActions treatMissingData metricQueries tags",
    )
    without_effect: ClassVar = {
        "dimensions": "the emulator's alarms look at a metric without its dimensions",
        "metricQueries": "the emulator does no metric math",
    }
    computed = properties("arn")
    replace_on_changes = properties("name")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=inputs["name"],
            ComparisonOperator=inputs["comparisonOperator"],
            EvaluationPeriods=inputs["evaluationPeriods"],
            **given(
                AlarmDescription=inputs.get("alarmDescription"),
                DatapointsToAlarm=inputs.get("datapointsToAlarm"),
                MetricName=inputs.get("metricName"),
                Namespace=inputs.get("namespace"),
                Period=inputs.get("period"),
                Statistic=inputs.get("statistic"),
                ExtendedStatistic=inputs.get("extendedStatistic"),
                Threshold=inputs.get("threshold"),
                Unit=inputs.get("unit"),
                Dimensions=_dimensions(inputs.get("dimensions")),
                ActionsEnabled=inputs.get("actionsEnabled"),
                AlarmActions=inputs.get("alarmActions"),
                OKActions=inputs.get("okActions"),
                InsufficientDataActions=inputs.get("insufficientDataActions"),
                TreatMissingData=inputs.get("treatMissingData"),
                Metrics=[_metric_query(query) for query in inputs.get("metricQueries", [])] or None,
                Tags=tag_list(inputs.get("tags")),
            ),
        )
        return inputs["name"], {"arn": cloud.arn("cloudwatch", f"alarm:{inputs['name']}")}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return bool(cloud.client("cloudwatch").describe_alarms(AlarmNames=[id_])["MetricAlarms"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[id_])


class Dashboard(Setting):
    type = "aws:cloudwatch/dashboard:Dashboard"
    handled = properties("dashboardName dashboardBody")
    computed = properties("dashboardArn")
    replace_on_changes = properties("dashboardName")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["dashboardName"]
        cloud.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=inputs["dashboardBody"])
        return name, {"dashboardArn": cloud.arn("cloudwatch", f"dashboard/{name}", region=False)}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("cloudwatch").get_dashboard, DashboardName=id_)

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("cloudwatch").delete_dashboards(DashboardNames=[id_])


def _dimensions(dimensions: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()] if dimensions else None


def _metric_query(query: Mapping[str, Any]) -> dict[str, Any]:
    metric = query.get("metric")
    return given(
        Id=query["id"],
        Expression=query.get("expression"),
        Label=query.get("label"),
        Period=query.get("period"),
        ReturnData=query.get("returnData", False),
        MetricStat=metric
        and given(
            Metric=given(
                MetricName=metric["metricName"],
                Namespace=metric.get("namespace"),
                Dimensions=_dimensions(metric.get("dimensions")),
            ),
            Period=metric["period"],
            Stat=metric["stat"],
            Unit=metric.get("unit"),
        ),
    )


RESOURCES = (LogGroup(), LogMetricFilter(), MetricAlarm(), Dashboard())
