"""The console's texts: every one in the code is in the German catalogue, and its places are the same."""

import json
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "lambda_src" / "email_list" / "console" / "static"
_STRING = r'"(?:[^"\\]|\\.)*"'
_CALL = re.compile(rf"\b(?:t|phrase)\(\s*({_STRING})")
_COUNTED = re.compile(rf"\bcounted\((?:[^,()]|\([^)]*\))+, ({_STRING})(?:, ({_STRING}))?")
_ENTRY = re.compile(rf"^  ({_STRING}|\w+):\s+({_STRING}),$", re.MULTILINE)


def catalogue() -> dict[str, str]:
    entries = _ENTRY.findall((STATIC / "de.js").read_text(encoding="utf-8"))
    return {json.loads(key) if key.startswith('"') else key: json.loads(text) for key, text in entries}


def said() -> set[str]:
    found: set[str] = set()
    for path in STATIC.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        found |= {json.loads(text) for text in _CALL.findall(source)}
        for one, many in _COUNTED.findall(source):
            found |= {json.loads(one), json.loads(many) if many else f"{json.loads(one)}s"}
    return found


def test_every_text_of_the_console_is_there_in_german() -> None:
    assert len(said()) > 300
    assert said() - catalogue().keys() == set()


def test_a_german_text_has_the_places_of_the_english_one() -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    assert {english for english, german in catalogue().items() if places(english) != places(german)} == set()
