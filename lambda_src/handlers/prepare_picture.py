"""Started by S3 for each upload: make a picture of it that emails can show."""

from typing import Any
from urllib.parse import unquote_plus

from email_list.private_logs import keep_private
from handlers.wiring import preparing


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take S3's notice, whose keys are encoded as in a form. After an error Lambda tries twice more."""
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        preparing.preparing().uploaded(key.rpartition("/")[2])
