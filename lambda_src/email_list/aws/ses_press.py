"""The content of newsletters as templates of Amazon SES. Their names are given without the stack's prefix."""

import email
import email.policy
import json
from typing import Any

from email_list.aws.ses import envelope, message, pairs
from email_list.campaigns.letters import Letter
from email_list.errors import InvalidError
from email_list.mail.letters import Content
from email_list.settings import ListSettings, template_name


class SesPress:
    """The `campaign_desk.Press` of production: keeps and renders the content of campaigns."""

    def __init__(self, client: Any, settings: ListSettings, configuration_set: str, template_prefix: str) -> None:
        self._client = client
        self._envelope = envelope(settings, configuration_set)
        self._template_prefix = template_prefix

    def store(self, template: str, content: Content) -> None:
        """Keep content as a template; nothing happens where it is there already."""
        try:
            self._client.create_email_template(
                TemplateName=self._name(template),
                TemplateContent={"Subject": content.subject, "Html": content.html, "Text": content.text},
            )
        except self._client.exceptions.AlreadyExistsException:
            return
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES does not take this content: {message(error)}") from error

    def discard(self, template: str) -> None:
        """Remove a template; nothing happens where there is none."""
        try:
            self._client.delete_email_template(TemplateName=self._name(template))
        except self._client.exceptions.NotFoundException:
            return

    def check(self, template: str, letter: Letter) -> None:
        """Render a template with a sample's values. InvalidError says why it cannot be rendered."""
        self._render(template, letter)

    def send_test(self, template: str, letter: Letter) -> None:
        """Render a template for one address and mail it, its subject marked as a test.

        SES renders it and we send what it rendered, since a stored template's subject cannot be changed on sending.
        """
        mail = email.message_from_string(self._render(template, letter), policy=email.policy.default)
        body = {}
        for kind, subtype in (("Html", "html"), ("Text", "plain")):
            part = mail.get_body((subtype,))
            if part is not None:
                body[kind] = {"Data": part.get_content(), "Charset": "UTF-8"}
        subject = f"[Test] {mail['subject'] or ''}".strip()
        self._client.send_email(
            Destination={"ToAddresses": [letter.email]},
            Content={
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": body,
                    "Headers": pairs(letter.headers),
                }
            },
            EmailTags=pairs({"purpose": "test"}),
            **self._envelope,
        )

    def _render(self, template: str, letter: Letter) -> str:
        try:
            answer = self._client.test_render_email_template(
                TemplateName=self._name(template), TemplateData=json.dumps(letter.values)
            )
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES cannot render this content: {message(error)}") from error
        return answer["RenderedTemplate"]

    def _name(self, template: str) -> str:
        return template_name(self._template_prefix, template)
