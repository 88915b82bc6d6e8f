"""Reads a Pulumi project and its stack configuration the way the Pulumi CLI does, without the CLI."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ConfigError(Exception):
    """The project or stack configuration is not valid; the message names the file or the key."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project with the configuration of one of its stacks."""

    name: str
    stack: str
    program: Path
    """The program to run, ``__main__.py`` of the project's folder."""
    config: Mapping[str, str]
    """Every value by its full key (``email-list:senderEmail``), encoded as the Pulumi runtime expects."""
    secret_keys: frozenset[str] = frozenset()
    """Keys whose values are in no file in plain text: the overrides."""


def load_project(folder: Path, stack: str, overrides: Mapping[str, str] | None = None) -> Project:
    """Read ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml``; the stack's values win, ``overrides`` win over both.

    A key without a namespace belongs to the project. An override must be a key the project declares or the
    stack sets, so that a misspelt one is noticed. Raises ConfigError, also for what the CLI refuses before it runs a
    program (`project.json` and `Project.Validate` of its `sdk/go/common/workspace`, `pkg/workspace/config.go`).
    """
    project = _read_yaml(folder / "Pulumi.yaml")
    name = project.get("name")
    if not isinstance(name, str):
        raise ConfigError(f"{folder / 'Pulumi.yaml'} has no project name")
    declared: dict[str, Any] = {_full_key(name, key): value for key, value in (project.get("config") or {}).items()}
    config: dict[str, str] = {}
    for key, declaration in declared.items():
        default = _default(declaration)
        if default is not None:
            _check_type(key, declaration, default)
            config[key] = encode(default)

    stack_file = folder / f"Pulumi.{stack}.yaml"
    for key, value in (_read_yaml(stack_file).get("config") or {}).items():
        if isinstance(value, Mapping) and "secure" in value:
            raise ConfigError(
                f"{key} in {stack_file.name} is encrypted and cannot be read here; pass --config {key}=VALUE"
            )
        # Scalars of a stack's file are text to Pulumi, whatever they are to YAML.
        given = value if isinstance(value, list | dict) else encode(value)
        _check_type(_full_key(name, key), declared.get(_full_key(name, key)), given)
        config[_full_key(name, key)] = encode(value)

    for key, text in (overrides or {}).items():
        full_key = _full_key(name, key)
        if full_key not in declared and full_key not in config:
            known = ", ".join(sorted(key.removeprefix(f"{name}:") for key in declared.keys() | config.keys()))
            raise ConfigError(f"unknown config key {key}; known keys: {known}")
        config[full_key] = text
    secret_keys = frozenset(_full_key(name, key) for key in overrides or {})
    for key, declaration in declared.items():
        if key not in config:
            raise ConfigError(f"{key} has no default in Pulumi.yaml, and {stack_file.name} has no value for it")
        if isinstance(declaration, Mapping) and declaration.get("secret") and key not in secret_keys:
            raise ConfigError(f"{key} is declared secret, and its default or its value is plain text")
    return Project(name, stack, folder / "__main__.py", config, secret_keys)


def encode(value: object) -> str:
    """The text the Pulumi CLI hands to a program for a configuration value: JSON unless it is a string."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _full_key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _default(declaration: object) -> object:
    """The value a declaration in Pulumi.yaml gives to stacks that set none; None when it gives none."""
    if not isinstance(declaration, Mapping):
        return declaration
    return declaration.get("value", declaration.get("default"))


def _check_type(key: str, declaration: object, value: object) -> None:
    if isinstance(declaration, dict) and "type" in declaration and not _has_type(value, declaration):
        raise ConfigError(f"{key} is {value!r}, which is not of the declared type {declaration['type']!r}")


def _has_type(value: object, declaration: Mapping[str, Any]) -> bool:
    match declaration["type"]:
        case "string":
            return isinstance(value, str)
        case "integer":
            whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
            return whole or (isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value) is not None)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case "array":
            items = declaration.get("items")
            return items is not None and isinstance(value, list) and all(_has_type(item, items) for item in value)
        case other:
            raise ConfigError(f"{other!r} is not a type Pulumi has; it has string, integer, boolean, array and object")


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"{file} does not exist") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    return content or {}
