"""Pictures for letters: announced, uploaded, prepared, shown, and deleted once nothing shows them."""

import base64
import hashlib
import io
import json
from typing import Any

import boto3
import pytest
from PIL import Image

from components import pictures as component
from contract import Folder
from email_list.aws import picture_table
from email_list.aws.clients import _STORAGE, client
from email_list.pictures.pictures import MAX_SIZE

from .conftest import REGION, Stack

BUCKET = "list-pictures"


def picture(colour: str = "red", size: tuple[int, int] = (1500, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


PICTURE = picture()
ID = hashlib.sha256(PICTURE).hexdigest()
ASKED = {"type": "image/png", "size": len(PICTURE), "sha256": ID}


def call(stack: Stack, method: str, path: str = "", body: Any = None) -> Any:
    return stack.http("pictures", method, f"/pictures{path}", json_body=body)


def announce(stack: Stack, **changes: Any) -> Any:
    answer = call(stack, "POST", "", {**ASKED, **changes})
    assert answer.status == 201
    return answer.json


def upload(stack: Stack, content: bytes = PICTURE, id_: str = ID) -> None:
    """As S3 does with a form, and what it starts."""
    key = f"uploads/{id_}"
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    stack.run("prepare_picture", {"Records": [{"s3": {"object": {"key": key}}}]})


def keys() -> set[str]:
    return {entry["Key"] for entry in client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_a_picture_is_announced_uploaded_and_shown(stack: Stack) -> None:
    announced = announce(stack)
    assert announced["id"] == ID
    assert announced["url"] == f"https://pictures.example/{ID}.png"
    assert call(stack, "GET", f"/{ID}").json["status"] == "waiting"
    upload(stack)
    shown = call(stack, "GET", f"/{ID}").json
    assert (shown["status"], shown["reason"]) == ("ready", None)
    assert (shown["width"], shown["height"], shown["url"]) == (1200, 240, announced["url"])
    stored = client("s3").get_object(Bucket=BUCKET, Key=f"pictures/{ID}.png")
    assert Image.open(stored["Body"]).size == (1200, 240)
    assert stored["ContentType"] == "image/png"
    assert "immutable" in stored["CacheControl"]
    assert keys() == {f"pictures/{ID}.png"}, "what the camera noted is gone with the upload"


def test_the_form_uploads_exactly_what_was_announced(stack: Stack) -> None:
    form = announce(stack)["upload"]
    assert form["url"] == f"https://{BUCKET}.s3.{REGION}.amazonaws.com/"
    signed = [*_policy(form["fields"]["policy"])["conditions"]]
    assert ["content-length-range", len(PICTURE), len(PICTURE)] in signed
    assert {"Content-Type": "image/png"} in signed
    assert {"key": f"uploads/{ID}"} in signed


def _policy(encoded: str) -> Any:
    return json.loads(base64.b64decode(encoded))


def test_the_console_knows_in_every_region_where_a_form_goes() -> None:
    """What the program says (`bucket_regional_domain_name`) is what the SDK signs, in us-east-1 as well."""
    for region in (REGION, "us-east-1"):
        storage = boto3.client("s3", region_name=region, config=_STORAGE)
        assert storage.generate_presigned_post("b-1", "k")["url"] == f"https://b-1.s3.{region}.amazonaws.com/"


def test_program_and_functions_agree_on_where_pictures_lie_and_how_long_uploads_do() -> None:
    assert (Folder.UPLOADS, Folder.PICTURES) == ("uploads/", "pictures/")
    assert picture_table.UNFINISHED_KEPT.days == component.UPLOADS_KEPT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("type", wrong) for wrong in ("image/svg+xml", "image/webp", "", None, ["image/png"])),
        *(("size", wrong) for wrong in (0, -1, MAX_SIZE + 1, "9", 1.5, True, None)),
        *(("sha256", wrong) for wrong in ("", "0" * 63, "G" * 64, "A" * 64, 7, None)),
    ],
)
def test_what_cannot_become_a_picture_is_refused_before_it_is_uploaded(stack: Stack, field: str, value: Any) -> None:
    answer = call(stack, "POST", "", {**ASKED, field: value})
    assert answer.status == 422
    assert answer.json["error"]["details"]["field"] == field


