"""The worker of imports."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import storage_client
from email_list.aws.files import Files
from email_list.aws.import_table import ImportTable
from email_list.aws.job_table import JobTable
from email_list.people.flags import flag
from email_list.people.importing import Importer
from email_list.people.imports import Import
from handlers.wiring import secrets, settings, tables


@cache
def importer() -> Importer:
    files = Files(storage_client(), os.environ[Env.FILES_BUCKET])
    jobs, people = JobTable(tables.records(), Import), ImportTable(tables.people())
    return Importer(jobs, files, people, secrets.fingerprint, settings.topic_names(), flag)
