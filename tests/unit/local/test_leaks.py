"""The search for addresses and tokens in logs finds them."""

import pytest

from email_list.people.links import Links
from email_list.people.tokens import LinkKeys, LinkTokens
from tests.local.leaks import leaks

ADMIN_TOKEN = "k3" * 24
TOKEN = Links("https://x", LinkTokens(LinkKeys("1", {"1": "key"}))).preferences("ann@example.com", "").partition("=")[2]
SECRETS = {"ann@example.com", "o'neil+news@example.com", ADMIN_TOKEN}


@pytest.mark.parametrize(
    "line",
    [
        "subscribe  {'email': 'ann@example.com'}",
        "subscribers  GET /subscribers/o%27neil%2Bnews%40example.com",
        "import_subscribers  row 7: nobody-knows-me@example.net is new",
        f"authorizer  refused {ADMIN_TOKEN}",
        f"confirm  token={TOKEN}&language=de",
    ],
)
def test_a_line_that_holds_a_secret_is_found(line: str) -> None:
    harmless = (
        "send_batch  START RequestId: 2f4c8d9e-5b3a-4a59-9f3e-6a1b2c3d4e5f\nsend_batch  to (address) of user@host"
    )
    assert list(leaks(f"{harmless}\n{line}\n{harmless}", SECRETS)) == [line]
    assert list(leaks(harmless, SECRETS)) == []
