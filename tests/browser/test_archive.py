"""The archive as people see it: on phones and desktops, light and dark, without a script."""

from playwright.sync_api import Page, expect

from local.stack import LocalStack
from tests.local.campaigners import Campaigner

from .conftest import Judge, Shoot

LETTER = {
    "subject": "What to do in the garden in November",
    "preheader": "Leaves, bulbs and a warm drink",
    "body": """[View in browser]({{web_url}})

Dear {{name}},

the last leaves are falling. Here is what can be done **before the frost**:

- Rake the lawn, and leave a heap for the [hedgehogs](https://www.example.org/hedgehogs).
- Plant tulips.

## Sowing calendar

| plant | sow until |
|---|---|
| broad beans | the 15th |
| garlic | the 30th |

> A garden is never finished.

[See you at the plant swap](https://www.example.org/swap){.button}
""",
}
OWN_PAGE = """<!doctype html><html><head><style>h1 { color: #7a1f1f } .wide { background: #fff3d6 }</style></head>
<body style="margin:0;background:#ffffff;font-family:Georgia"><div class="wide" style="padding:24px">
<h1>The winter programme</h1><p>Lectures, soup, seeds.</p><a href="{{unsubscribe_url}}">Leave</a>{{> footer}}</div>
</body></html>"""


def test_people_find_an_issue_read_it_and_sign_up(page: Page, stack: LocalStack, shoot: Shoot) -> None:
    campaigner, archive = Campaigner(stack), stack.outputs["archive_url"]
    # At another address than below: a browser keeps each for a minute.
    page.goto(f"{archive}?utm_source=test")
    shoot(page, "empty list")
    for letter in ({"subject": "Winter", "body": "", "html": OWN_PAGE}, LETTER):
        campaigner.wait(campaigner.create("garden", **letter, public=True))
    page.goto(archive)
    shoot(page, "list")
    page.get_by_role("link", name="Winter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The winter programme")
    expect(page.get_by_role("link", name="Leave")).to_have_count(0)
    shoot(page, "own page")
    page.get_by_role("link", name="All issues of Garden Letters").first.click()
    page.get_by_role("link", name=LETTER["subject"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LETTER["subject"])
    expect(page.get_by_text("View in browser")).to_have_count(0)
    shoot(page, "issue")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Subscribe")).to_have_count(0)
    page.emulate_media(media="screen")
    page.get_by_label("Email address").fill("reader-of-the-archive@example.com")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def test_axe_finds_no_problem_and_nothing_is_wider_than_a_phone(judge: Judge, stack: LocalStack) -> None:
    campaigner = Campaigner(stack)
    campaign = campaigner.create("garden", **LETTER, public=True)
    campaigner.wait(campaign)
    own = campaigner.create("garden", subject="Winter", body="", html=OWN_PAGE, public=True)
    judge(stack.outputs["archive_url"])
    judge(campaigner.show(campaign)["web_url"])
    judge(campaigner.show(own)["web_url"])
    judge(stack.outputs["archive_url"] + "/x")