def test_other_bytes_fail_and_the_right_ones_can_follow(stack: Stack) -> None:
    announce(stack)
    upload(stack, picture("blue"))
    failed = call(stack, "GET", f"/{ID}").json
    assert (failed["status"], failed["reason"]["code"]) == ("failed", "other_bytes")
    assert keys() == set()
    announce(stack)
    upload(stack)
    assert call(stack, "GET", f"/{ID}").json["status"] == "ready"


def test_what_is_ready_stays_ready_whatever_is_uploaded_after_it(stack: Stack) -> None:
    announce(stack)
    upload(stack)
    again = announce(stack, type="image/gif", size=9)
    assert again["url"].endswith(".png")
    upload(stack, b"something else")
    shown = call(stack, "GET", f"/{ID}").json
    assert (shown["status"], shown["type"], shown["size"]) == ("ready", "image/png", len(PICTURE))
    assert keys() == {f"pictures/{ID}.png"}


def test_a_notice_that_comes_twice_or_for_nothing_changes_nothing(stack: Stack) -> None:
    announce(stack)
    upload(stack)
    stack.run("prepare_picture", {"Records": [{"s3": {"object": {"key": f"uploads/{ID}"}}}]})
    assert call(stack, "GET", f"/{ID}").json["status"] == "ready"
    upload(stack, b"unannounced", "0" * 64)
    assert keys() == {f"pictures/{ID}.png"}


def test_an_upload_that_never_comes_is_forgotten_after_a_day(stack: Stack) -> None:
    announce(stack)
    row = {"pk": "PICTURE", "sk": ID}
    assert "expires_at" in stack.records.get_item(Key=row)["Item"]
    upload(stack)
    assert "expires_at" not in stack.records.get_item(Key=row)["Item"]


def test_a_picture_that_nothing_shows_is_deleted(stack: Stack) -> None:
    announce(stack)
    upload(stack)
    assert call(stack, "DELETE", f"/{ID}").status == 204
    assert keys() == set()
    assert call(stack, "GET", f"/{ID}").status == call(stack, "DELETE", f"/{ID}").status == 404


@pytest.mark.parametrize("id_", ["x", "A" * 64, "0" * 64])
def test_there_is_no_picture_under_another_id(stack: Stack, id_: str) -> None:
    assert call(stack, "GET", f"/{id_}").status == 404


def write(stack: Stack, kind: str, url: str) -> str:
    """Show a picture in something; its id."""
    letter = {"subject": "Hi", "body": f"![A fair]({url})"}
    match kind:
        case "draft":
            return stack.http("drafts", "POST", "/drafts", json_body={"letter": letter}).json["id"]
        case "template":
            body = {"subject": "Hi", "html": f'<img alt="" src="{url}">'}
            assert stack.http("templates", "PUT", "/templates/ours", json_body=body).status == 201
            return "ours"
    stack.records.put_item(Item={"pk": "CAMPAIGNS", "sk": "01KB", "edition": "e1"})
    stack.records.put_item(Item={"pk": "CAMPAIGN#01KB", "sk": "LETTER#e1", "source": json.dumps(letter)})
    return "01KB"


@pytest.mark.parametrize("kind", ["draft", "template", "campaign"])
def test_what_shows_a_picture_keeps_it(stack: Stack, kind: str) -> None:
    url = announce(stack)["url"]
    upload(stack)
    where = write(stack, kind, url)
    refused = call(stack, "DELETE", f"/{ID}")
    assert (refused.status, refused.json["error"]["code"]) == (409, "picture_in_use")
    assert refused.json["error"]["details"] == {"kind": kind, "id": where}
    assert keys() == {f"pictures/{ID}.png"}
