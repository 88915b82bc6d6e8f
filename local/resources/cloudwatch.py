"""Amazon CloudWatch and CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, properties, tag_list


class LogGroup(ResourceType):
    type = "aws:cloudwatch/logGroup:LogGroup"
    auto_named = "name"
    handled = properties("name retentionInDays logGroupClass tags")
    without_effect: ClassVar = {"kmsKeyId": "the emulator keeps everything in memory"}

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name = cloud.client("logs"), inputs["name"]
        client.create_log_group(
            logGroupName=name, **given(logGroupClass=inputs.get("logGroupClass"), tags=inputs.get("tags"))
        )
        if inputs.get("retentionInDays"):
            client.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])
        return name, {"arn": cloud.arn("logs", f"log-group:{name}")}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("logs").delete_log_group(logGroupName=id_)


class LogMetricFilter(ResourceType):
    type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    auto_named = "name"
    handled = properties("name logGroupName pattern metricTransformation")
    without_effect: ClassVar = {"pattern": "the emulator extracts no metrics from logs"}

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


class MetricAlarm(ResourceType):
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

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[id_])


class Dashboard(ResourceType):
    type = "aws:cloudwatch/dashboard:Dashboard"
    handled = properties("dashboardName dashboardBody")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["dashboardName"]
        cloud.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=inputs["dashboardBody"])
        return name, {"dashboardArn": cloud.arn("cloudwatch", f"dashboard/{name}", region=False)}

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
