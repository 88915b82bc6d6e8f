"""The subscribers as campaigns see them; the functions that need nobody do without."""

import os
from functools import cache

from email_list.aws.active_people import ActivePeople
from email_list.aws.clients import dynamodb_table


@cache
def people() -> ActivePeople:
    return ActivePeople(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
