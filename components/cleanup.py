"""What the stack's functions make at run time goes when the stack goes."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.function import FunctionPlatform, Functions
from components.mailer import Mailer
from components.policies import list_templates, use_table, use_templates
from components.records import Records


@dataclass(frozen=True)
class CleanupArgs:
    platform: FunctionPlatform
    mailer: Mailer
    records: Records


class Cleanup(pulumi.ComponentResource):
    """A function that `pulumi destroy` invokes while everything is still there, to delete the stack's SES templates.

    Nothing else that is made at run time outlives a stack: schedules go with their group, files with their bucket.
    """

    def __init__(self, name: str, args: CleanupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Cleanup", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        function = Functions(name, args.platform, child_opts).add(
            "cleanup",
            "Deletes the stack's SES templates when the stack is destroyed",
            environment={
                "TEMPLATE_PREFIX": args.mailer.template_prefix,
                "RECORDS_TABLE": args.records.table_name,
            },
            statements=[
                use_table(args.records.table_arn, "GetItem", "PutItem"),
                list_templates(),
                use_templates(args.mailer.template_arn, "DeleteEmailTemplate"),
            ],
            # SES deletes one template a second.
            timeout=900,
        )
        aws.lambda_.Invocation(
            f"{name}-cleanup",
            function_name=function.name,
            input=json.dumps({}),
            lifecycle_scope="CRUD",
            opts=child_opts,
        )
        self.register_outputs({})
