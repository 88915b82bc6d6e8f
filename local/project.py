"""Reads a Pulumi project and its stack configuration the way the Pulumi CLI does, without the CLI."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ConfigError(Exception):
    """The project or stack configuration cannot be used; the message names the file or the key."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project with the configuration of one of its stacks."""

    name: str
    stack: str
    program: Path
    """The program to run, ``__main__.py`` of the project's folder."""
    config: Mapping[str, str]
    """Every value by its full key (``email-list:senderEmail``), encoded as the Pulumi runtime expects."""


def load_project(folder: Path, stack: str, overrides: Mapping[str, str] | None = None) -> Project:
    """Read ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml``; the stack's values win, ``overrides`` win over both.

    A key without a namespace belongs to the project. An override must be a key the project declares or the
    stack sets, so that a misspelt one is noticed. Raises ConfigError.
    """
    project = _read_yaml(folder / "Pulumi.yaml")
    name = project.get("name")
    if not isinstance(name, str):
        raise ConfigError(f"{folder / 'Pulumi.yaml'} has no project name")
    declared: dict[str, Any] = {_full_key(name, key): value for key, value in (project.get("config") or {}).items()}
    config = {key: encode(_default(value)) for key, value in declared.items() if _default(value) is not None}

    stack_file = folder / f"Pulumi.{stack}.yaml"
    for key, value in (_read_yaml(stack_file).get("config") or {}).items():
        if isinstance(value, Mapping) and "secure" in value:
            raise ConfigError(
                f"{key} in {stack_file.name} is encrypted and cannot be read here; pass --config {key}=VALUE"
            )
        config[_full_key(name, key)] = encode(value)

    for key, text in (overrides or {}).items():
        full_key = _full_key(name, key)
        if full_key not in declared and full_key not in config:
            known = ", ".join(sorted(key.removeprefix(f"{name}:") for key in declared.keys() | config.keys()))
            raise ConfigError(f"unknown config key {key}; known keys: {known}")
        config[full_key] = text
    return Project(name, stack, folder / "__main__.py", config)


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


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"{file} does not exist") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    return content or {}
