"""AWS Systems Manager Parameter Store."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, properties, tag_list


class Parameter(ResourceType):
    type = "aws:ssm/parameter:Parameter"
    auto_named = "name"
    handled = properties("name type value description tier allowedPattern dataType tags")
    without_effect: ClassVar = {"keyId": "the emulator encrypts with a key of its own"}
    computed = properties("arn version")
    recomputed: ClassVar = {"version": properties("value description")}
    replace_on_changes = properties("name dataType")
    changeable = properties("type value description tier allowedPattern")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        created = self._put(cloud, inputs, Tags=tag_list(inputs.get("tags")))
        return inputs["name"], {
            "arn": cloud.arn("ssm", f"parameter/{inputs['name'].removeprefix('/')}"),
            "version": created["Version"],
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("ssm").get_parameter, Name=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        return {"version": self._put(cloud, inputs, Overwrite=True)["Version"]}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("ssm").delete_parameter(Name=id_)

    def _put(self, cloud: Cloud, inputs: Inputs, **how: Any) -> dict[str, Any]:
        return cloud.client("ssm").put_parameter(
            Name=inputs["name"],
            Type=inputs["type"],
            Value=inputs["value"],
            **given(
                Description=inputs.get("description"),
                Tier=inputs.get("tier"),
                AllowedPattern=inputs.get("allowedPattern"),
                DataType=inputs.get("dataType"),
                **how,
            ),
        )


RESOURCES = (Parameter(),)
