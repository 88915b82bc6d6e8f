"""Mail through Amazon SES (API version 2)."""

import json
from collections.abc import Sequence
from typing import Any

from email_list.letters import Content
from email_list.newsletter import Recipient
from email_list.settings import ListSettings


class SesMailer:
    """The `Mailer` of production. Template names are given without the stack's prefix."""

    def __init__(
        self, client: Any, sending_client: Any, settings: ListSettings, configuration_set: str, template_prefix: str
    ) -> None:
        self._client = client
        self._sending_client = sending_client
        self._settings = settings
        self._configuration_set = configuration_set
        self._template_prefix = template_prefix

    def rate(self) -> float:
        """Recipients a second that the account may send to."""
        return self._client.get_account()["SendQuota"]["MaxSendRate"]

    def create_template(self, name: str, content: Content) -> None:
        """Store a new template."""
        self._client.create_email_template(
            TemplateName=self._template_name(name),
            TemplateContent={"Subject": content.subject, "Html": content.html, "Text": content.text},
        )

    def delete_template(self, name: str) -> None:
        """Remove a template; one that is not there is no error."""
        self._client.delete_email_template(TemplateName=self._template_name(name))

    def send_bulk(self, template: str, recipients: Sequence[Recipient]) -> Sequence[str | None]:
        """Send one batch: per recipient None when SES accepted the mail, otherwise its error."""
        reply_to = {"ReplyToAddresses": [self._settings.reply_to]} if self._settings.reply_to else {}
        answer = self._sending_client.send_bulk_email(
            FromEmailAddress=self._settings.sender,
            ConfigurationSetName=self._configuration_set,
            DefaultContent={"Template": {"TemplateName": self._template_name(template), "TemplateData": "{}"}},
            BulkEmailEntries=[_entry(recipient) for recipient in recipients],
            **reply_to,
        )
        return [
            None if result["Status"] == "SUCCESS" else f"{result['Status']}: {result.get('Error', '')}"
            for result in answer["BulkEmailEntryResults"]
        ]

    def _template_name(self, name: str) -> str:
        return f"{self._template_prefix}-{name}"


def _entry(recipient: Recipient) -> dict[str, Any]:
    return {
        "Destination": {"ToAddresses": [recipient.email]},
        "ReplacementEmailContent": {
            "ReplacementTemplate": {"ReplacementTemplateData": json.dumps(recipient.values)}
        },
        "ReplacementHeaders": [{"Name": name, "Value": value} for name, value in recipient.headers.items()],
    }
