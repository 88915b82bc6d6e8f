"""Pictures as a script uploads them and as readers get them, with the bucket's own policy in force."""

import hashlib
import io
from typing import Any

import requests
from PIL import Image

from local.stack import LocalStack
from tests.local.visitor import until


def call(stack: LocalStack, method: str, path: str, body: Any = None) -> requests.Response:
    sent = {"authorization": f"Bearer {stack.outputs['admin_token']}"}
    return requests.request(method, stack.outputs["api_endpoint"] + path, json=body, headers=sent, timeout=30)


def photograph(colour: str) -> bytes:
    """As a phone takes it: larger than a letter, and with the place where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (2400, 1200), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def announce(stack: LocalStack, content: bytes, **changes: Any) -> Any:
    asked = {"type": "image/jpeg", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **changes}
    answer = call(stack, "POST", "/pictures", asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(form: Any, content: bytes) -> requests.Response:
    """As S3's documentation says: the fields, and then the file."""
    return requests.post(form["url"], data=form["fields"], files={"file": ("x.jpg", content)}, timeout=30)


def settled(stack: LocalStack, picture_id: str) -> Any:
    def look() -> Any:
        shown = call(stack, "GET", f"/pictures/{picture_id}").json()
        return shown if shown["status"] != "waiting" else None

    return until(look, "the picture")


def test_a_picture_goes_up_by_a_form_and_comes_out_for_everybody(stack: LocalStack) -> None:
    content = photograph("teal")
    announced = announce(stack, content)
    assert requests.get(announced["url"], timeout=30).status_code in (403, 404)
    sent = send(announced["upload"], content)
    assert sent.status_code == 204, sent.text
    shown = settled(stack, announced["id"])
    assert (shown["status"], shown["url"]) == ("ready", announced["url"]), shown
    got = requests.get(announced["url"], timeout=30)
    assert got.status_code == 200
    assert got.headers["content-type"] == "image/jpeg"
    assert "immutable" in got.headers["cache-control"]
    assert Image.open(io.BytesIO(got.content)).size == (1200, 600)
    assert b"Exif" not in got.content

    draft = call(stack, "POST", "/drafts", {"letter": {"subject": "Hi", "body": f"![A lake]({announced['url']})"}})
    path = f"/pictures/{announced['id']}"
    refused = call(stack, "DELETE", path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "picture_in_use")
    assert call(stack, "DELETE", f"/drafts/{draft.json()['id']}").status_code == 204
    assert call(stack, "DELETE", path).status_code == 204
    assert call(stack, "GET", path).status_code == 404
    assert requests.get(announced["url"], timeout=30).status_code in (403, 404)


def test_the_form_takes_no_other_size_type_or_place(stack: LocalStack) -> None:
    content = photograph("olive")
    form = announce(stack, content)["upload"]
    assert send(form, content + b"!").status_code == 400
    for field, other in (("Content-Type", "text/html"), ("key", "pictures/x.html")):
        assert send({**form, "fields": {**form["fields"], field: other}}, content).status_code == 403


def test_an_upload_is_nobodys_to_read(stack: LocalStack) -> None:
    content = photograph("navy")
    announced = announce(stack, content, sha256="0" * 64)
    base = announced["url"].rpartition("/")[0]
    for path in (f"/uploads/{announced['id']}", f"/../uploads/{announced['id']}", f"/%2e%2e/uploads/{announced['id']}"):
        assert requests.get(base + path, timeout=30).status_code in (400, 403, 404)
    assert send(announced["upload"], content).status_code == 204
    failed = settled(stack, announced["id"])
    assert (failed["status"], failed["reason"]["code"]) == ("failed", "other_bytes")
    assert requests.get(announced["url"], timeout=30).status_code in (403, 404)


def test_what_is_no_picture_fails_in_words(stack: LocalStack) -> None:
    content = b"<script>alert(1)</script>"
    announced = announce(stack, content)
    assert send(announced["upload"], content).status_code == 204
    failed = settled(stack, announced["id"])
    assert (failed["status"], failed["reason"]["code"]) == ("failed", "damaged")
    assert "JPEG, PNG or GIF" in failed["reason"]["message"]
