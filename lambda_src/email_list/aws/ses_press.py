"""The content of newsletters as templates of Amazon SES. Their names are given without the stack's prefix."""

import json
from typing import Any

from contract import template_name
from email_list.aws.ses import message
from email_list.campaigns.letters import Letter
from email_list.errors import InvalidError
from email_list.mail.letters import Content


class SesPress:
    """The `campaign_desk.Press` of production: keeps and renders the content of campaigns."""

    def __init__(self, client: Any, stack: str) -> None:
        self._client = client
        self._stack = stack

    def store(self, template: str, content: Content) -> None:
        """Keep content as a template; nothing happens if it exists already."""
        try:
            self._client.create_email_template(
                TemplateName=self._name(template),
                TemplateContent={"Subject": content.subject, "Html": content.html, "Text": content.text},
            )
        except self._client.exceptions.AlreadyExistsException:
            return
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES does not accept this content: {message(error)}") from error

    def discard(self, template: str) -> None:
        """Remove a template; nothing happens if there is none."""
        try:
            self._client.delete_email_template(TemplateName=self._name(template))
        except self._client.exceptions.NotFoundException:
            return

    def check(self, template: str, letter: Letter) -> None:
        """Render a template with sample values. InvalidError says why it cannot be rendered."""
        try:
            self._client.test_render_email_template(
                TemplateName=self._name(template), TemplateData=json.dumps(letter.values)
            )
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES cannot render this content: {message(error)}") from error

    def _name(self, template: str) -> str:
        return template_name(self._stack, template)
