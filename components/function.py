"""Lambda functions, each with everything it needs for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.failures import Failures
from components.grants import Grant
from components.policies import Statement, assume_by, policy_document, put_work, write_logs
from contract import Env

RUNTIME = "python3.14"
ARCHITECTURE = "arm64"

WHOLE_PROCESSOR = 1769
"""MB of memory at which a function has one virtual processor; with less memory it has proportionally less (Lambda
developer guide, "Configure Lambda function memory"). Work that is never idle costs the same at any size up to this."""


@dataclass(frozen=True)
class PythonFunction:
    """A function of the bundle. `invoke_arn` is the ARN by which API Gateway calls it."""

    handler: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]


@dataclass(frozen=True)
class FunctionPlatform:
    """What the functions of a stack share: their code, how many days their logs are kept, where failed work goes.

    `functions` are all that have been declared on it, for those who monitor them.
    """

    code: pulumi.Archive
    log_retention_days: int
    failures: Failures
    functions: list[PythonFunction] = field(default_factory=list)


@dataclass(frozen=True)
class Functions:
    """Declares the functions of one component as its children, each with its own role and log group.

    A function is not a component itself: that would be one more resource each, only for grouping.
    """

    stack: str
    platform: FunctionPlatform
    parent: pulumi.Resource

    def add(
        self,
        handler: str,
        description: str,
        *,
        uses: Sequence[Grant] = (),
        timeout: int = 10,
        memory: int = 256,
        in_background: bool = False,
        works_in_turns: bool = False,
        reserved: int = 0,
    ) -> PythonFunction:
        """One more function.

        `handler` names its module in `lambda_src/handlers`; `uses` is everything it may do besides logging; `timeout`
        is in seconds, `memory` in MB (processor time grows with it). A function that is started `in_background`, by a
        schedule or another function, is tried three times (Lambda developer guide, "How Lambda handles errors and
        retries with asynchronous invocation") and then leaves a notice. One that `works_in_turns` passes work on to
        itself, by a message or an invocation, as often as necessary. Of the invocations that the account may run at
        once, as many as are `reserved` are this function's alone, and it gets no more.
        """
        name = f"{self.stack}-{handler}"
        opts = pulumi.ResourceOptions(parent=self.parent)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{name}",
            retention_in_days=self.platform.log_retention_days,
            opts=opts,
        )
        notices = self.platform.failures.notices
        statements = [each for use in uses for each in use.statements]
        if in_background:
            statements.append(put_work(notices))
        role, policy = self._role(name, [write_logs(log_group.arn), *statements])
        variables: Mapping[str, pulumi.Input[str]] = {
            Env.STACK.value: self.stack,
            **{str(variable): value for use in uses for variable, value in use.environment.items()},
        }
        function = aws.lambda_.Function(
            name,
            description=description,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.{handler}.handler",
            code=self.platform.code,
            role=role.arn,
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=reserved or None,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=variables),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON",
                log_group=log_group.name,
                application_log_level="INFO",
                system_log_level="WARN",
            ),
            # A function that starts before its policy is in force fails its first calls.
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[policy]),
        )
        if in_background:
            aws.lambda_.FunctionEventInvokeConfig(
                f"{name}-failures",
                function_name=function.name,
                destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                    on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=notices)
                ),
                opts=opts,
            )
        if works_in_turns:
            # Otherwise Lambda takes the seventeenth turn for an endless loop and drops it (Lambda developer guide, "Use
            # Lambda recursive loop detection").
            aws.lambda_.FunctionRecursionConfig(
                f"{name}-turns", function_name=function.name, recursive_loop="Allow", opts=opts
            )
        declared = PythonFunction(handler, function.name, function.arn, function.invoke_arn)
        self.platform.functions.append(declared)
        return declared

    def _role(self, name: str, statements: Sequence[Statement]) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        opts = pulumi.ResourceOptions(parent=self.parent)
        role = aws.iam.Role(name, assume_role_policy=policy_document(assume_by("lambda.amazonaws.com")), opts=opts)
        policy = aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=policy_document(*statements), opts=opts)
        return role, policy
