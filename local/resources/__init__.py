"""The resource types a laptop can create, one module an AWS service, one class a type."""

from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Lock

from local.resources import ses
from local.resources.base import Cloud, Inputs, Outputs, ResourceType, leaves

SERVICES = (
    *("acm", "apigateway", "budgets", "cloudfront", "cloudwatch", "dynamodb", "iam", "lake", "lambda_", "pulumi_"),
    *("random_", "route53", "s3", "scheduler", "ses", "sns", "sqs", "ssm"),
)
MODULES = tuple(import_module(f"{__name__}.{service}") for service in SERVICES)
REGISTRY: Mapping[str, ResourceType] = {resource.type: resource for module in MODULES for resource in module.RESOURCES}


class UnknownType(Exception):
    """The program uses a resource type or a function that has no counterpart here."""


class DestroyError(Exception):
    """Some resources could not be removed; the message names each."""


def known_type(token: str) -> ResourceType:
    """The resource type with this token, such as ``aws:sqs/queue:Queue``. Raises UnknownType."""
    if token not in REGISTRY:
        raise UnknownType("this resource type is not known to local/resources; add a class for it there")
    return REGISTRY[token]


def invoke(cloud: Cloud, token: str, arguments: Inputs) -> Outputs:
    """The answer to one of the few provider functions a program may call. Raises UnknownType for others."""
    if token not in FUNCTIONS:
        raise UnknownType("this function is not known to local/resources")
    return FUNCTIONS[token](cloud, arguments)


FUNCTIONS: Mapping[str, Callable[[Cloud, Inputs], Outputs]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda cloud, _: {
        "id": cloud.account,
        "accountId": cloud.account,
        "arn": cloud.arn("iam", "root", region=False),
        "userId": cloud.account,
    },
    "aws:index/getRegion:getRegion": lambda cloud, _: {
        "id": cloud.region,
        "name": cloud.region,
        "region": cloud.region,
        "description": "emulated",
        "endpoint": cloud.url,
    },
    "aws:index/getPartition:getPartition": lambda cloud, _: {
        "id": cloud.partition,
        "partition": cloud.partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:sesv2/getEmailIdentity:getEmailIdentity": ses.get_email_identity,
}


class EmulatedProvider:
    """Creates declared resources in the emulated cloud, remembers them, and can remove them all."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._created: list[tuple[ResourceType, str, str, Inputs]] = []
        self._lock = Lock()
        self.without_effect: set[tuple[str, str, str]] = set()
        """Type, property path and reason of everything the program set that nothing here acts on."""

    def create(self, type_: str, name: str, inputs: Inputs, default_tags: Mapping[str, str]) -> tuple[str, Outputs]:
        """Create one resource and return its id and outputs."""
        resource_type = known_type(type_)
        inputs = resource_type.prepare(name, inputs, default_tags)
        id_, outputs = resource_type.create(self._cloud, inputs)
        state = resource_type.state(inputs, outputs)
        with self._lock:
            self._created.append((resource_type, name, id_, state))
            self.without_effect.update(_without_effect(resource_type, inputs))
        return id_, state

    def invoke(self, token: str, arguments: Inputs) -> Outputs:
        """Answer one of the few provider functions a program may call."""
        return invoke(self._cloud, token, arguments)

    def destroy(self, *, even_guarded: bool = False) -> None:
        """Remove everything created, the newest first. Raises DestroyError after having tried all.

        As `pulumi destroy` does, this refuses to begin where data is guarded against deletion, unless told otherwise.
        """
        guarded = [name for _, name, _, state in self._created if state.get("deletionProtectionEnabled")]
        if guarded and not even_guarded:
            raise DestroyError(
                f"{', '.join(guarded)} hold data that is guarded against deletion, and nothing was removed. To give it "
                "up: pulumi config set deletionProtection false, then pulumi up, then pulumi destroy"
            )
        failures = []
        while self._created:
            resource_type, name, id_, state = self._created.pop()
            try:
                if even_guarded:
                    resource_type.release(self._cloud, id_, state)
                resource_type.delete(self._cloud, id_, state)
            except Exception as error:
                failures.append(f'{resource_type.type} "{name}": {error}')
        self._cloud.forget_code()
        if failures:
            raise DestroyError("could not remove " + "; ".join(failures))


def _without_effect(resource_type: ResourceType, inputs: Inputs) -> set[tuple[str, str, str]]:
    return {
        (resource_type.type, path, reason)
        for path, reason in resource_type.without_effect.items()
        for leaf in leaves(inputs)
        if leaf == path or leaf.startswith(f"{path}.")
    }


__all__ = ["REGISTRY", "Cloud", "DestroyError", "EmulatedProvider", "UnknownType", "invoke", "known_type"]
