"""AWS Identity and Access Management."""

from collections.abc import Mapping
from typing import Any

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, Setting, found, given, properties, tag_list


class Role(ResourceType):
    type = "aws:iam/role:Role"
    auto_named = "name"
    handled = properties(
        "name assumeRolePolicy description path maxSessionDuration permissionsBoundary tags",
    )
    computed = properties("arn uniqueId createDate")
    replace_on_changes = properties("name path")
    changeable = properties("assumeRolePolicy description maxSessionDuration")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        role = cloud.client("iam").create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            **given(
                Description=inputs.get("description"),
                Path=inputs.get("path"),
                MaxSessionDuration=inputs.get("maxSessionDuration"),
                PermissionsBoundary=inputs.get("permissionsBoundary"),
                Tags=tag_list(inputs.get("tags")),
            ),
        )["Role"]
        return inputs["name"], {
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("iam").get_role, RoleName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client = cloud.client("iam")
        client.update_assume_role_policy(RoleName=id_, PolicyDocument=inputs["assumeRolePolicy"])
        client.update_role(
            RoleName=id_,
            Description=inputs.get("description", ""),
            **given(MaxSessionDuration=inputs.get("maxSessionDuration")),
        )
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("iam").delete_role(RoleName=id_)


class RolePolicy(Setting):
    type = "aws:iam/rolePolicy:RolePolicy"
    auto_named = "name"
    handled = properties("name role policy")
    replace_on_changes = properties("name role")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )
        return f"{inputs['role']}:{inputs['name']}", {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("iam").get_role_policy, RoleName=state["role"], PolicyName=state["name"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("iam").delete_role_policy(RoleName=state["role"], PolicyName=state["name"])


RESOURCES = (Role(), RolePolicy())
