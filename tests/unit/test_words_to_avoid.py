"""The glossary of CONTRIBUTING.md, checked in what people read: pages, messages, comments, docstrings."""

import ast
import inspect
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Pulumi.yaml"]
FOLDERS = ("lambda_src", "components", "local", "check", "benchmarks", "tests")
_FILES = [ROOT / "contract.py", ROOT / "__main__.py", *(f for name in FOLDERS for f in (ROOT / name).rglob("*.py"))]
SOURCES = [file for file in _FILES if file != Path(__file__)]
SCRIPTS = [file for name in ("lambda_src", "local") for file in (ROOT / name).rglob("*.js")]
GLOSSARY = "## Words"

AVOIDED = {
    r"mails?(?! (client|server|scanner|program|exchanger|exchange|provider|merge|host|app|privacy)s?\b)": "email",
    r"mend(s|ed|ing)?": "fix",
    r"for the time being": "soft bounce, temporarily",
    r"out of force": "revoked",
    r"whoever|whosoever|whatsoever": "anyone who",
    r"bounced? for good|permanent bounces?": "hard bounce",
    r"transient bounces?": "soft bounce",
    r"befalls?|befell|thereof|therein|hitherto|henceforth|thereby": "plain words",
}
"""Patterns of whole words, and what to write instead."""

_CODE = re.compile(
    r"(?s:```.*?```)|`[^`\n]*`|\"\w+\"|(?i:mail (?:from|settings))|^ {4}.*$|<[^>\n]*>|\]\([^)]*\)|https?://\S+",
    re.MULTILINE,
)
_NAME = re.compile(r"\w*[_./@-]\w+([_./@-]\w*)*|\b\w+[_/]")
"""Names of files, keys and addresses, whose parts are no words of a sentence."""


def avoided(text: str) -> list[str]:
    """The words to avoid in a text, each with what to write instead."""
    prose = _NAME.sub(" ", _CODE.sub(" ", text))
    return [
        f"{found[0]!r}: {instead}"
        for pattern, instead in AVOIDED.items()
        for found in re.finditer(rf"\b({pattern})\b", prose, re.IGNORECASE)
    ]


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """The comments, docstrings, names of tests and other texts with spaces in a Python file, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name.replace("_", " ")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            # What is indented in a page is code, as is what begins with a line break here: a table of words.
            yield node.lineno, "" if node.value.startswith("\n") else inspect.cleandoc(node.value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_the_words_of_the_glossary(page: Path) -> None:
    before, _, after = page.read_text(encoding="utf-8").partition(GLOSSARY)
    assert avoided(before + after.partition("\n## ")[2]) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_sources_use_the_words_of_the_glossary(source: Path) -> None:
    found = {line: words for line, text in sentences(source.read_text(encoding="utf-8")) if (words := avoided(text))}
    assert found == {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.relative_to(ROOT)))
def test_scripts_use_the_words_of_the_glossary(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    texts = [*re.findall(r'"[^"\n]* [^"\n]*"|`[^`\n]* [^`\n]*`', source), *re.findall(r"(?<!:)//.*", source)]
    assert {text: words for text in texts if (words := avoided(text.strip("`")))} == {}


def test_subscribers_read_the_words_of_the_glossary() -> None:
    english = json.loads((ROOT / "lambda_src/email_list/words/en.json").read_text(encoding="utf-8"))
    texts = {key: text for part in english.values() for key, text in part.items()}
    assert {key: words for key, text in texts.items() if (words := avoided(text))} == {}


@pytest.mark.parametrize(
    "text", ["a mail", "Mails are sent.", "It is mended.", "whoever asks", "a permanent bounce", "    make\n\na mail"]
)
def test_a_word_to_avoid_is_found(text: str) -> None:
    assert avoided(text)


@pytest.mark.parametrize("text", ["an email", "mail clients", "`mail`", "email_list.mail", "mail/letters.py", "Gmail"])
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert avoided(text) == []
