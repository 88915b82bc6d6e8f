"""What runs under a fault: a campaign to a group of people, or a sequence that all of them enter."""

from collections import Counter
from typing import Any, Protocol

from tests.local.campaigners import OVER, Campaigner

STEPS = 3


class Work(Protocol):
    """One work, from its beginning to what came of it. `id` is there once it has begun, `mails` how many each person
    is to get."""

    id: str
    mails: int

    def begin(self, group: str, people: int) -> list[str]:
        """Have it begin with so many people of a group; their addresses."""
        ...

    def is_over(self) -> bool: ...

    def help(self) -> None:
        """What a schedule does by itself from time to time."""
        ...

    def received(self, group: str) -> Counter[str]:
        """How often each person got each email."""
        ...

    def result(self, people: int) -> tuple[str, bool]:
        """How it ended, and whether its sums agree."""
        ...


class CampaignWork:
    """A campaign."""

    mails = 1

    def __init__(self, campaigner: Campaigner) -> None:
        self._campaigner = campaigner
        self.id = ""

    def begin(self, group: str, people: int) -> list[str]:
        emails = self._campaigner.add_people(group, people)
        self.id = self._campaigner.create(group)
        return emails

    def is_over(self) -> bool:
        return self._campaigner.show(self.id)["status"] in OVER

    def help(self) -> None:
        self._campaigner.sweep()

    def received(self, group: str) -> Counter[str]:
        return self._campaigner.received(group)

    def result(self, people: int) -> tuple[str, bool]:
        shown = self._campaigner.show(self.id)
        counts = shown["counts"]
        return shown["status"], counts["sent"] == counts["planned"] == people


class SequenceWork:
    """A sequence of three emails without waits."""

    mails = STEPS

    def __init__(self, campaigner: Campaigner) -> None:
        self._campaigner = campaigner
        self.id = ""
        self._people = 0

    def begin(self, group: str, people: int) -> list[str]:
        asked = {
            "name": group,
            "trigger": {"on": "confirmed"},
            "filter": {"attribute": "crowd", "is": group},
            "steps": [{"letter": {"subject": f"Step {number}", "body": "Hello."}} for number in range(STEPS)],
        }
        made = self._campaigner.admin("POST", "/sequences", json=asked)
        assert made.status_code == 201, made.text
        self.id = made.json()["id"]
        assert self._campaigner.admin("POST", f"/sequences/{self.id}/activate").status_code == 200
        self._people = people
        return self._campaigner.add_people(group, people)

    def is_over(self) -> bool:
        counts = self._show()["counts"]
        return counts["finished"] + counts["left"] == self._people

    def help(self) -> None:
        """What an alarm does, or Lambda, which tries a run that failed again."""
        self._campaigner.run_sequence(self.id)

    def received(self, group: str) -> Counter[str]:
        return Counter(f"{mail['to'][0]} {mail['subject']}" for mail in self._campaigner.mails(group))

    def result(self, people: int) -> tuple[str, bool]:
        shown = self._show()
        agree = all(step["sent"] == people for step in shown["results"]) and shown["counts"] == {
            "entered": people,
            "inside": 0,
            "finished": people,
            "left": 0,
        }
        self._campaigner.admin("POST", f"/sequences/{self.id}/pause")
        return ("sent" if self.is_over() else shown["status"]), agree

    def _show(self) -> dict[str, Any]:
        return self._campaigner.admin("GET", f"/sequences/{self.id}").json()
