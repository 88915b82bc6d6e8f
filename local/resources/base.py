"""What all resource types of the laptop share: the properties each knows, how it is made and removed."""

import hashlib
import re
import secrets
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator import ACCESS_KEY, SECRET_KEY
from local.resources.archive import identity, zip_archive
from local.resources.limits import refuse_what_aws_would

Inputs = dict[str, Any]
Outputs = dict[str, Any]

ACCOUNT = "000000000000"
PARTITION = "aws"
CODE_BUCKET = "code-of-functions"
"""Belongs to no stack: with the Pulumi CLI each function is uploaded by itself, which takes this machine seconds."""


class UnknownProperty(Exception):
    """A resource sets a property that its type here does not handle."""


class UnknownChange(Exception):
    """A property changes that its type here cannot change on a living resource."""


class Cloud:
    """The emulated AWS as the resource types see it: clients, the account, the region."""

    account = ACCOUNT
    partition = PARTITION

    def __init__(self, url: str, ses_url: str, region: str = "us-east-1") -> None:
        self.url = url
        self.region = region
        self._ses_url = ses_url
        self._clients: dict[str, Any] = {}
        self._lock = Lock()
        self._archives: dict[Hashable, bytes] = {}
        self._code_lock = Lock()
        self._stored_code: set[str] = set()

    def client(self, service: str) -> Any:
        """A boto3 client for the emulator or the SES stand-in; made once, safe to share by threads."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,
                    endpoint_url=self._ses_url if service == "sesv2" else self.url,
                    config=_CLIENT_CONFIG,
                )
            return self._clients[service]

    @cached_property
    def _session(self) -> boto3.Session:
        # Deaf to the developer's profiles, and to credentials that are good for the real AWS.
        nothing = (None, None, None, None)
        session = botocore.session.Session(
            session_vars={"profile": nothing, "config_file": nothing, "credentials_file": nothing}
        )
        session.set_credentials(ACCESS_KEY, SECRET_KEY)
        session.register("before-parameter-build", refuse_what_aws_would)
        return boto3.Session(botocore_session=session, region_name=self.region)

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """The ARN of a resource in this account."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{resource}"

    def api_endpoint(self, api_id: str, stage: str = "$default") -> str:
        """The URL of an HTTP API's stage. The dollar sign is escaped so that no shell expands it."""
        return f"{self.url}/_aws/execute-api/{api_id}/{urllib.parse.quote(stage, safe='')}"

    def distribution_address(self, domain: str) -> str:
        """Where the distribution of this domain is reached here, without the scheme."""
        label = domain.partition(".")[0]
        return f"{self.url.partition('://')[2]}/_aws/cloudfront/{label}"

    def zip(self, archive: Any) -> bytes:
        """The zip file of a Pulumi archive; functions that share their files share its bytes."""
        key = identity(archive)
        with self._lock:
            if key not in self._archives:
                self._archives[key] = zip_archive(archive)
            return self._archives[key]

    def create_bucket(self, name: str) -> None:
        """A bucket of S3 in this region."""
        # S3 refuses its oldest region as a location constraint: it is what no constraint means.
        elsewhere = None if self.region == "us-east-1" else {"LocationConstraint": self.region}
        self.client("s3").create_bucket(Bucket=name, **given(CreateBucketConfiguration=elsewhere))

    def store_code(self, code: bytes) -> dict[str, str]:
        """Where the emulator finds a zip file of functions; stored once, since most functions share theirs."""
        key, storage = hashlib.sha256(code).hexdigest(), self.client("s3")
        with self._code_lock:
            if not self._stored_code:
                self.create_bucket(CODE_BUCKET)
            if key not in self._stored_code:
                storage.put_object(Bucket=CODE_BUCKET, Key=key, Body=code)
                self._stored_code.add(key)
        return {"S3Bucket": CODE_BUCKET, "S3Key": key}

    def forget_code(self) -> None:
        """Remove what `store_code` has stored."""
        storage = self.client("s3")
        with self._code_lock:
            if self._stored_code:
                for key in self._stored_code:
                    storage.delete_object(Bucket=CODE_BUCKET, Key=key)
                storage.delete_bucket(Bucket=CODE_BUCKET)
                self._stored_code.clear()


_CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=16,
    connect_timeout=5,
    read_timeout=60,
    proxies={},  # no proxy stands between this machine and itself
)


