"""What happens once a picture is uploaded."""

import logging
from collections.abc import Callable
from typing import Protocol

from email_list.pictures.drawing import Drawing
from email_list.pictures.pictures import PictureError, PictureStore, failed, ready

logger = logging.getLogger(__name__)

Prepare = Callable[[bytes, str, str], Drawing]


class UploadedFiles(Protocol):
    """Where the bytes are (`email_list.aws.picture_files`)."""

    def uploaded(self, picture_id: str) -> bytes | None:
        """What was uploaded; None if it is gone."""
        ...

    def show(self, name: str, content: bytes, kind: str) -> None:
        """Have readers get these bytes under the picture's name."""
        ...

    def forget_upload(self, picture_id: str) -> None: ...


class Preparing:
    """Turns uploads into pictures. S3 may tell of an upload twice, which changes nothing."""

    def __init__(self, store: PictureStore, files: UploadedFiles, prepare: Prepare) -> None:
        self._store = store
        self._files = files
        self._prepare = prepare

    def uploaded(self, picture_id: str) -> None:
        """Show the picture that was uploaded, or note why that is impossible; either way the upload is forgotten, with
        all that the camera had noted in it."""
        picture, content = self._store.get(picture_id), self._files.uploaded(picture_id)
        if picture is not None and content is not None:
            try:
                drawing = self._prepare(content, picture.type, picture.id)
                self._files.show(picture.name, drawing.content, picture.type)
                picture = ready(picture, drawing.width, drawing.height)
            except PictureError as error:
                logger.info("a picture failed", extra={"picture": picture_id, "fault": error.fault})
                picture = failed(picture, error.fault)
            self._store.settle(picture)
        self._files.forget_upload(picture_id)
