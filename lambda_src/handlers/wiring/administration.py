"""The administrators' tools for people."""

import os
from functools import cache

from contract import Env
from email_list.aws.account_suppression import AccountSuppression
from email_list.aws.background import BackgroundFunction
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.clients import client, storage_client
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.aws.segment_table import SegmentTable
from email_list.people.administration import Administration
from email_list.people.exports import Export, Exports
from email_list.people.imports import Import, Imports
from email_list.people.segments import Segments
from handlers.wiring import erasures, secrets, settings, tables


@cache
def administration() -> Administration:
    lift = AccountSuppression(client("sesv2")).lift
    cleaning = CleaningTable(tables.people())
    return Administration(cleaning, secrets.fingerprint, erasures.erasure(), lift, settings.topic_names())


@cache
def imports() -> Imports:
    return Imports(JobTable(tables.records(), Import), _files())


@cache
def exports() -> Exports:
    worker = BackgroundFunction(client("lambda"), os.environ[Env.EXPORT_FUNCTION])
    segments = Segments(SegmentTable(tables.records()))
    return Exports(JobTable(tables.records(), Export), _files(), worker, segments.filter)


@cache
def _files() -> Files:
    return Files(storage_client(), os.environ[Env.FILES_BUCKET])
