"""Where the web versions of letters are kept, if the list has an archive."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import storage_client
from email_list.aws.web_store import WebStore


@cache
def store() -> WebStore:
    return WebStore(storage_client(), os.environ[Env.ARCHIVE_BUCKET])
