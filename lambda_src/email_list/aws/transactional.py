"""Single emails through Amazon SES, caused by a person's own action."""

from collections.abc import Mapping
from typing import Any

from email_list.mail.letters import AUTOMATIC, Content
from email_list.settings import ListSettings


class TransactionalMailer:
    """Sends finished emails, one person per call."""

    def __init__(self, client: Any, settings: ListSettings, configuration_set: str) -> None:
        self._client = client
        self._settings = settings
        self._configuration_set = configuration_set

    def send(self, email: str, letter: Content, purpose: str, headers: Mapping[str, str] = AUTOMATIC) -> None:
        """Send one email, tagged with its purpose. An SDK error means that it was probably not sent."""
        reply_to = {"ReplyToAddresses": [self._settings.reply_to]} if self._settings.reply_to else {}
        self._client.send_email(
            FromEmailAddress=self._settings.sender,
            Destination={"ToAddresses": [email]},
            ConfigurationSetName=self._configuration_set,
            EmailTags=[{"Name": "purpose", "Value": purpose}],
            Content={
                "Simple": {
                    "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Html": {"Data": letter.html, "Charset": "UTF-8"},
                        "Text": {"Data": letter.text, "Charset": "UTF-8"},
                    },
                    "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
                }
            },
            **reply_to,
        )
