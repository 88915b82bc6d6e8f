"""What a function needs to use something, in one: the environment variable that names it, and the permission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.policies import Statement


@dataclass(frozen=True)
class Grant:
    """Variables of a function's environment, and statements of its policy."""

    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statements: Sequence[Statement] = ()


def told(environment: Mapping[str, pulumi.Input[str]]) -> Grant:
    """Values that need no permission."""
    return Grant(environment=environment)


def allowed(*statements: Statement) -> Grant:
    """Permissions for things that need no name in the environment."""
    return Grant(statements=statements)
