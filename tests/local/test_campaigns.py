"""Campaigns on the local stack, from the API to the mailbox."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from email_list.clock import iso, utc_now
from local.stack import LocalStack
from tests.local.campaigners import Campaigner, assert_nobody_was_mailed_after_leaving
from tests.local.visitor import until


@pytest.fixture
def campaigner(stack: LocalStack) -> Campaigner:
    return Campaigner(stack)


def test_everybody_gets_one_email_and_each_group_of_recipients_is_readable(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("plain", 120)
    campaign = campaigner.create("plain", subject="Hello {{name}}", body="Dear **{{name}}**, hello.")
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("plain", emails, campaign)
    assert [person["email"] for person in campaigner.recipients(campaign, "sent")] == emails
    assert list(campaigner.recipients(campaign, "failed")) == []
    listed = campaigner.call("GET", params={"limit": "1"}).json()
    assert listed["campaigns"][0]["id"] == campaign


def test_a_retry_with_the_same_key_is_the_same_campaign(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("retry", 3)
    request = {"subject": "Once", "body": "Hello.", "audience": {"attributes": {"crowd": "retry"}}}
    headers = {"Idempotency-Key": "a-key-of-this-test"}
    answers = [campaigner.call("POST", json=request, headers=headers).json() for _ in range(3)]
    assert len({answer["id"] for answer in answers}) == 1
    campaigner.wait(answers[0]["id"])
    campaigner.assert_exactly_one_mail_each("retry", emails, answers[0]["id"])
    other = campaigner.call("POST", json={**request, "subject": "Twice"}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_newsletter_sent_by_invocation_reports_its_counts(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("operator", 12)
    audience = {"attributes": {"crowd": "operator"}}
    answer = campaigner.send_newsletter({"subject": "Hi", "message": "Hello {there}.", "audience": audience})
    assert answer["statusCode"] == 200
    assert set(campaigner.received("operator")) == set(emails)
    assert '"sent_count": 12' in answer["body"]
    assert '"failed_count": 0' in answer["body"]
    assert '"total_subscribers": 12' in answer["body"]


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("pause", 120)
    with campaigner.ses(rate_per_second=30):
        campaign = campaigner.create("pause")
        campaigner.wait(campaign, wanted=lambda shown: shown["counts"]["sent"] > 0)
        assert campaigner.steer(campaign, "pause").json()["status"] == "paused"
        time.sleep(1.5)
        sent = len(campaigner.received("pause"))
        assert sent < len(emails)
        time.sleep(1.5)
        assert len(campaigner.received("pause")) == sent
        assert campaigner.steer(campaign, "pause").status_code == 409
    assert campaigner.steer(campaign, "resume").status_code == 200
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("pause", emails, campaign)


def test_a_cancelled_campaign_says_who_got_it(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("cancel", 120)
    with campaigner.ses(rate_per_second=30):
        campaign = campaigner.create("cancel")
        campaigner.wait(campaign, wanted=lambda shown: shown["counts"]["sent"] > 0)
        assert campaigner.steer(campaign, "cancel").json()["status"] == "cancelled"
        time.sleep(2)
        got_it = {person["email"] for person in campaigner.recipients(campaign, "sent")}
    assert 0 < len(got_it) < len(emails)
    assert set(campaigner.received("cancel")) == got_it
    assert campaigner.steer(campaign, "resume").status_code == 409
    pending = {person["email"] for person in campaigner.recipients(campaign, "pending")}
    assert pending == set(emails) - got_it


def test_nobody_is_mailed_after_they_have_left(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("leaving", 150)
    left: dict[str, datetime] = {}
    with campaigner.ses(rate_per_second=5):  # half a minute for all, which is plenty for some to leave meanwhile
        campaign = campaigner.create("leaving")
        campaigner.wait(campaign, wanted=lambda shown: shown["counts"]["sent"] > 0)
        for number, email in enumerate(reversed(emails[-15:])):
            left[email] = campaigner.leave(email, ("unsubscribe", "erase", "bounce")[number % 3])
    shown = campaigner.wait(campaign)
    assert_nobody_was_mailed_after_leaving(campaigner, "leaving", left)
    counts = shown["counts"]
    assert counts["skipped"] > 0
    assert counts["sent"] + counts["skipped"] == counts["planned"]
    assert {person["email"] for person in campaigner.recipients(campaign, "skipped")} <= {*left, "erased"}


def test_a_held_campaign_is_sent_when_it_is_resumed(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("held", 3)
    campaign = campaigner.create("held", hold=True)
    assert campaigner.show(campaign)["status"] == "paused"
    campaigner.steer(campaign, "resume")
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("held", emails, campaign)


def test_a_scheduled_campaign_starts_by_itself(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("timed", 3)
    moment = datetime.now(UTC) + timedelta(seconds=3)
    campaign = campaigner.create("timed", schedule_at=moment.isoformat())
    assert campaigner.show(campaign)["status"] == "scheduled"
    shown = campaigner.wait(campaign, seconds=30)
    assert shown["started_at"] >= moment.isoformat()[:19]
    campaigner.assert_exactly_one_mail_each("timed", emails, campaign)


def test_a_cancelled_schedule_does_not_fire(campaigner: Campaigner) -> None:
    campaigner.add_people("never", 3)
    campaign = campaigner.create("never", schedule_at=(datetime.now(UTC) + timedelta(days=3)).isoformat())
    scheduler = campaigner.stack.cloud.client("scheduler")
    assert campaign in {schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"]}
    assert campaigner.steer(campaign, "cancel").json()["status"] == "cancelled"
    assert campaign not in {schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"]}


FAULTS = {
    "lost": [{"fault": "drop_after", "times": 1}, {"fault": "drop_before", "times": 1}],
    "later": [
        {"fault": "throttle_entries", "times": 2, "recipients": "later-00001*"},
        {"fault": "fail_entries", "times": 2, "recipients": "later-00006*"},
        {"fault": "throttle_call", "times": 1},
    ],
}


@pytest.fixture(scope="module")
def disturbed(stack: LocalStack) -> dict[str, tuple[list[str], str]]:
    """People and campaign of each group that meets faults; at the same time, since they wait for the grace time."""
    campaigner = Campaigner(stack)
    faults = [{"recipients": f"{group}-*", **fault} for group, faults in FAULTS.items() for fault in faults]
    people = {group: campaigner.add_people(group, 120) for group in FAULTS}
    with campaigner.ses(faults=faults):
        campaigns = {group: campaigner.create(group) for group in FAULTS}
        for campaign in campaigns.values():
            campaigner.wait(campaign, seconds=90)
        assert [fault for fault in campaigner.behaviour()["faults"] if fault["fired"] < fault["times"]] == []
    return {group: (people[group], campaigns[group]) for group in FAULTS}


def test_emails_accepted_before_the_connection_was_lost_are_not_sent_again(
    campaigner: Campaigner, disturbed: dict[str, tuple[list[str], str]]
) -> None:
    campaigner.assert_exactly_one_mail_each("lost", *disturbed["lost"])


def test_throttled_and_failing_entries_are_sent_later(
    campaigner: Campaigner, disturbed: dict[str, tuple[list[str], str]]
) -> None:
    campaigner.assert_exactly_one_mail_each("later", *disturbed["later"])


def test_a_suspended_account_pauses_the_campaign_with_the_reason(campaigner: Campaigner) -> None:
    emails = campaigner.add_people("suspended", 60)
    with campaigner.ses(faults=[{"fault": "sending_paused", "times": 1, "recipients": "suspended-*"}]):
        campaign = campaigner.create("suspended")
        shown = campaigner.wait(campaign, wanted=lambda shown: shown["status"] == "paused")
        assert shown["reason"]["code"] == "sending_suspended"
    campaigner.steer(campaign, "resume")
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("suspended", emails, campaign)


def test_what_ses_could_not_render_has_failed_in_the_end(campaigner: Campaigner) -> None:
    campaigner.add_people("hole", 3)
    campaign = campaigner.create("hole", subject="Hello {{name}}", hold=True)
    table, client = campaigner.stack.outputs["campaigns_table"], campaigner.stack.cloud.client("dynamodb")
    client.update_item(  # the letter forgets which values its content wants
        TableName=table,
        Key={"pk": {"S": "CAMPAIGNS"}, "sk": {"S": campaign}},
        UpdateExpression="SET variables = :none",
        ExpressionAttributeValues={":none": {"M": {}}},
    )
    campaigner.steer(campaign, "resume")
    campaigner.wait(campaign)
    until(lambda: campaigner.show(campaign)["counts"]["failed"] == 3, "the failures")
    reasons = {person["reason"].partition(":")[0] for person in campaigner.recipients(campaign, "failed")}
    assert reasons == {"Rendering Failure"}


def test_a_campaign_keeps_its_ses_template_while_it_may_send_and_loses_it_after_its_end(
    campaigner: Campaigner,
) -> None:
    campaigner.add_people("over", 2)
    over, held = campaigner.create("over"), campaigner.create("over", hold=True)
    campaigner.wait(over)
    campaigner.sweep()
    assert {over, held} <= templates(campaigner)
    campaigner.stack.cloud.client("dynamodb").update_item(
        TableName=campaigner.stack.outputs["campaigns_table"],
        Key={"pk": {"S": "CAMPAIGNS"}, "sk": {"S": over}},
        UpdateExpression="SET finished_at = :then",
        ExpressionAttributeValues={":then": {"S": iso(utc_now() - timedelta(hours=1))}},
    )
    campaigner.sweep()
    assert over not in templates(campaigner)
    assert held in templates(campaigner)
    assert campaigner.show(over)["counts"]["sent"] == 2
    assert campaigner.steer(held, "cancel").status_code == 200


def templates(campaigner: Campaigner) -> set[str]:
    """The campaigns of which SES has a template."""
    ses, found, token = campaigner.stack.cloud.client("sesv2"), set(), {}
    while token is not None:
        page = ses.list_email_templates(PageSize=100, **token)
        found |= {template["TemplateName"].rpartition("campaign-")[2] for template in page["TemplatesMetadata"]}
        token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
    return found
