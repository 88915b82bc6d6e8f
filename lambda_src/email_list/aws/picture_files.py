"""The bucket of pictures: uploads, which nobody can read, and what readers get (`components.pictures`)."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from contract import Folder
from email_list.pictures.pictures import Picture

FORM_SECONDS = 3600
FOR_EVER = "public, max-age=31536000, immutable"


class PictureFiles:
    """The `PictureFiles` and `UploadedFiles` of production. `client` is a boto3 S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload(self, picture: Picture) -> Mapping[str, Any]:
        """`url` and `fields` of a form that uploads exactly this picture, for an hour: S3 compares key, type and size
        with what is signed (S3 API reference, "POST policy")."""
        fields = {"Content-Type": picture.type}
        return self._client.generate_presigned_post(
            self._bucket,
            Folder.UPLOADS + picture.id,
            Fields=fields,
            Conditions=[fields, ["content-length-range", picture.size, picture.size]],
            ExpiresIn=FORM_SECONDS,
        )

    def uploaded(self, picture_id: str) -> bytes | None:
        """What was uploaded; None if it is gone."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=Folder.UPLOADS + picture_id)["Body"].read()
        except ClientError as error:
            # Without permission to list, S3 does not tell what is missing from what is forbidden.
            if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
                return None
            raise

    def show(self, name: str, content: bytes, kind: str) -> None:
        """Have readers get these bytes under the picture's name."""
        self._client.put_object(
            Bucket=self._bucket, Key=Folder.PICTURES + name, Body=content, ContentType=kind, CacheControl=FOR_EVER
        )

    def remove(self, name: str) -> None:
        """Show a picture no more. Browsers and CloudFront may keep it for a while."""
        self._client.delete_object(Bucket=self._bucket, Key=Folder.PICTURES + name)

    def forget_upload(self, picture_id: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=Folder.UPLOADS + picture_id)
