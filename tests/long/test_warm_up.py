"""A new domain warms up on a stack of its own: the day's room, the pause, and the next day."""

from datetime import timedelta
from typing import Any

import boto3

from email_list.clock import utc_now
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import LocalStack
from tests.local.visitor import Visitor, until

PEOPLE = 30


def test_a_campaign_sends_what_the_day_has_room_for_and_goes_on_tomorrow() -> None:
    with LocalStack(port=0, config={"warmUp": '{"start": 12, "factor": "1.5"}'}, enforce_iam=True) as stack:
        visitor = Visitor(stack)
        rows = "".join(f"reader{number}@warm.example.com\n" for number in range(PEOPLE))
        headers = {"content-type": "text/csv"}
        job = visitor.admin("POST", "/subscribers/import", data=f"email\n{rows}".encode(), headers=headers).json()
        until(lambda: visitor.admin("GET", f"/subscribers/import/{job['id']}").json()["status"] == "done", "the import")

        letter = {"subject": "News", "body": "Hello"}
        checked = visitor.admin("POST", "/campaigns/preflight", json=letter).json()
        assert "warm_up" in {finding["code"] for finding in checked["findings"]}
        campaign = visitor.admin("POST", "/campaigns", json=letter).json()["id"]

        def state() -> dict[str, Any]:
            return visitor.admin("GET", f"/campaigns/{campaign}").json()

        until(lambda: state()["counts"]["sent"] == 12, "the first day's emails")
        until(lambda: (state()["reason"] or {}).get("code") == "warm_up", "the pause until tomorrow")
        assert state()["counts"]["sent"] == 12
        tomorrow = (utc_now() + timedelta(days=1)).date().isoformat()
        assert state()["resume_at"].startswith(tomorrow)
        assert f"by {tomorrow}" in state()["reason"]["message"]
        warmth = visitor.admin("GET", "/deliverability").json()["warm_up"]
        assert (warmth["day"], warmth["room"], warmth["sent"], warmth["subscribers"]) == (1, 12, 12, PEOPLE)

        everything = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        tables = boto3.resource("dynamodb", endpoint_url=stack.cloud.url, region_name=stack.cloud.region, **everything)
        tables.Table(stack.outputs["campaigns_table"]).update_item(
            Key={"pk": "WARMUP", "sk": "DAY"},
            UpdateExpression="SET #day = :yesterday",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":yesterday": (utc_now() - timedelta(days=1)).date().isoformat()},
        )
        visitor.admin("POST", f"/campaigns/{campaign}/resume")
        until(lambda: state()["status"] == "sent", "the rest")
        assert state()["counts"]["sent"] == PEOPLE
        emails = [f"reader{number}@warm.example.com" for number in range(PEOPLE)]
        assert [len(visitor.mails(email)) for email in emails] == [1] * PEOPLE
