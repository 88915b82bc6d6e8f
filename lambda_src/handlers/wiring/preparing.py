"""Preparing pictures, in the bundle that has the library for it."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import storage_client
from email_list.aws.picture_files import PictureFiles
from email_list.aws.picture_table import PictureTable
from email_list.pictures import drawing
from email_list.pictures.preparing import Preparing
from handlers.wiring import tables


@cache
def preparing() -> Preparing:
    files = PictureFiles(storage_client(), os.environ[Env.PICTURES_BUCKET])
    return Preparing(PictureTable(tables.records()), files, drawing.prepare)
