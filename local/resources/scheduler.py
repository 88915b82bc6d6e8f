"""Amazon EventBridge Scheduler."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, pascal, properties, tag_list


class ScheduleGroup(ResourceType):
    type = "aws:scheduler/scheduleGroup:ScheduleGroup"
    auto_named = "name"
    handled = properties("name tags")
    computed = properties("arn state")
    replace_on_changes = properties("name")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        created = cloud.client("scheduler").create_schedule_group(
            Name=inputs["name"], **given(Tags=tag_list(inputs.get("tags")))
        )
        return inputs["name"], {"arn": created["ScheduleGroupArn"], "state": "ACTIVE"}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("scheduler").get_schedule_group, Name=id_)

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
    computed = properties("arn")
    replace_on_changes = properties("name groupName")
    changeable = handled - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        created = cloud.client("scheduler").create_schedule(**self._settings(inputs))
        return f"{inputs.get('groupName', 'default')}/{inputs['name']}", {"arn": created["ScheduleArn"]}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        group, name = id_.split("/", 1)
        return found(cloud.client("scheduler").get_schedule, GroupName=group, Name=name)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("scheduler").update_schedule(**self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        group, name = id_.split("/", 1)
        cloud.client("scheduler").delete_schedule(GroupName=group, Name=name)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return pascal({key: value for key, value in inputs.items() if key != "kmsKeyArn"})


RESOURCES = (ScheduleGroup(), Schedule())
