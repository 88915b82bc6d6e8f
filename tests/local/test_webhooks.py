"""A webhook on the local stack: its receiver learns, signed, what happens on the list."""

from typing import Any

from email_list.people.subscribers import id_of
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.receiver import Receiver
from tests.local.visitor import Visitor, until


def test_a_receiver_is_told_of_people_and_campaigns(whole_list: LocalStack, receiver: Receiver) -> None:
    visitor, campaigner, email = Visitor(whole_list), Campaigner(whole_list), "ada@example.com"
    visitor.join(email)
    campaign = campaigner.admin("POST", "/campaigns", json={"subject": "News", "body": "Hello."}).json()["id"]
    campaigner.wait(campaign)

    def told() -> dict[str, dict[str, Any]]:
        return receiver.about(email, id_of(email), campaign)

    def newsletter() -> int:
        return next((number for number, mail in enumerate(visitor.mails(email), 1) if mail["subject"] == "News"), 0)

    visitor.press(visitor.link(email, "/unsubscribe", number=until(newsletter, "the newsletter")))
    until(lambda: "subscriber.unsubscribed" in told(), "the departure")
    assert visitor.admin("DELETE", f"/subscribers/{email}").status_code == 200
    visitor.sign_up("nobody@example.com")
    wanted = {"subscriber.confirmed", "subscriber.unsubscribed", "subscriber.erased", "campaign.finished"}
    until(lambda: wanted <= told().keys(), "the events")
    events = told()
    assert events.keys() == wanted
    assert events["subscriber.confirmed"]["data"]["email"] == email
    assert events["subscriber.erased"]["data"] == {"id": id_of(email), "email": email}
    finished = events["campaign.finished"]["data"]
    assert (finished["id"], finished["status"]) == (campaign, "sent")
    assert len({event["id"] for event in events.values()}) == 4
