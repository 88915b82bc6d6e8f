"""Test emails of a letter that is still being written. Nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from email_list import addresses
from email_list.campaigns.trials import Trials, fingerprint
from email_list.mail import letters, previewing, warnings, writing
from email_list.mail.letters import Content
from email_list.mail.writing import FindTemplate
from email_list.people.links import Links
from email_list.people.subscribers import Subscriber
from email_list.settings import ListSettings


class Mailer(Protocol):
    """What sends finished emails (`email_list.aws.transactional`)."""

    def send(self, email: str, letter: Content, purpose: str, headers: Mapping[str, str]) -> None: ...


def send_test(
    request: Mapping[str, Any],
    settings: ListSettings,
    find_template: FindTemplate,
    find_people: Callable[[Sequence[str]], Mapping[str, Subscriber]],
    links: Links,
    mailer: Mailer,
    trials: Trials,
) -> dict[str, Any]:
    """Email a draft to the addresses in `to`, with a subject marked as a test; returns the addresses and warnings.

    People on the list get their own letter, anyone else that of a person of whom only the address is known.
    """
    emails = addresses.of_test(request.get("to"))
    composed = writing.compose(request, settings, find_template)
    draft, values = writing.read_request(request, settings, find_template)
    prepared = writing.prepare(draft, settings)
    people = find_people(emails)
    for email in emails:
        person = people.get(email)
        nonce = person.nonce if person else ""
        unsubscribe_url = links.unsubscribe(email, nonce)
        reader = {
            "name": person.name if person else "",
            "email": email,
            "attributes": person.attributes if person else {},
            "topics": list(person.topics) if person else [],
            "unsubscribe_url": unsubscribe_url,
            "preferences_url": links.preferences(email, nonce),
            # A test has no web version; the link leads to those there are.
            "web_url": f"{settings.public_url}/archive",
        }
        letter = previewing.filled_in(prepared, {**values, **reader}, settings)
        marked = Content(f"[Test] {letter.subject}".strip(), letter.html, letter.text)
        mailer.send(email, marked, "test", letters.headers(settings, unsubscribe_url))
    trials.note(fingerprint(composed.content))
    return {"sent_to": list(emails), "warnings": warnings.to_json(composed.warnings)}
