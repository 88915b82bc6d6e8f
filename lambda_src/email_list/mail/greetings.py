"""Which greeting a person gets."""

from email_list.mail import own_letters
from email_list.mail.letters import Content
from email_list.people.links import Links
from email_list.people.subscribers import Status, Subscriber
from email_list.settings import ListSettings


def greeting(
    kind: str, person: Subscriber | None, of_list: ListSettings, links: Links, language: str
) -> Content | None:
    """The `welcome` or `goodbye` to a person; None for people who have changed their mind since, or were erased."""
    status = person.status if person else None
    if kind == "welcome" and person and status is Status.ACTIVE:
        return own_letters.welcome(of_list, links.preferences(person.email, person.nonce), language)
    if kind == "goodbye" and status is Status.UNSUBSCRIBED:
        return own_letters.goodbye(of_list, f"{of_list.public_url}/subscribe", language)
    return None
