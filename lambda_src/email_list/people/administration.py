"""What administrators do with people: add, look up, change, erase.

An administrator vouches for the consent of anyone they add or make active again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from email_list import fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.people import signup
from email_list.people.consent import Act
from email_list.people.erasure import Erasure
from email_list.people.fingerprints import Fingerprint
from email_list.people.signup import Wish
from email_list.people.subscribers import ON_ACCOUNT_LIST, Record, Status


class People(signup.People, Protocol):
    """What administration needs from the subscriber table."""

    def edit(self, email: str, changes: Mapping[str, Any]) -> bool: ...

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "") -> bool: ...

    def reactivate(self, email: str, at: str) -> bool: ...

    def complained(self, email: str, at: str, reason: str) -> bool: ...


class Administration:
    """The people of a list, as its administrators may change them.

    `lift(email)` removes an address from the account's suppression list; False if a complaint put it there.
    """

    def __init__(
        self,
        people: People,
        fingerprint: Fingerprint,
        erasure: Erasure,
        lift: Callable[[str], bool],
        topics: Sequence[str],
        clock: Clock = utc_now,
    ) -> None:
        self._people = people
        self._fingerprint = fingerprint
        self._erasure = erasure
        self._lift = lift
        self._topics = topics
        self._clock = clock

    def add(self, wish: Wish) -> Record:
        """Make a person active at once. ConflictError if that is not allowed."""
        signup.vouch(wish, self._people, self._fingerprint, Act.VOUCH)
        return self.find(wish.email)

    def find(self, email: str) -> Record:
        """Everything about a person. NotFoundError if there is none."""
        person = self._people.get(email)
        if person is None:
            raise _nobody()
        return person

    def change(self, email: str, asked: Mapping[str, Any]) -> Record:
        """Change `name`, `topics` and `attributes`, each as a whole, and the `status` as `_change_status` says."""
        changes: dict[str, Any] = {}
        if "name" in asked:
            changes["name"] = fields.name(asked["name"])
        if "attributes" in asked:
            changes["attributes"] = fields.attributes(asked["attributes"])
        if "topics" in asked:
            changes["topics"] = fields.topics(asked["topics"], self._topics)
        current = self.find(email).status
        if "status" in asked:
            self._change_status(email, current, asked["status"], asked.get("acknowledge"))
        if changes and not self._people.edit(email, changes):
            raise _nobody()
        return self.find(email)

    def erase(self, email: str) -> None:
        """Erase a person. NotFoundError if there is none."""
        if not self._erasure.erase(email):
            raise _nobody()

    def _change_status(self, email: str, current: Status, wanted: object, acknowledged: object) -> None:
        """`unsubscribed` for those who are on the list; `active` for those who are not, if the caller knows the
        status."""
        match wanted:
            case current.value:
                return
            case Status.UNSUBSCRIBED.value:
                if not self._people.unsubscribe(email, self._now(), by="administrator"):
                    raise ConflictError(f"A subscriber who is {current} cannot become unsubscribed.")
            case Status.ACTIVE.value:
                self._reactivate(email, current, acknowledged)
            case _:
                raise InvalidError("status can be set to unsubscribed or active.", details={"field": "status"})

    def _reactivate(self, email: str, current: Status, acknowledged: object) -> None:
        if current is Status.COMPLAINED:
            raise ConflictError("This person reported an email as spam. They will never be emailed again.")
        if acknowledged != current.value:
            message = f'This person is {current}. To make them active anyway, add "acknowledge": "{current}".'
            raise ConflictError(message, code="acknowledgement_required")
        if current is Status.BOUNCED:
            self._deliver_again(email)
        if not self._people.reactivate(email, self._now()):
            raise ConflictError("The status has changed in the meantime. Please look again.")

    def _deliver_again(self, email: str) -> None:
        """Let SES deliver to the address again, unless it complained to another list in the account."""
        if self._lift(email):
            return
        self._people.complained(email, self._now(), ON_ACCOUNT_LIST)
        raise ConflictError(
            "This person reported an email from this AWS account as spam. They will never be emailed again."
        )

    def _now(self) -> str:
        return iso(self._clock())


def _nobody() -> NotFoundError:
    return NotFoundError("There is no subscriber with this address.")
