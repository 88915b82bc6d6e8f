"""One Lambda function with everything it needs of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.policies import Statement, assume_by, policy_document, write_logs

RUNTIME = "python3.14"
ARCHITECTURE = "arm64"

WHOLE_PROCESSOR = 1769
"""MB of memory at which a function has one virtual processor; below, it has as much less (Lambda developer guide,
"Configure Lambda function memory"). Work that is never idle costs the same at any size up to this."""


@dataclass(frozen=True)
class FunctionPlatform:
    """What the functions of a stack share: their code, and how many days their logs are kept.

    `functions` are all that have been declared on it, for whoever watches them.
    """

    code: pulumi.Archive
    log_retention_days: int
    functions: "list[PythonFunction]" = field(default_factory=list)


@dataclass(frozen=True)
class PythonFunctionArgs:
    """What one function is.

    `handler` names its module in `lambda_src/handlers`; `statements` are all it may do besides logging;
    `timeout` is in seconds, `memory` in MB (processor time grows with it). A function that `works_in_turns` leaves work
    to itself, by a message or an invocation, as often as it takes.
    """

    handler: str
    description: str
    platform: FunctionPlatform
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    timeout: int = 10
    memory: int = 256
    works_in_turns: bool = False


class PythonFunction(pulumi.ComponentResource):
    """A function of the bundle, with a role and a log group that are its own."""

    handler: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """The ARN by which API Gateway calls the function."""

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:PythonFunction", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{name}",
            retention_in_days=args.platform.log_retention_days,
            opts=child_opts,
        )
        role = aws.iam.Role(
            name, assume_role_policy=policy_document(assume_by("lambda.amazonaws.com")), opts=child_opts
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=policy_document(write_logs(log_group.arn), *args.statements),
            opts=child_opts,
        )
        function = aws.lambda_.Function(
            name,
            description=args.description,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.{args.handler}.handler",
            code=args.platform.code,
            role=role.arn,
            timeout=args.timeout,
            memory_size=args.memory,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.environment),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON",
                log_group=log_group.name,
                application_log_level="INFO",
                system_log_level="WARN",
            ),
            # A function that starts before its policy is in force fails its first calls.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

        if args.works_in_turns:
            # Lambda otherwise takes the seventeenth turn for an endless loop, and drops it (Lambda developer guide,
            # "Use Lambda recursive loop detection").
            aws.lambda_.FunctionRecursionConfig(
                f"{name}-turns", function_name=function.name, recursive_loop="Allow", opts=child_opts
            )

        args.platform.functions.append(self)
        self.handler = args.handler
        self.name = function.name
        self.arn = function.arn
        self.invoke_arn = function.invoke_arn
        self.register_outputs({"name": self.name, "arn": self.arn})


@dataclass(frozen=True)
class Functions:
    """Declares the functions of one component: children of it, named after their handlers."""

    prefix: str
    platform: FunctionPlatform
    opts: pulumi.ResourceOptions

    def add(
        self,
        handler: str,
        description: str,
        *,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[Statement],
        timeout: int = 10,
        memory: int = 256,
        works_in_turns: bool = False,
    ) -> PythonFunction:
        """One more function; what the arguments mean is said at `PythonFunctionArgs`."""
        args = PythonFunctionArgs(
            handler=handler,
            description=description,
            platform=self.platform,
            environment=environment,
            statements=statements,
            timeout=timeout,
            memory=memory,
            works_in_turns=works_in_turns,
        )
        return PythonFunction(f"{self.prefix}-{handler}", args, self.opts)