class ResourceType(ABC):
    """One Pulumi resource type: what it takes, how it is made, changed and removed, and what is known of it before.

    Property paths are written with dots and pass through lists: ``globalSecondaryIndexes.name``. A path
    covers everything below it.
    """

    type: ClassVar[str]
    handled: ClassVar[frozenset[str]]
    """Property paths that ``create`` acts on."""
    without_effect: ClassVar[Mapping[str, str]] = {}
    """Property paths accepted although nothing on a laptop acts on them, each with the reason."""
    auto_named: ClassVar[str | None] = None
    """The property that gets Pulumi's automatic name, the logical name and seven hex digits, when unset."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Outputs that only the cloud tells; unknown in the preview of a new resource."""
    recomputed: ClassVar[Mapping[str, frozenset[str]]] = {}
    """The computed outputs that an update changes, each with the property paths whose change does it."""
    replace_on_changes: ClassVar[frozenset[str]] = frozenset()
    """Property paths whose change makes a new resource: those with ``ForceNew`` in the source of the AWS provider."""
    changeable: ClassVar[frozenset[str]] = frozenset()
    """Property paths that ``update`` acts on."""

    @abstractmethod
    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        """Create the resource; return its id and its computed outputs."""

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        """Whether the cloud still has the resource. ``state`` holds its inputs and outputs."""
        return True

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        """Bring the resource from ``state`` to ``inputs``; return the computed outputs that changed."""
        raise NotImplementedError

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:  # noqa: B027 - many need nothing
        """Remove the resource. ``state`` holds its inputs and outputs."""

    def release(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:  # noqa: B027 - few are guarded
        """Take away what keeps the resource from being deleted, where a whole emulator ends with it."""

    def prepare(self, name: str, inputs: Inputs, default_tags: Mapping[str, str]) -> Inputs:
        """The inputs completed with the automatic name and the default tags.

        Raises UnknownProperty for a property this type does not handle.
        """
        for path in leaves(inputs):
            if not covered(path, self.handled) and not covered(path, self.without_effect):
                raise UnknownProperty(f'property "{path}" is not known to {self._module}')
        completed = dict(inputs)
        if self.auto_named:
            completed.setdefault(self.auto_named, self.automatic_name(name, inputs))
        if default_tags and "tags" in self.handled:
            completed["tags"] = {**default_tags, **inputs.get("tags", {})}
        return completed

    def automatic_name(self, name: str, inputs: Inputs) -> str:
        """A physical name as Pulumi makes it."""
        return f"{name}-{secrets.token_hex(4)[:7]}"

    def state(self, inputs: Inputs, outputs: Outputs) -> Inputs:
        """What Pulumi remembers of a resource: its inputs and what the cloud told."""
        assert outputs.keys() <= self.computed, f"{type(self).__name__}.computed lacks {outputs.keys() - self.computed}"
        return {**inputs, **outputs, **({"tagsAll": inputs.get("tags", {})} if "tags" in self.handled else {})}

    def replacing(self, changed: frozenset[str], inputs: Inputs) -> frozenset[str]:
        """The changed property paths that only a new resource can have."""
        return frozenset(path for path in changed if covered(path, self.replace_on_changes))

    def change(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        """`update`, unless nothing here acts on what changed. Raises UnknownChange where `update` does not know it."""
        effective = {
            path for path in changed if covered(path, self.changeable) or not covered(path, self.without_effect)
        }
        unknown = sorted(path for path in effective if not covered(path, self.changeable))
        if unknown:
            raise UnknownChange(f"a change of {', '.join(unknown)} is not known to {self._module}")
        return self.update(cloud, id_, state, inputs, changed) if effective else {}

    @property
    def _module(self) -> str:
        return f"{type(self).__module__.replace('.', '/')}.py"


class Setting(ResourceType):
    """A type that one and the same call creates and changes."""

    def __init_subclass__(cls) -> None:
        cls.changeable = cls.handled - cls.replace_on_changes - {"tags"}

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        return self.create(cloud, inputs)[1]


def found(ask: Callable[..., object], **which: Any) -> bool:
    """Whether AWS knows what it is asked about: False where it answers that there is no such thing."""
    try:
        ask(**which)
    except ClientError as error:
        if re.search(r"NotFound|NoSuch|NotExist|NonExistent|^404$", error.response["Error"]["Code"]):
            return False
        raise
    return True


def changes(old: Any, new: Any, path: str = "") -> frozenset[str]:
    """The paths of what differs between two property trees."""
    if old == new:
        return frozenset()
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        pairs = [(old.get(key), new.get(key), f"{path}.{key}" if path else key) for key in old.keys() | new.keys()]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(*both, path) for both in zip(old, new, strict=True)]
    else:
        sides = [side for side in (old, new) if side is not None]
        return frozenset(leaf for side in sides for leaf in leaves(side, path)) or frozenset({path})
    return frozenset().union(*(changes(*pair) for pair in pairs))


def properties(*paths: str) -> frozenset[str]:
    """Property paths from text, several to a string."""
    return frozenset(" ".join(paths).split())


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all values in a property tree. Maps with user-chosen keys end up as longer paths."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path


def covered(path: str, known: Iterable[str]) -> bool:
    """Whether a path is one of the known ones or below it."""
    return any(path == covering or path.startswith(f"{covering}.") for covering in known)


def pascal(value: Any) -> Any:
    """A property tree with the keys AWS uses: ``customRedirectDomain`` becomes ``CustomRedirectDomain``."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def given(**arguments: Any) -> dict[str, Any]:
    """Only the arguments that have a value: boto3 refuses None."""
    return {name: value for name, value in arguments.items() if value is not None}


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Tags in the list shape most services take; None when there are none."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None
