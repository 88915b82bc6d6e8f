"""Pictures, as editors deal with them."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import storage_client
from email_list.aws.picture_files import PictureFiles
from email_list.aws.picture_table import PictureTable
from email_list.aws.picture_uses import PictureUses
from email_list.pictures.pictures import Pictures
from handlers.wiring import tables


@cache
def pictures() -> Pictures:
    records, files = tables.records(), PictureFiles(storage_client(), os.environ[Env.PICTURES_BUCKET])
    return Pictures(PictureTable(records), files, PictureUses(records), os.environ[Env.PICTURES_URL])
