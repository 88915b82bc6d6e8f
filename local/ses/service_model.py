"""What a request to SES v2 must look like, read from the service model that botocore ships.

So routes, required parameters and the limits of each field are those of the real service.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from botocore.loaders import Loader

from local.ses.errors import BadRequestException, NotFoundException

_Check = Callable[[Any, str], None]


@functools.cache
def service_model() -> "ServiceModel":
    """The one service model of this process: it takes a moment to read and never changes."""
    return ServiceModel()


class ServiceModel:
    """Finds the operation that a request means, and turns the request into checked parameters."""

    def __init__(self) -> None:
        model = Loader().load_service_model("sesv2", "service-2")
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._operations: Mapping[str, Any] = model["operations"]
        self._checks: dict[str, _Check] = {}
        self._routes: dict[tuple[str, int], list[tuple[list[str], str]]] = {}
        for name, operation in self._operations.items():
            segments = operation["http"]["requestUri"].split("?")[0].split("/")
            self._routes.setdefault((operation["http"]["method"], len(segments)), []).append((segments, name))
        for candidates in self._routes.values():
            candidates.sort(key=lambda route: sum(segment.startswith("{") for segment in route[0]))

    @property
    def operations(self) -> list[str]:
        return list(self._operations)

    def route(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        """The operation's name and the parameters in the path. Raises `NotFoundException`."""
        asked = path.split("/")
        for segments, name in self._routes.get((method, len(asked)), []):
            values = {}
            for segment, value in zip(segments, asked, strict=True):
                if segment.startswith("{"):
                    values[segment.strip("{+}")] = unquote(value)
                elif segment != value:
                    break
            else:
                return name, values
        raise NotFoundException(f"Amazon SES v2 has no operation at {method} {path}")

    def parameters(
        self, operation: str, path: dict[str, str], query: dict[str, list[str]], body: Any
    ) -> dict[str, Any]:
        """All parameters of the request under their API names, checked.

        Raises `BadRequestException` that names the parameter and the constraint it breaks.
        """
        shape = self._operations[operation].get("input", {}).get("shape")
        if shape is None:
            return {}
        if not isinstance(body, dict):
            raise BadRequestException("The request body is not a JSON object.")
        parameters = dict(body)
        for name, member in self._shapes[shape]["members"].items():
            location, wire_name = member.get("location"), member.get("locationName", name)
            if location == "uri":
                parameters[name] = path[wire_name]
            elif location == "querystring":
                parameters.pop(name, None)
                if wire_name in query:
                    parameters[name] = self._from_query(member["shape"], query[wire_name])
        self._check(shape)(parameters, "")
        return parameters

    def _from_query(self, shape: str, values: list[str]) -> Any:
        kind = self._shapes[shape]["type"]
        if kind == "list":
            return values
        if kind in ("integer", "long") and re.fullmatch(r"-?\d+", values[-1]):
            return int(values[-1])
        return values[-1]

    def _check(self, shape: str) -> _Check:
        if shape not in self._checks:
            build = {"structure": self._structure, "list": self._list, "map": self._map, "string": _string}
            build |= {
                "boolean": _boolean,
                "integer": _number,
                "long": _number,
                "double": _number,
                "blob": _blob,
            }
            make = build.get(self._shapes[shape]["type"])
            self._checks[shape] = make(self._shapes[shape]) if make else lambda value, where: None
        return self._checks[shape]

    def _structure(self, shape: Mapping[str, Any]) -> _Check:
        checks = {name: self._check(member["shape"]) for name, member in shape["members"].items()}
        required = shape.get("required", [])

        def check(value: Any, where: str) -> None:
            if type(value) is not dict:
                raise _wrong(where, "must be an object")
            for name in required:
                if value.get(name) is None:
                    raise _wrong(f"{where}.{name}", "must not be null")
            for name, member in value.items():
                if member is not None and name in checks:
                    checks[name](member, f"{where}.{name}")

        return check

    def _list(self, shape: Mapping[str, Any]) -> _Check:
        check_item = self._check(shape["member"]["shape"])
        smallest, largest = shape.get("min", 0), shape.get("max")

        def check(value: Any, where: str) -> None:
            if type(value) is not list:
                raise _wrong(where, "must be a list")
            _check_length(len(value), smallest, largest, where)
            for item in value:
                check_item(item, where)

        return check

    def _map(self, shape: Mapping[str, Any]) -> _Check:
        check_value = self._check(shape["value"]["shape"])

        def check(value: Any, where: str) -> None:
            if type(value) is not dict:
                raise _wrong(where, "must be an object")
            for key, item in value.items():
                check_value(item, f"{where}.{key}")

        return check


def _string(shape: Mapping[str, Any]) -> _Check:
    smallest, largest, choices = shape.get("min", 0), shape.get("max"), shape.get("enum")
    pattern = re.compile(shape["pattern"], re.DOTALL) if "pattern" in shape else None

    def check(value: Any, where: str) -> None:
        if type(value) is not str:
            raise _wrong(where, "must be a string")
        if smallest or largest is not None:
            _check_length(len(value), smallest, largest, where)
        if choices is not None and value not in choices:
            raise _wrong(where, f"must satisfy enum value set: [{', '.join(choices)}]")
        if pattern is not None and not pattern.fullmatch(value):
            raise _wrong(where, f"must satisfy regular expression pattern: {pattern.pattern}")

    return check


def _boolean(shape: Mapping[str, Any]) -> _Check:
    def check(value: Any, where: str) -> None:
        if type(value) is not bool:
            raise _wrong(where, "must be true or false")

    return check


def _number(shape: Mapping[str, Any]) -> _Check:
    smallest, largest = shape.get("min"), shape.get("max")

    def check(value: Any, where: str) -> None:
        if type(value) not in (int, float):
            raise _wrong(where, "must be a number")
        if (smallest is not None and value < smallest) or (largest is not None and value > largest):
            raise _wrong(where, f"must be between {smallest} and {largest}")

    return check


def _blob(shape: Mapping[str, Any]) -> _Check:
    def check(value: Any, where: str) -> None:
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise _wrong(where, "must be base64") from None

    return check


def _check_length(length: int, smallest: int, largest: int | None, where: str) -> None:
    if length < smallest:
        raise _wrong(where, f"must have length greater than or equal to {smallest}")
    if largest is not None and length > largest:
        raise _wrong(where, f"must have length less than or equal to {largest}")


def _wrong(where: str, constraint: str) -> BadRequestException:
    name = where.lstrip(".")
    return BadRequestException(
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member {constraint}"
    )
