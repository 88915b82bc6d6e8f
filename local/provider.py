"""The emulated cloud as a provider for Pulumi's own engine: what ``pulumi`` asks of `aws` and `random`, it asks here.

``PULUMI_DEBUG_PROVIDERS`` attaches a provider that is already running. What a resource type accepts, how it is created,
changed and removed, and what a preview knows about it is defined by its class in ``local/resources``, as for the engine
in ``local/engine.py``.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from importlib import metadata
from types import TracebackType
from typing import Any, Self, cast

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import ResourceProviderServicer, plugin_pb2
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from local.emulator import HOST
from local.engine import plain
from local.resources import Cloud, invoke, known_type
from local.resources.base import Inputs, ResourceType, changes, found

Struct: Any = struct_pb2.Struct  # ty: ignore[missing-attribute] - made at run time
Empty: Any = empty_pb2.Empty  # ty: ignore[missing-attribute]

PACKAGES = ("aws", "random")
WORKERS = 32

DEFAULTS = "__defaults"
"""The input that lists which others were filled in automatically. The AWS provider keeps it under the same name."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks an asset or archive among property values (pulumi/sdk, resource.SigKey)."""


def _tells_failures(method: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the message of a failure to `pulumi`, which shows it beside the resource."""

    @wraps(method)
    def answer(self: "Provider", request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except Exception as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error) or repr(error))

    return answer


class Provider(ResourceProviderServicer):
    """Answers Pulumi's engine out of the emulated cloud, as the provider of one package.

    It accepts neither secrets nor outputs: the engine then unwraps them on the way in, and marks as secret every output
    whose input was. Nothing is kept here between calls but the default tags.
    """

    def __init__(self, cloud: Cloud, package: str) -> None:
        self._cloud = cloud
        self._package = package
        self._default_tags: Mapping[str, str] = {}

    def Handshake(self, request: Any, context: Any) -> messages.ProviderHandshakeResponse:
        return messages.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=metadata.version(f"pulumi-{self._package}"))

    def CheckConfig(self, request: Any, context: Any) -> messages.CheckResponse:
        return messages.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> messages.DiffResponse:
        return messages.DiffResponse(changes=messages.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> messages.ConfigureResponse:
        tags = json.loads(json_format.MessageToDict(request.args).get("defaultTags", "{}"))
        self._default_tags = tags.get("tags", {})
        return messages.ConfigureResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    @_tells_failures
    def Invoke(self, request: Any, context: Any) -> messages.InvokeResponse:
        response = messages.InvokeResponse()
        getattr(response, "return").update(invoke(self._cloud, request.tok, _inputs(request.args)))
        return response

    @_tells_failures
    def Check(self, request: Any, context: Any) -> messages.CheckResponse:
        type_, given, old = known_type(request.type), _tree(request.news), _tree(request.olds)
        inputs = dict(given)
        name = type_.auto_named
        automatic = bool(name) and name not in given
        if automatic and name in old.get(DEFAULTS, []):
            inputs[name] = old[name]
        completed = type_.prepare(request.name, inputs, self._default_tags)
        # The message is completed, not made anew: archives are not in a property tree with all they are.
        response = messages.CheckResponse(inputs=request.news)
        response.inputs.update({key: value for key, value in completed.items() if value != given.get(key)})
        if automatic:
            response.inputs[DEFAULTS] = [name]
        return response

    @_tells_failures
    def Diff(self, request: Any, context: Any) -> messages.DiffResponse:
        type_, old, new = known_type(request.type), _tree(request.old_inputs), _tree(request.news)
        changed = _changed(old, new)
        replacing = type_.replacing(changed, new)
        named = type_.auto_named
        return messages.DiffResponse(
            changes=messages.DiffResponse.DIFF_SOME if changed else messages.DiffResponse.DIFF_NONE,
            diffs=sorted({path.partition(".")[0] for path in changed}),
            replaces=sorted({path.partition(".")[0] for path in replacing}),
            # Where the name was chosen and stays, both cannot be there at once (pulumi-terraform-bridge,
            # nameRequiresDeleteBeforeReplace).
            deleteBeforeReplace=bool(named) and named not in new.get(DEFAULTS, []) and old.get(named) == new.get(named),
        )

    @_tells_failures
    def Create(self, request: Any, context: Any) -> messages.CreateResponse:
        type_ = known_type(request.type)
        if request.preview:
            return messages.CreateResponse(properties=self._foreseen(type_, request.properties, type_.computed, {}))
        inputs = _inputs(request.properties)
        id_, told = type_.create(self._cloud, inputs)
        return messages.CreateResponse(id=id_, properties=_remembered(type_, request.properties, inputs, told))

    @_tells_failures
    def Read(self, request: Any, context: Any) -> messages.ReadResponse:
        if not known_type(request.type).exists(self._cloud, request.id, _state(request.properties)):
            return messages.ReadResponse()
        return messages.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @_tells_failures
    def Update(self, request: Any, context: Any) -> messages.UpdateResponse:
        type_, state = known_type(request.type), _state(request.olds)
        changed = _changed(_tree(request.old_inputs), _tree(request.news))
        told = {output: state[output] for output in type_.computed if output in state}
        if request.preview:
            unknown = frozenset(output for output, causes in type_.recomputed.items() if changed & causes)
            return messages.UpdateResponse(properties=self._foreseen(type_, request.news, unknown, told))
        inputs = _inputs(request.news)
        told |= type_.change(self._cloud, request.id, state, inputs, changed)
        return messages.UpdateResponse(properties=_remembered(type_, request.news, inputs, told))

    @_tells_failures
    def Delete(self, request: Any, context: Any) -> Any:
        type_, state = known_type(request.type), _state(request.properties)
        # What is gone already is deleted.
        found(lambda: type_.delete(self._cloud, request.id, state))
        return Empty()

    def _foreseen(self, type_: ResourceType, inputs: Struct, unknown: frozenset[str], told: Inputs) -> Struct:
        """What a preview says about a resource: its inputs, and of what only the cloud knows, whatever is already
        known."""
        return _remembered(type_, inputs, _tree(inputs), {**told, **dict.fromkeys(unknown, rpc.UNKNOWN)})


class Providers:
    """The providers of all packages, each on a port of this machine, as a context manager."""

    environment: dict[str, str]
    """What has `pulumi` use these providers and no others."""

    def __init__(self, cloud: Cloud, provider: Callable[[Cloud, str], Provider] = Provider) -> None:
        self._servers = {package: _server(provider(cloud, package)) for package in PACKAGES}

    def __enter__(self) -> Self:
        ports = {package: server.add_insecure_port(f"{HOST}:0") for package, server in self._servers.items()}
        for server in self._servers.values():
            server.start()
        self.environment = {
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in ports.items()),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.stop(grace=None).wait()


def _server(provider: Provider) -> grpc.Server:
    server = grpc.server(
        ThreadPoolExecutor(WORKERS, thread_name_prefix="provider"),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    add_ResourceProviderServicer_to_server(provider, server)
    return server


def _tree(properties: Struct) -> Inputs:
    """Properties to compare and to read, with an archive's or an asset's hash in its place."""
    return cast("Inputs", _with_hashes(json_format.MessageToDict(properties)))


def _with_hashes(value: Any) -> Any:
    if isinstance(value, dict):
        return value["hash"] if _SIGNATURE in value else {key: _with_hashes(item) for key, item in value.items()}
    return [_with_hashes(item) for item in value] if isinstance(value, list) else value


def _state(properties: Struct) -> Inputs:
    return cast("Inputs", plain(_tree(properties)))


def _inputs(properties: Struct) -> Inputs:
    """Properties to create from, with archives and assets that can be read."""
    inputs = plain(rpc.deserialize_properties(properties))
    return {key: value for key, value in inputs.items() if key != DEFAULTS}


def _changed(old: Inputs, new: Inputs) -> frozenset[str]:
    return frozenset(path for path in changes(old, new) if path != DEFAULTS)


def _remembered(type_: ResourceType, properties: Struct, inputs: Inputs, told: Inputs) -> Struct:
    """The state of a resource: the message of its inputs as it came, and what the cloud told."""
    state = Struct()
    state.CopyFrom(properties)
    state.update({key: value for key, value in type_.state(inputs, told).items() if key in told or key not in inputs})
    return state
