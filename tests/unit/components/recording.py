"""Runs the Pulumi program in this process and records what it declares."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.stack import Stack, run_pulumi_func

from local.engine import run_to_end

STACK = "dev"
PREFIX = f"email-list-{STACK}"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Declared:
    """One resource as the program declared it.

    The keys of `inputs` are camelCase and secrets are in clear; `secrets` names the inputs that hold any.
    `name` lacks the stack's prefix, `parent` is the parent's type.
    """

    type: str
    name: str
    inputs: dict[str, Any]
    secrets: frozenset[str]
    parent: str
    protect: bool
    is_component: bool


@dataclass
class Deployment:
    """Everything that one run of the program declared, and the stack's outputs in clear."""

    resources: list[Declared] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)

    def all(self, type_: str) -> list[Declared]:
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str = "") -> Declared:
        """The only resource of a type, or the one with this name."""
        found = [resource for resource in self.all(type_) if not name or resource.name == name]
        assert len(found) == 1, f"{len(found)} resources of type {type_} and name {name!r}"
        return found[0]

    @property
    def functions(self) -> dict[str, Declared]:
        return {function.name: function for function in self.all("aws:lambda/function:Function")}

    def environment(self, function: str) -> dict[str, str]:
        return self.functions[function].inputs["environment"]["variables"]

    @property
    def list_document(self) -> dict[str, Any]:
        """What the functions' code has beside it of the configuration; the same for all of them."""
        (text,) = {function.inputs["code"].assets["list.json"].text for function in self.functions.values()}
        return json.loads(text)

    def permissions(self, function: str) -> set[tuple[str, str]]:
        """What a function may do: every action with every resource it is allowed on."""
        policy = self.one("aws:iam/rolePolicy:RolePolicy", f"{function}-policy")
        statements = json.loads(policy.inputs["policy"])["Statement"]
        assert all(set(statement) - {"Condition"} == {"Effect", "Action", "Resource"} for statement in statements)
        assert all(statement["Effect"] == "Allow" for statement in statements)
        return {
            (action, resource)
            for statement in statements
            for action in statement["Action"]
            for resource in statement["Resource"]
        }


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:123456789012:{name}"


def physical_name(name: str) -> str:
    """The name that Pulumi gives a resource which the program does not name itself."""
    return f"{PREFIX}-{name}-0123456"


