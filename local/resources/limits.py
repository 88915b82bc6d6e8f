"""AWS's own limits on names and values, from the service models in botocore.

The emulator takes any text; AWS refuses a name with a character too many. Here the laptop refuses it too.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any


class LimitExceeded(Exception):
    """A value that AWS would refuse; the message names the parameter, the value and the limit."""


def refuse_what_aws_would(params: Mapping[str, Any], model: Any, **_event: Any) -> None:
    """Handler of botocore's ``before-parameter-build``: raises LimitExceeded for a value over a limit."""
    if model.input_shape is not None:
        for problem in _problems(params, model.input_shape, ""):
            raise LimitExceeded(f"AWS would refuse {problem}")


def _problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name, item in value.items():
            if name in shape.members:
                yield from _problems(item, shape.members[name], f"{path}.{name}" if path else name)
    elif shape.type_name == "list" and isinstance(value, list | tuple):
        if len(value) > shape.metadata.get("max", len(value)):
            yield f"{path}: more than {shape.metadata['max']} items"
        for item in value:
            yield from _problems(item, shape.member, path)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for name, item in value.items():
            yield from _problems(item, shape.value, f"{path}.{name}")
    elif shape.type_name in ("integer", "long") and isinstance(value, int):
        if value > shape.metadata.get("max", value):
            yield f"{path} {value}: more than {shape.metadata['max']}"
    elif shape.type_name == "string" and isinstance(value, str):
        longest, pattern = shape.metadata.get("max"), shape.metadata.get("pattern")
        shown = "(a secret)" if shape.metadata.get("sensitive") else repr(value[:100])
        if longest is not None and len(value) > longest:
            yield f"{path} {shown}: longer than {longest} characters"
        elif pattern and (expression := _compile(pattern)) and not expression.fullmatch(value):
            yield f"{path} {shown}: it must match {pattern}"
        elif shape.enum and value not in shape.enum:
            yield f"{path} {shown}: it must be one of {', '.join(shape.enum)}"


@functools.cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Python reads it; None for the few with syntax of Java's that Python lacks."""
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
