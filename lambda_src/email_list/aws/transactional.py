"""Single emails through Amazon SES, caused by a person's own action."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from email_list.account import NotNowError
from email_list.aws.ses import OVER_QUOTA, SUSPENDED, THROTTLED, envelope, message, pairs, tags
from email_list.mail.letters import AUTOMATIC, Content
from email_list.settings import ListSettings


class TransactionalMailer:
    """Sends finished emails, one person per call."""

    def __init__(self, client: Any, settings: ListSettings, configuration_set: str) -> None:
        self._client = client
        self._envelope = envelope(settings, configuration_set)

    def send(self, email: str, letter: Content, purpose: str, headers: Mapping[str, str] = AUTOMATIC) -> None:
        """Send one email, tagged with its purpose. NotNowError if SES takes none at present; any other SDK error means
        that it was probably not sent."""
        try:
            self._client.send_email(
                Destination={"ToAddresses": [email]},
                EmailTags=tags({"purpose": purpose}, feedback_id=purpose),
                Content={
                    "Simple": {
                        "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Html": {"Data": letter.html, "Charset": "UTF-8"},
                            "Text": {"Data": letter.text, "Charset": "UTF-8"},
                        },
                        "Headers": pairs(headers),
                    }
                },
                **self._envelope,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in THROTTLED | OVER_QUOTA | SUSPENDED:
                raise NotNowError(message(error)) from error
            raise
