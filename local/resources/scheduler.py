"""Amazon EventBridge Scheduler."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, pascal, properties, tag_list


class ScheduleGroup(ResourceType):
    type = "aws:scheduler/scheduleGroup:ScheduleGroup"
    auto_named = "name"
    handled = properties("name tags")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        created = cloud.client("scheduler").create_schedule_group(
            Name=inputs["name"], **given(Tags=tag_list(inputs.get("tags")))
        )
        return inputs["name"], {"arn": created["ScheduleGroupArn"], "state": "ACTIVE"}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("scheduler").delete_schedule_group(Name=id_)


class Schedule(ResourceType):
    type = "aws:scheduler/schedule:Schedule"
    auto_named = "name"
    handled = properties(
        "name groupName description scheduleExpression scheduleExpressionTimezone state",
        "flexibleTimeWindow target actionAfterCompletion",
    )
    without_effect: ClassVar = {"kmsKeyArn": "the emulator keeps everything in memory"}

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        settings = {key: value for key, value in inputs.items() if key != "kmsKeyArn"}
        created = cloud.client("scheduler").create_schedule(**pascal(settings))
        return f"{inputs.get('groupName', 'default')}/{inputs['name']}", {"arn": created["ScheduleArn"]}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        group, name = id_.split("/", 1)
        cloud.client("scheduler").delete_schedule(GroupName=group, Name=name)


RESOURCES = (ScheduleGroup(), Schedule())
