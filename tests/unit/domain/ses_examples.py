"""Events as SES publishes them: one of each documented shape, with addresses and values of our own.

After "Examples of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS notification examples" in the SES
developer guide.
"""

import copy
from typing import Any

CAMPAIGN = "01JDEXAMPLE0000000000000AB"
SENT_AT = "2026-11-24T10:00:00.000Z"
LATER = "2026-11-24T10:00:07.250Z"
READER = "ada@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

Document = dict[str, Any]


def mail(*recipients: str, place: tuple[int, int] | None = (1, 0), message: str = "0100-mail-1") -> Document:
    """The `mail` object, with everything that SES puts there. `place` is batch and position; None: no campaign."""
    tags: Document = {
        "ses:operation": ["SendBulkEmail"],
        "ses:configuration-set": ["email-list-dev"],
        "ses:source-ip": ["198.51.100.9"],
        "ses:from-domain": ["list.example"],
        "ses:caller-identity": ["send_batch"],
    }
    if place:
        tags |= {"campaign": [CAMPAIGN], "batch": [str(place[0])], "recipient": [str(place[1])]}
    return {
        "timestamp": SENT_AT,
        "messageId": message,
        "source": "Garden Letters <letters@list.example>",
        "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/list.example",
        "sendingAccountId": "111122223333",
        "destination": list(recipients or (READER,)),
        "headersTruncated": False,
        "headers": [{"name": "Subject", "value": "Seeds"}, {"name": "To", "value": READER}],
        "commonHeaders": {"from": ["letters@list.example"], "to": [READER], "messageId": message, "subject": "Seeds"},
        "tags": tags,
    }


def bounced(*addresses: str, kind: str = "Permanent", subtype: str = "General", status: str = "5.1.1") -> Document:
    """The `bounce` object."""
    recipients = [
        {
            "emailAddress": address,
            "action": "failed",
            "status": status,
            "diagnosticCode": f"smtp; 550 {address} unknown",
        }
        for address in addresses or (READER,)
    ]
    return {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": recipients,
        "timestamp": LATER,
        "feedbackId": "0100-feedback-1",
        "reportingMTA": "dns; mx.example.com",
    }


def complained(*addresses: str) -> Document:
    """The `complaint` object."""
    return {
        "complainedRecipients": [{"emailAddress": address} for address in addresses or (READER,)],
        "timestamp": LATER,
        "feedbackId": "0100-feedback-2",
        "complaintSubType": None,
        "userAgent": "Feedback Loop/1.0",
        "complaintFeedbackType": "abuse",
        "arrivalDate": LATER,
    }


def read(**changes: Any) -> Document:
    """The `open` object; a `click` has a link as well."""
    return {"timestamp": LATER, "ipAddress": "203.0.113.20", "userAgent": FIREFOX, **changes}


EXAMPLES: dict[str, Document] = {
    "send": {"eventType": "Send", "mail": mail(), "send": {}},
    "delivery": {
        "eventType": "Delivery",
        "mail": mail(),
        "delivery": {
            "timestamp": LATER,
            "processingTimeMillis": 7250,
            "recipients": [READER],
            "smtpResponse": "250 2.6.0 taken",
            "reportingMTA": "a1.smtp-out.example",
        },
    },
    "bounce": {"eventType": "Bounce", "mail": mail(), "bounce": bounced()},
    "bounce of a full mailbox": {
        "eventType": "Bounce",
        "mail": mail(),
        "bounce": bounced(kind="Transient", subtype="MailboxFull", status="4.2.2"),
    },
    "bounce for an unknown reason": {
        "eventType": "Bounce",
        "mail": mail(),
        "bounce": bounced(kind="Undetermined", subtype="Undetermined"),
    },
    "bounce of a suppressed address": {
        "eventType": "Bounce",
        "mail": mail(),
        "bounce": bounced(subtype="OnAccountSuppressionList"),
    },
    "complaint": {"eventType": "Complaint", "mail": mail(), "complaint": complained()},
    "reject": {"eventType": "Reject", "mail": mail(), "reject": {"reason": "Bad content"}},
    "rendering failure": {
        "eventType": "Rendering Failure",
        "mail": {name: value for name, value in mail().items() if name not in ("headers", "commonHeaders")},
        "failure": {"templateName": "campaign-1", "errorMessage": "Attribute 'name' is not present"},
    },
    "delivery delay": {
        "eventType": "DeliveryDelay",
        "mail": mail(),
        "deliveryDelay": {
            "timestamp": LATER,
            "delayType": "TransientCommunicationFailure",
            "expirationTime": "2026-11-25T00:00:00.000Z",
            "delayedRecipients": [{"emailAddress": READER, "status": "4.4.1", "diagnosticCode": "smtp; 421 not now"}],
        },
    },
    "open": {"eventType": "Open", "mail": mail(), "open": read()},
    "click": {
        "eventType": "Click",
        "mail": mail(),
        "click": read(link="https://example.com/seeds", linkTags={"kind": ["shop"]}),
    },
    "subscription": {
        "eventType": "Subscription",
        "mail": mail(),
        "subscription": {
            "contactList": "friends",
            "timestamp": LATER,
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": []},
            "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []},
        },
    },
}
"""One of each kind that a configuration set publishes, and the variants of a bounce."""

NOTIFICATIONS: dict[str, Document] = {
    name: {
        "notificationType": kind,
        "mail": {name: value for name, value in mail().items() if name != "tags"},
        kind.lower(): EXAMPLES[name][kind.lower()],
    }
    for name, kind in (("bounce", "Bounce"), ("complaint", "Complaint"), ("delivery", "Delivery"))
}
"""Feedback that is set up on an identity: another name for the kind, and no tags."""


def example(name: str, place: tuple[int, int] | None = (1, 0), **mail_changes: Any) -> Document:
    """A copy of an example, about another recipient of the campaign."""
    document = copy.deepcopy(EXAMPLES[name])
    document["mail"]["tags"] = mail(place=place)["tags"]
    document["mail"] |= mail_changes
    return document
