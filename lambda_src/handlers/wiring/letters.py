"""Letters as authors write them: templates, and what becomes of them."""

from functools import cache

from email_list.aws.template_store import TemplateTable
from email_list.mail.templates import finder
from email_list.mail.writing import FindTemplate
from handlers.wiring import tables


@cache
def templates() -> TemplateTable:
    return TemplateTable(tables.records())


@cache
def find_template() -> FindTemplate:
    return finder(templates())
