"""AWS Identity and Access Management."""

from collections.abc import Mapping
from typing import Any

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, properties, tag_list


class Role(ResourceType):
    type = "aws:iam/role:Role"
    auto_named = "name"
    handled = properties(
        "name assumeRolePolicy description path maxSessionDuration permissionsBoundary tags",
    )

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

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("iam").delete_role(RoleName=id_)


class RolePolicy(ResourceType):
    type = "aws:iam/rolePolicy:RolePolicy"
    auto_named = "name"
    handled = properties("name role policy")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )
        return f"{inputs['role']}:{inputs['name']}", {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("iam").delete_role_policy(RoleName=state["role"], PolicyName=state["name"])


RESOURCES = (Role(), RolePolicy())