class _Cloud(mocks.Mocks):
    """Answers with what AWS and Pulumi would add to the inputs of each resource."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name = args.inputs.get("name") or f"{args.name}-0123456"
        added: dict[str, Any] = {"name": name, "arn": arn(args.typ.split(":")[1].split("/")[0], name)}
        match args.typ:
            case "aws:apigatewayv2/api:Api":
                added["apiEndpoint"] = f"https://a1b2c3.execute-api.{REGION}.amazonaws.com"
                added["executionArn"] = arn("execute-api", "a1b2c3")
            case "aws:acm/certificate:Certificate":
                proof = {
                    "resourceRecordName": f"_proof.{args.inputs['domainName']}.",
                    "resourceRecordValue": "_it.aws.",
                }
                added["domainValidationOptions"] = [{"resourceRecordType": "CNAME", **proof}]
            case "aws:acm/certificateValidation:CertificateValidation":
                added["certificateArn"] = args.inputs["certificateArn"]
            case "aws:apigatewayv2/domainName:DomainName":
                target = {"targetDomainName": f"d-123.execute-api.{REGION}.amazonaws.com"}
                added["domainNameConfiguration"] = {**args.inputs["domainNameConfiguration"], **target}
            case "aws:cloudfront/distribution:Distribution":
                added["domainName"] = "d123.cloudfront.net"
            case "aws:route53/record:Record":
                added["fqdn"] = args.inputs["name"]
            case "aws:dynamodb/table:Table":
                added["streamArn"] = added["arn"] + "/stream/1"
            case "aws:lambda/function:Function":
                added["invokeArn"] = f"invocation of {args.name}"
            case "aws:sesv2/configurationSet:ConfigurationSet":
                added["arn"] = arn("ses", f"configuration-set/{args.inputs['configurationSetName']}")
            case "aws:sesv2/emailIdentity:EmailIdentity":
                added["arn"] = arn("ses", f"identity/{args.inputs['emailIdentity']}")
                added["dkimSigningAttributes"] = {"tokens": ["one", "two", "three"]}
            case "aws:sqs/queue:Queue":
                added["url"] = f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}"
            case "aws:ssm/parameter:Parameter":
                added["version"] = 1
            case "aws:s3/bucket:Bucket":
                added["bucket"] = name
                added["bucketRegionalDomainName"] = f"{name}.s3.{REGION}.amazonaws.com"
            case "aws:sqs/queue:Queue":
                added["url"] = f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}"
            case "random:index/randomPassword:RandomPassword":
                added["result"] = pulumi.Output.secret(f"secret of {args.name}")
        return f"id of {args.name}", {**args.inputs, **added}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return _function(args), []


def _function(args: mocks.MockCallArgs) -> dict[str, Any]:
    """What the provider answers: SES has two identities, of which the dev stack made one."""
    name = args.args["emailIdentity"]
    tags = {"existing.example.org": {}, "ours.example.org": {"project": "email-list", "stack": STACK, "own": "tag"}}
    if name not in tags:
        raise ValueError("couldn't find resource")
    attributes = {"signingAttributesOrigin": "AWS_SES", "tokens": ["one", "two", "three"]}
    return {"arn": arn("ses", f"identity/{name}"), "dkimSigningAttributes": [attributes], "tags": tags[name]}


class _Preview(mocks.Mocks):
    """Answers as the engine does in a preview: with the inputs alone, all else stays unknown."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return _function(args), []


class _RecordingMonitor(mocks.MockMonitor):
    """Sees what mocks do not: parents and protection."""

    def __init__(self, cloud: mocks.Mocks, deployment: Deployment, prefix: str) -> None:
        super().__init__(cloud)
        self._deployment = deployment
        self._prefix = prefix

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            inputs = rpc.deserialize_properties(request.object)
            self._deployment.resources.append(
                Declared(
                    type=request.type,
                    name=request.name.removeprefix(f"{self._prefix}-"),
                    inputs=_in_clear(inputs),
                    secrets=frozenset(key for key, value in inputs.items() if _in_clear(value) != value),
                    parent=request.parent.split("::")[2].split("$")[-1],
                    protect=request.protect,
                    is_component=not request.custom,
                )
            )
        return super().RegisterResource(request)


def _in_clear(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _in_clear(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _in_clear(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_clear(item) for item in value]
    return value


def run_program(
    program: Callable[[], object],
    config: Mapping[str, str] | None = None,
    *,
    stack: str = STACK,
    preview: bool = False,
) -> Deployment:
    """Run a program under recording mocks, in a thread of its own where Pulumi's state starts empty."""
    outcome: Future[Deployment] = Future()

    async def deploy() -> Deployment:
        deployment = Deployment()
        cloud = _Preview() if preview else _Cloud()
        settings.SETTINGS.lock = threading.Lock()
        settings.SETTINGS.outputs = set()
        pulumi.runtime.set_all_config(dict(config or {}), list(config or {}))
        monitor = _RecordingMonitor(cloud, deployment, f"email-list-{stack}")
        mocks.set_mocks(cloud, "email-list", stack, preview=preview, monitor=monitor)
        await run_pulumi_func(lambda: run_to_end(program))
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        for name, value in root.outputs.items():
            output = pulumi.Output.from_input(value)
            deployment.outputs[name] = await output.future()
            if await output.is_secret():
                deployment.secret_outputs.add(name)
        return deployment

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(deploy()))
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome.result()
