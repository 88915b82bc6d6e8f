"""The tables."""

import os
from typing import Any

from contract import Env
from email_list.aws.clients import dynamodb_table


def people() -> Any:
    return dynamodb_table(os.environ[Env.SUBSCRIBERS_TABLE])


def places() -> Any:
    return dynamodb_table(os.environ[Env.PLACES_TABLE])


def records() -> Any:
    return dynamodb_table(os.environ[Env.RECORDS_TABLE])
