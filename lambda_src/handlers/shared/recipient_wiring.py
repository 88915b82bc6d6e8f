"""The subscribers as sending sees them; the functions that need nobody do without."""

import os
from functools import cache

from email_list.aws.clients import dynamodb_table
from email_list.aws.subscriber_table import SubscriberTable


@cache
def people() -> SubscriberTable:
    return SubscriberTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
