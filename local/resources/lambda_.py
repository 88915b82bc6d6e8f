"""AWS Lambda."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, Setting, found, given, pascal, properties
from local.resources.limits import LimitExceeded

_API = "/2015-03-31/functions"
MAX_ENVIRONMENT = 4096
"""Bytes of all variables of a function together (Lambda developer guide, "Lambda quotas")."""

_OWN_RUNTIME = "the emulator runs every function on its own interpreter"


class Function(ResourceType):
    type = "aws:lambda/function:Function"
    auto_named = "name"
    handled = properties(
        "name role handler runtime architectures code description memorySize timeout",
        "environment.variables loggingConfig reservedConcurrentExecutions deadLetterConfig",
        "ephemeralStorage tracingConfig packageType tags",
    )
    without_effect: ClassVar = {
        "sourceCodeHash": "nothing is deployed twice",
        "runtime": _OWN_RUNTIME,
        "architectures": _OWN_RUNTIME,
        "memorySize": "the emulator does not limit memory",
        "ephemeralStorage": "the emulator does not limit storage",
        "tracingConfig": "the emulator records no traces",
    }
    computed = properties("arn invokeArn qualifiedArn version lastModified codeSha256 sourceCodeSize")
    recomputed: ClassVar = {
        "lastModified": handled - {"tags"},
        "codeSha256": properties("code"),
        "sourceCodeSize": properties("code"),
    }
    replace_on_changes = properties("name packageType")
    changeable = handled - replace_on_changes - {"tags"}

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        client, name, code = cloud.client("lambda"), inputs["name"], cloud.zip(inputs["code"])
        created = client.create_function(
            Code=cloud.store_code(code),
            **self._settings(inputs),
            **given(
                Architectures=inputs.get("architectures"),
                PackageType=inputs.get("packageType"),
                Tags=inputs.get("tags"),
            ),
        )
        self._reserve(cloud, inputs)
        arn = created["FunctionArn"]
        return name, {
            "arn": arn,
            "invokeArn": f"arn:{cloud.partition}:apigateway:{cloud.region}:lambda:path{_API}/{arn}/invocations",
            "qualifiedArn": f"{arn}:{created['Version']}",
            "version": created["Version"],
            "lastModified": created["LastModified"],
            **_measured(code),
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("lambda").get_function_configuration, FunctionName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client, told = cloud.client("lambda"), {}
        if "code" in changed:
            code = cloud.zip(inputs["code"])
            client.update_function_code(FunctionName=id_, **cloud.store_code(code))
            told = _measured(code)
        updated = client.update_function_configuration(**self._settings(inputs))
        if "reservedConcurrentExecutions" in changed:
            self._reserve(cloud, inputs)
        return {**told, "lastModified": updated["LastModified"]}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("lambda").delete_function(FunctionName=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            FunctionName=inputs["name"],
            Role=inputs["role"],
            Handler=inputs["handler"],
            Runtime=inputs["runtime"],
            Description=inputs.get("description"),
            MemorySize=inputs.get("memorySize"),
            Timeout=inputs.get("timeout"),
            Environment=_environment(inputs),
            LoggingConfig=pascal(inputs.get("loggingConfig")),
            DeadLetterConfig=pascal(inputs.get("deadLetterConfig")),
            EphemeralStorage=pascal(inputs.get("ephemeralStorage")),
            TracingConfig=pascal(inputs.get("tracingConfig")),
        )

    def _reserve(self, cloud: Cloud, inputs: Inputs) -> None:
        client, name, reserved = cloud.client("lambda"), inputs["name"], inputs.get("reservedConcurrentExecutions", -1)
        if reserved < 0:  # Pulumi's way to say: no reservation
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)


def _measured(code: bytes) -> Outputs:
    return {"codeSha256": base64.b64encode(hashlib.sha256(code).digest()).decode(), "sourceCodeSize": len(code)}


def _environment(inputs: Inputs) -> dict[str, Any]:
    variables = inputs.get("environment", {}).get("variables") or {}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > MAX_ENVIRONMENT:
        raise LimitExceeded(f"AWS would refuse {size} bytes of environment variables; {MAX_ENVIRONMENT} are the most")
    return {"Variables": variables}


class Permission(ResourceType):
    type = "aws:lambda/permission:Permission"
    auto_named = "statementId"
    handled = properties(
        "action function principal sourceArn sourceAccount statementId qualifier principalOrgId",
    )
    replace_on_changes = handled

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("lambda").add_permission(
            FunctionName=inputs["function"],
            StatementId=inputs["statementId"],
            Action=inputs["action"],
            Principal=inputs["principal"],
            **given(
                SourceArn=inputs.get("sourceArn"),
                SourceAccount=inputs.get("sourceAccount"),
                Qualifier=inputs.get("qualifier"),
                PrincipalOrgID=inputs.get("principalOrgId"),
            ),
        )
        return inputs["statementId"], {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        try:
            policy = cloud.client("lambda").get_policy(FunctionName=state["function"])["Policy"]
        except cloud.client("lambda").exceptions.ResourceNotFoundException:
            return False
        return any(statement["Sid"] == id_ for statement in json.loads(policy)["Statement"])

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("lambda").remove_permission(
            FunctionName=state["function"], StatementId=id_, **given(Qualifier=state.get("qualifier"))
        )


class Invocation(ResourceType):
    """A function that is invoked as this resource comes and goes (AWS provider, aws_lambda_invocation)."""

    type = "aws:lambda/invocation:Invocation"
    handled = properties("functionName input lifecycleScope qualifier")
    computed = properties("result")
    recomputed: ClassVar = {"result": properties("input")}
    replace_on_changes = properties("functionName qualifier")
    changeable = properties("input lifecycleScope")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        id_ = f"{inputs['functionName']}_{inputs.get('qualifier', '$LATEST')}"
        return id_, {"result": self._invoke(cloud, inputs, "create")}

    def replacing(self, changed: frozenset[str], inputs: Inputs) -> frozenset[str]:
        once = inputs.get("lifecycleScope", "CREATE_ONLY") == "CREATE_ONLY"
        return super().replacing(changed, inputs) | (changed & {"input"} if once else frozenset())

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        return {"result": self._invoke(cloud, inputs, "update", json.loads(state["input"]))}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        if state.get("lifecycleScope") == "CRUD":
            self._invoke(cloud, state, "delete")

    def _invoke(self, cloud: Cloud, inputs: Mapping[str, Any], action: str, before: object = None) -> str:
        event = json.loads(inputs["input"])
        if inputs.get("lifecycleScope") == "CRUD":
            event["tf"] = {"action": action, "prev_input": before}
        answer = cloud.client("lambda").invoke(
            FunctionName=inputs["functionName"],
            Payload=json.dumps(event).encode(),
            **given(Qualifier=inputs.get("qualifier")),
        )
        result = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise RuntimeError(f"{inputs['functionName']} failed: {result}")
        return result


class EventSourceMapping(ResourceType):
    type = "aws:lambda/eventSourceMapping:EventSourceMapping"
    handled = properties(
        "eventSourceArn functionName batchSize enabled startingPosition functionResponseTypes",
        "filterCriteria scalingConfig maximumBatchingWindowInSeconds maximumRetryAttempts",
        "maximumRecordAgeInSeconds bisectBatchOnFunctionError parallelizationFactor destinationConfig",
        "tags",
    )
    without_effect: ClassVar = {
        "maximumBatchingWindowInSeconds": "the emulator hands over what is there at once",
        "parallelizationFactor": "the emulator reads a stream with one reader",
    }
    computed = properties("uuid arn functionArn state")
    replace_on_changes = properties("eventSourceArn startingPosition")
    changeable = handled - replace_on_changes - {"tags"}

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        created = cloud.client("lambda").create_event_source_mapping(
            EventSourceArn=inputs["eventSourceArn"],
            **self._settings(inputs),
            **given(StartingPosition=inputs.get("startingPosition"), Tags=inputs.get("tags")),
        )
        return created["UUID"], {
            "uuid": created["UUID"],
            "arn": cloud.arn("lambda", f"event-source-mapping:{created['UUID']}"),
            "functionArn": created["FunctionArn"],
            "state": created["State"],
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("lambda").get_event_source_mapping, UUID=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("lambda").update_event_source_mapping(UUID=id_, **self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("lambda").delete_event_source_mapping(UUID=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            FunctionName=inputs["functionName"],
            BatchSize=inputs.get("batchSize"),
            Enabled=inputs.get("enabled"),
            FunctionResponseTypes=inputs.get("functionResponseTypes"),
            FilterCriteria=pascal(inputs.get("filterCriteria")),
            ScalingConfig=pascal(inputs.get("scalingConfig")),
            MaximumBatchingWindowInSeconds=inputs.get("maximumBatchingWindowInSeconds"),
            MaximumRetryAttempts=inputs.get("maximumRetryAttempts"),
            MaximumRecordAgeInSeconds=inputs.get("maximumRecordAgeInSeconds"),
            BisectBatchOnFunctionError=inputs.get("bisectBatchOnFunctionError"),
            ParallelizationFactor=inputs.get("parallelizationFactor"),
            DestinationConfig=_on_failure(inputs.get("destinationConfig"), "destinationArn"),
        )


class FunctionEventInvokeConfig(Setting):
    type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    handled = properties(
        "functionName qualifier maximumEventAgeInSeconds maximumRetryAttempts",
        "destinationConfig.onFailure.destination",
    )
    replace_on_changes = properties("functionName qualifier")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("lambda").put_function_event_invoke_config(
            FunctionName=inputs["functionName"],
            **given(
                Qualifier=inputs.get("qualifier"),
                MaximumEventAgeInSeconds=inputs.get("maximumEventAgeInSeconds"),
                MaximumRetryAttempts=inputs.get("maximumRetryAttempts"),
                DestinationConfig=_on_failure(inputs.get("destinationConfig"), "destination"),
            ),
        )
        return inputs["functionName"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("lambda").delete_function_event_invoke_config(
            FunctionName=id_, **given(Qualifier=state.get("qualifier"))
        )


class FunctionRecursionConfig(Setting):
    type = "aws:lambda/functionRecursionConfig:FunctionRecursionConfig"
    handled = properties("functionName recursiveLoop")
    replace_on_changes = properties("functionName")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("lambda").put_function_recursion_config(
            FunctionName=inputs["functionName"], RecursiveLoop=inputs["recursiveLoop"]
        )
        return inputs["functionName"], {}


def _on_failure(destinations: Mapping[str, Any] | None, key: str) -> dict[str, Any] | None:
    """AWS's DestinationConfig; Pulumi names the destination's ARN differently from type to type."""
    return {"OnFailure": {"Destination": destinations["onFailure"][key]}} if destinations else None


RESOURCES = (
    Function(),
    Permission(),
    Invocation(),
    EventSourceMapping(),
    FunctionEventInvokeConfig(),
    FunctionRecursionConfig(),
)
