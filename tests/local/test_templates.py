"""A template from saving to the inbox: what was previewed is what arrives, whatever happens to the template after."""

import time
from typing import Any

import requests

from local.stack import LocalStack

EMAIL = "o'hara@example.com"
NAME = 'Ann <b>"O\'Hara"</b> {{name}} & Söhne'
SOURCE = {
    "subject": "News for {{name}}",
    "html": "<p>Dear {{name}}, see <a href='https://example.com/?who={{email}}'>your page</a>.</p>"
    "{{#if attributes.city}}<p>Greetings to {{attributes.city}}!</p>{{else}}<p>Greetings!</p>{{/if}}",
}
LINKS = ("unsubscribe_url", "preferences_url")


def api(stack: LocalStack, method: str, path: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {stack.outputs['admin_token']}"}
    answer = requests.request(method, stack.outputs["api_endpoint"] + path, json=body, headers=headers, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.text else None


def delivered(stack: LocalStack) -> dict[str, Any]:
    """The one email that came to the address."""
    deadline = time.monotonic() + 60
    while True:
        mails = requests.get(f"{stack.outputs['mailbox_url']}/messages", params={"to": EMAIL}, timeout=10).json()
        if mails:
            (mail,) = mails
            return mail
        assert time.monotonic() < deadline, "no email came"
        time.sleep(0.25)


def test_the_preview_is_the_email_that_arrives_although_the_template_is_changed_and_deleted(stack: LocalStack) -> None:
    person = {"email": EMAIL, "name": NAME, "attributes": {"city": "Ulm <3", "crowd": "templates"}}
    api(stack, "POST", "/subscribers", person)
    api(stack, "PUT", "/templates/news", SOURCE)
    campaign = {
        "subject": SOURCE["subject"],
        "template": "news",
        "audience": {"attributes": {"crowd": "templates"}},
        "hold": True,
        "defaults": {"attributes.city": "your town"},
    }
    created = api(stack, "POST", "/campaigns", campaign)
    links = {name: f"https://list.example/{name}" for name in LINKS}
    values = {"name": NAME, "email": EMAIL, "attributes": person["attributes"], **links}
    preview = api(stack, "POST", "/drafts/preview", {"template": "news", "values": values})

    api(stack, "PUT", "/templates/news", {**SOURCE, "subject": "Something else", "html": "<p>Something else</p>"})
    api(stack, "DELETE", "/templates/news")
    api(stack, "POST", f"/campaigns/{created['id']}/resume")

    mail = delivered(stack)
    assert mail["subject"] == preview["subject"]
    for part in ("html", "text"):
        assert without_links(stack, mail[part]) == without_links(stack, preview[part])
    assert "<b>" not in mail["html"]
    assert NAME in mail["text"]


def without_links(stack: LocalStack, text: str) -> str:
    """The links differ by their tokens; what stands around them does not."""
    words = text.replace('"', " ").replace("<", " <").replace(">", "> ").split()
    ours = (stack.outputs["api_endpoint"], "https://list.example/")
    return " ".join("LINK" if word.startswith(ours) else word for word in words)
