"""A campaign that everybody may read, through the gateway: opened from the email, found, and taken back."""

import re
from urllib.parse import urljoin

import feedparser
import requests
from justhtml import JustHTML

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.test_drafts import call
from tests.local.visitor import until

LETTER = {
    "subject": "The fair of {{name}}",
    "body": "[View in browser]({{web_url}})\n\nDear {{name}}, the fair begins at noon.",
    "defaults": {"name": "all"},
}


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=30)


def test_a_public_campaign_is_opened_from_its_email_found_in_the_archive_and_taken_back(stack: LocalStack) -> None:
    campaigner, archive = Campaigner(stack), stack.outputs["archive_url"]
    emails = campaigner.add_people("reading", 3)
    refused = call(stack, "POST", "/campaigns", LETTER)
    assert (refused.status_code, refused.json()["error"]["details"]["line"]) == (422, 1)
    for more, errors in ({}, ["invalid_template"]), ({"public": True}, []):
        findings = call(stack, "POST", "/campaigns/preflight", {**LETTER, **more}).json()["findings"]
        assert [each["code"] for each in findings if each["severity"] == "error"] == errors

    campaign = campaigner.create("reading", **LETTER, public=True, hold=True)
    web_url = campaigner.show(campaign)["web_url"]
    assert get(web_url).status_code == 200
    assert campaign.lower() not in get(archive).text
    campaigner.steer(campaign, "resume")
    campaigner.wait(campaign)

    (link,) = set(re.findall(re.escape(archive) + r"/[\w-]+", campaigner.mails("reading")[0]["text"]))
    assert link == web_url
    page = get(link)
    assert (page.status_code, page.headers["cache-control"]) == (200, "public, max-age=60")
    assert not JustHTML(page.text, collect_errors=True, sanitize=False).errors
    assert "Dear all, the fair begins at noon." in page.text
    assert get(link, **{"if-none-match": page.headers["etag"]}).status_code == 304
    assert f'href="{link}"' in get(archive).text
    feed = get(f"{archive}.atom")
    assert link in [entry.link for entry in feedparser.parse(feed.text).entries]
    assert f"<loc>{link}</loc>" in get(archive.removesuffix("archive") + "sitemap.xml").text
    served = page.text + get(archive).text + feed.text
    for email in emails:
        assert email not in served
    assert not re.search(r"Person \d|token=", served)

    assert campaigner.call("PATCH", f"/{campaign}", json={"public": False}).json()["web_url"] is None
    assert get(link).status_code == 404
    assert campaign.lower() not in get(archive).text + get(f"{archive}.atom").text
    assert campaigner.call("PATCH", f"/{campaign}", json={"public": True}).status_code == 200
    assert get(link).content == page.content


def test_somebody_signs_up_below_an_issue(stack: LocalStack) -> None:
    campaigner = Campaigner(stack)
    campaign = campaigner.create("nobody-reads", public=True, hold=True)
    page = campaigner.show(campaign)["web_url"]
    (form,) = JustHTML(get(page).text, sanitize=False).query("form")
    action = urljoin(page, (form.attrs or {})["action"])
    answer = requests.post(
        action, data={"email": "below@archive.example", "source": "archive", "homepage": ""}, timeout=30
    )
    assert answer.status_code == 202
    mailbox = f"{stack.outputs['mailbox_url']}/messages"
    until(lambda: requests.get(mailbox, params={"to": "below@archive.example"}, timeout=30).json(), "a confirmation")
