"""What functions log names nobody: the addresses and tokens that a running stack has seen, looked for in its logs."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from local.ses.mailbox import Mail, SimpleContent
from local.stack import LocalStack

_TOKEN = re.compile(r"[\w-]+\.[\w-]{8,}\.[\w-]{43}(?![\w-])")
"""The token of a link (`email_list.people.tokens`)."""

_SHAPE = re.compile(rf"\S(?:@|%40)[\w-]+\.\w|{_TOKEN.pattern}")
"""An address or a token that nobody knows of yet."""

_SUSPICIOUS = re.compile(r"@|%40|[\w-]{40,}")
"""What a line has that holds any of them."""


def assert_logs_are_private(stack: LocalStack) -> None:
    """AssertionError shows the lines in which a function logged an address or a token."""
    found = list(leaks(stack.function_logs(), secrets_of(stack)))
    assert not found, f"{len(found)} lines of the functions' logs hold addresses or tokens:\n" + "\n".join(found[:20])


def secrets_of(stack: LocalStack) -> set[str]:
    """Every address that was emailed or is on the list, every token of an email's link, and the administrators'."""
    mails = stack.ses.mailbox.mails()
    mailed = {address for mail in mails for address in mail.recipients}
    pages = (
        stack.cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=stack.outputs["subscribers_table"], ProjectionExpression="email")
    )
    listed = {item["email"]["S"] for page in pages for item in page["Items"]}
    tokens = {token for mail in mails for token in _TOKEN.findall(_without_rendering(mail))}
    administrators = {
        stack.outputs[name] for name in ("admin_token", "write_token", "read_only_token") if stack.outputs.get(name)
    }
    return mailed | listed | tokens | administrators


def _without_rendering(mail: Mail) -> str:
    """Where an email's links are to be had cheaply: newsletters have the token of their links in a header as well."""
    text = mail.content.text or "" if isinstance(mail.content, SimpleContent) else ""
    return text + " ".join(value for _, value in mail.headers)


def leaks(logs: str, secrets: Iterable[str]) -> Iterator[str]:
    """The lines that hold a secret, as it is or as a URL has it, or anything that looks like one."""
    lines = [line for line in logs.splitlines() if _SUSPICIOUS.search(line)]
    together = "\n".join(lines)
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""))}
    told = [form for form in forms if form in together]
    return (line for line in lines if _SHAPE.search(line) or any(form in line for form in told))
