"""The list that ``python -m local up --demo`` (`make local DEMO=1`) starts with: topics, 300 people, and two letters.

The letters were sent, opened and clicked, all through the product's own API and the mailbox.
"""

import json
import random
import re
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

CONFIG = {
    "listName": "Garden Letters",
    "accentColor": "#2f6b3a",
    "topics": json.dumps(
        [
            {"name": "News", "description": "What is new in the garden, once a month"},
            {"name": "Events", "description": "Open days, workshops and plant swaps"},
            {"name": "Recipes"},
        ]
    ),
    "trackEngagement": "everybody",
}
PEOPLE = 300
_PATIENCE_SECONDS = 120
_FIRST_NAMES = ("Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "Jean", "Lynn", "Tim")
_LAST_NAMES = ("Ashby", "Brook", "Cole", "Dale", "East", "Field", "Grove", "Hill", "Kent", "Lane", "Marsh", "North")
_CITIES = ("Bath", "Berlin", "Bern", "")
_LETTERS = (
    (
        "Winter in the garden",
        "# The beds are asleep\n\nHello {{name}},\n\nthe last leeks are in, and the beds lie under straw.\n\n"
        "[Read the plan for spring](https://www.example.org/spring){.button}\n\nSee you in the glass house!",
        0.55,
    ),
    (
        "Seeds to swap",
        "Hello {{name}},\n\non **Saturday at two** we swap seeds. Bring what you saved, take what you need.\n\n"
        "- [The list of seeds](https://www.example.org/seeds)\n- [How to find us](https://www.example.org/way)",
        0.4,
    ),
)


def fill(outputs: Mapping[str, Any]) -> None:
    """Bring people and letters into a fresh stack. TimeoutError when it takes too long."""
    chance = random.Random(7)  # noqa: S311 - the same list each time
    api = _Api(outputs)
    job = api.call("POST", "/subscribers/import", _people(chance), "text/csv")
    api.wait(f"/subscribers/import/{job['id']}", lambda seen: seen["status"] == "done")
    for subject, body, interest in _LETTERS:
        campaign = api.call("POST", "/campaigns", json.dumps({"subject": subject, "body": body}))["id"]
        api.wait(f"/campaigns/{campaign}", lambda seen: seen["status"] == "sent")
        opened = _let_readers_read(outputs, campaign, interest, re.findall(r"\((https://\S+?)\)", body), chance)
        api.wait(f"/campaigns/{campaign}", lambda seen, opened=opened: seen["results"]["opened"] >= opened)


def _people(chance: random.Random) -> str:
    rows = ["email,name,city,topics"]
    for number in range(PEOPLE):
        first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
        topics = "|".join(topic for topic in ("News", "Events", "Recipes") if chance.random() < 0.6)
        email = f"{first}.{last}.{number}@example.com".lower()
        rows.append(f"{email},{first} {last},{chance.choice(_CITIES)},{topics}")
    return "\n".join(rows)


def _let_readers_read(
    outputs: Mapping[str, Any], campaign: str, interest: float, links: Sequence[str], chance: random.Random
) -> int:
    """Open the letter as that share of its readers, some of whom follow a link; how many opened it."""
    mailbox = outputs["mailbox_url"]
    with urllib.request.urlopen(f"{mailbox}/messages", timeout=30) as answer:
        mails = [mail for mail in json.load(answer) if mail["tags"].get("campaign") == campaign]
    opened = 0
    for mail in mails:
        if chance.random() < interest:
            opened += 1
            _post(f"{mailbox}/messages/{mail['id']}/open")
            if chance.random() < interest:
                _post(f"{mailbox}/messages/{mail['id']}/click?url={chance.choice(links)}")
    return opened


def _post(url: str) -> None:
    urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=30).close()


class _Api:
    """The admin API of a stack."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._url = outputs["api_endpoint"]
        self._headers = {"authorization": f"Bearer {outputs['admin_token']}"}

    def call(self, method: str, path: str, body: str | None = None, kind: str = "application/json") -> Any:
        data = body.encode() if body is not None else None
        headers = {**self._headers, "content-type": kind} if data is not None else self._headers
        request = urllib.request.Request(f"{self._url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait(self, path: str, is_over: Callable[[Any], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_over(self.call("GET", path)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} was not done within {_PATIENCE_SECONDS} seconds")
            time.sleep(0.5)
