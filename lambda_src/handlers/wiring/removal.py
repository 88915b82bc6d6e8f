"""What is left of a stack when it is destroyed."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import client
from email_list.aws.stack_templates import Charge, StackTemplates
from handlers.wiring import tables


@cache
def templates() -> StackTemplates:
    return StackTemplates(client("sesv2"), os.environ[Env.STACK])


def charge() -> Charge:
    return Charge(tables.records(), os.environ["AWS_LAMBDA_FUNCTION_NAME"])
