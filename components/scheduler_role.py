"""The roles in which EventBridge Scheduler starts functions."""

import pulumi
import pulumi_aws as aws

from components.function import PythonFunction
from components.policies import assume_by, invoke, policy_document


def scheduler_role(name: str, opts: pulumi.ResourceOptions, *functions: PythonFunction) -> aws.iam.Role:
    """A role in which Scheduler may start these functions, and nothing else."""
    role = aws.iam.Role(name, assume_role_policy=policy_document(assume_by("scheduler.amazonaws.com")), opts=opts)
    aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=policy_document(invoke(*(function.arn for function in functions))),
        opts=opts,
    )
    return role
