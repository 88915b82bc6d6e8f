"""Who is told goodbye."""

from email_list.mail import own_letters
from email_list.mail.letters import Content
from email_list.people.subscribers import Status, Subscriber
from email_list.settings import ListSettings


def goodbye(person: Subscriber | None, of_list: ListSettings, language: str) -> Content | None:
    """The goodbye to somebody who has left; None for people who have changed their mind since, or were erased."""
    if person is None or person.status is not Status.UNSUBSCRIBED:
        return None
    return own_letters.goodbye(of_list, f"{of_list.public_url}/subscribe", language)
