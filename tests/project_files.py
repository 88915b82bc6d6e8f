"""What Pulumi accepts in `Pulumi.yaml` and in a stack's file, and what it refuses.

The laptop's reader of these files is asked about them in `tests/unit/local/test_project.py`, and Pulumi itself in
`tests/engine/test_refusals.py`.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """The `config` of both files in YAML, and what the laptop's reader says of it; nothing where it is accepted."""

    about: str
    declared: str
    stack: str
    refusal: str = ""

    def write(self, folder: Path, stack: str) -> None:
        """The files, and a program that does nothing."""
        (folder / "Pulumi.yaml").write_text(f"name: email-list\nruntime: python\nconfig: {self.declared}\n")
        (folder / f"Pulumi.{stack}.yaml").write_text(f"config: {self.stack}\n")
        (folder / "__main__.py").write_text("")


_TEXTS = "{a: {type: array, items: {type: string}, default: []}}"
_OBJECTS = "{a: {type: array, items: {type: object}, default: []}}"

CASES = [
    Files("a default", "{a: {type: string, default: x}, b: {type: integer, default: 3}}", "{}"),
    Files("a default without a type", "{a: {default: x}}", "{}"),
    Files("no declaration but a value", "{a: x}", "{}"),
    Files("a value in the stack's file", "{a: {type: string}}", "{email-list:a: x}"),
    Files("a value in the stack's file in place of a default", "{a: {type: string, default: x}}", "{email-list:a: y}"),
    Files("no value anywhere", "{a: {type: string}}", "{}", r"a has no default in Pulumi\.yaml"),
    Files("an unknown type", "{a: {type: text, default: x}}", "{}", "'text' is not a type Pulumi has"),
    Files(
        "the type of fractions elsewhere", "{a: {type: number, default: 4}}", "{}", "'number' is not a type Pulumi has"
    ),
    Files(
        "an unknown type of items", "{a: {type: array, items: {type: float}, default: [1]}}", "{}", "'float' is not a"
    ),
    Files("a number as the default of text", "{a: {type: string, default: 4}}", "{}", "a is 4, which is not"),
    Files("a number in the stack's file as text", "{a: {type: string, default: x}}", "{email-list:a: 2.5}"),
    Files("a fraction as a whole number", "{a: {type: integer, default: 0.5}}", "{}", "a is 0.5, which is not"),
    Files("a word as a whole number", "{a: {type: integer, default: 1}}", "{email-list:a: few}", "a is 'few', which"),
    Files("a whole number in quotes", "{a: {type: integer, default: 3}}", "{email-list:a: '4'}"),
    Files("a truth value in quotes", "{a: {type: boolean, default: true}}", "{email-list:a: 'false'}"),
    Files(
        "a word as a truth value", "{a: {type: boolean, default: true}}", "{email-list:a: 'yes'}", "a is 'yes', which"
    ),
    Files("a list", _TEXTS, "{email-list:a: [x, y]}"),
    Files("a list without a type of items", "{a: {type: array, default: []}}", "{}", "declared type 'array'"),
    Files("a gap in a list", _TEXTS, "{email-list:a: [null, b]}", "declared type 'array'"),
    Files("a number in a list of texts", _TEXTS, "{email-list:a: [1]}", "declared type 'array'"),
    Files("text as a list", _TEXTS, "{email-list:a: x}", "declared type 'array'"),
    Files("a list of objects", _OBJECTS, "{email-list:a: [{name: x}]}"),
    Files("text in a list of objects", _OBJECTS, "{email-list:a: [b]}", "declared type 'array'"),
    Files("a secret with a default", "{a: {type: string, secret: true, default: ''}}", "{}", "a is declared secret"),
    Files("a secret in plain text", "{a: {type: string, secret: true}}", "{email-list:a: x}", "a is declared secret"),
    Files("a key that is not declared", "{a: {type: string, default: x}}", "{email-list:b: y}"),
    Files("a key of somebody else", "{a: {type: string, default: x}}", "{'aws:region': eu-west-1}"),
]
