"""The console's texts: every one in the code is in the German catalogue, and its places are the same."""

import json
import re
from pathlib import Path

from contract import ROUTES
from email_list.campaigns.campaign import ReasonCode
from email_list.campaigns.findings import CODES as FINDINGS
from email_list.feeds.problem import Trouble
from email_list.mail.warnings import CODES as WARNINGS
from email_list.openapi.schemas import ERROR_CODES
from email_list.pictures.pictures import Fault

OPERATORS = ("subscribe", "unsubscribe", "send_newsletter", "recount")
"""Functions that operators invoke, and that are audited."""

STATIC = Path(__file__).parents[2] / "lambda_src" / "email_list" / "console" / "static"
_STRING = r'"(?:[^"\\]|\\.)*"'
_CALL = re.compile(rf"\b(?:t|phrase)\(\s*({_STRING})")
_COUNTED = re.compile(rf"\bcounted\((?:[^,()]|\([^)]*\))+, ({_STRING})(?:, ({_STRING}))?")
_ENTRY = re.compile(rf"^  ({_STRING}|\w+):\s+({_STRING}),$", re.MULTILINE)


def catalogue() -> dict[str, str]:
    entries = _ENTRY.findall((STATIC / "de.js").read_text(encoding="utf-8").partition("export const codes")[0])
    return {json.loads(key) if key.startswith('"') else key: json.loads(text) for key, text in entries}


def done() -> set[str]:
    """What the activity says was done: operations as people read them (`activity.js`)."""
    audited = [route.operation for route in ROUTES if route.is_audited]
    words = (name.removesuffix("_by_id").replace("_", " ") for name in (*audited, *OPERATORS))
    return {text[0].upper() + text[1:] for text in words}


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
    assert (said() | done()) - catalogue().keys() == set()


def test_the_console_has_german_words_for_every_code_of_the_api() -> None:
    codes = {*ERROR_CODES, *FINDINGS, *WARNINGS, *ReasonCode, *Fault, *Trouble}
    section = (STATIC / "de.js").read_text(encoding="utf-8").partition("export const codes")[2]
    known = re.findall(r"^  (\w+):", section, re.MULTILINE)
    assert codes - {*known} == set()
    assert len(known) == len({*known}), "a code means one thing"


def test_a_german_text_has_the_places_of_the_english_one() -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    assert {english for english, german in catalogue().items() if places(english) != places(german)} == set()
