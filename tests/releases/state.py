"""A stack's state as a release left it, made real again in an empty account.

The state names what was there: ids, ARNs and addresses in an account that is gone. So each resource is created again
from its inputs, in the order of the state, and what the account calls it now replaces the old name in all the rest.
Functions are created without their code, which the next `pulumi up` brings.
"""

import json
from typing import Any

import pulumi

from local.provider import DEFAULTS
from local.resources import Cloud, known_type

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret, an asset or an archive in a state (pulumi/sdk, resource.SigKey)."""

_NO_CODE = pulumi.AssetArchive({"empty.py": pulumi.StringAsset("")})
_ACT = "aws:lambda/invocation:Invocation"
"""What happened once and leaves nothing to create."""

_SHORTEST = 8
"""Characters of what may be replaced by text alone: shorter words are not names of one resource."""


def revive(state: Any, cloud: Cloud) -> Any:
    """Create what the state lists, secrets in plain text; the state as it then is."""
    names: dict[str, str] = {}
    revived = []
    for listed in state["deployment"]["resources"]:
        resource = _renamed(listed, names)
        if resource["custom"] and resource["type"].startswith("aws:") and resource["type"] != _ACT:
            type_ = known_type(resource["type"])
            id_, told = type_.create(cloud, {k: v for k, v in _plain(resource["inputs"]).items() if k != DEFAULTS})
            before = {**resource["outputs"], "id": resource["id"]}
            for name, new in {**told, "id": id_}.items():
                old = before.get(name)
                if isinstance(old, str) and isinstance(new, str) and old != new and len(old) >= _SHORTEST:
                    names[old] = new
            resource |= {"id": id_, "outputs": {**resource["outputs"], **told}}
            if "code" in resource["inputs"]:
                resource["inputs"]["code"]["hash"] = resource["outputs"]["code"]["hash"] = "0" * 64
        revived.append(resource)
    state["deployment"]["resources"] = revived
    return _renamed(state, names)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    text = json.dumps(value)
    for old in sorted(names, key=len, reverse=True):
        text = text.replace(old, names[old])
    return json.loads(text)


def _plain(value: Any) -> Any:
    """Inputs as a resource type takes them."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _SIGNATURE not in value:
        return {name: _plain(item) for name, item in value.items()}
    return json.loads(value["plaintext"]) if "plaintext" in value else _NO_CODE
