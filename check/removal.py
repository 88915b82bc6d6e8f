"""Removing what a check created. It is found by the label of its run, so it does not matter where the check stopped."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from check import CheckFailedError
from check.stack import unexpected, until
from check.steps import FINAL, SCENARIOS, SIMULATOR, Walk, is_overdue, person_path, subject
from contract import LEDGER_PARTITIONS, template_name

ARRIVAL_SECONDS = 30
"""How long something may take to appear if its response was not waited for."""

PAUSE_SECONDS = 0.5
AT_ONCE = 25
"""Items of one BatchWriteItem call (DynamoDB API reference)."""


def leftovers_are_removed(walk: Walk) -> str:
    """Leftovers of earlier checks are removed."""
    people = [email for email in _labelled(walk) if is_overdue(email.partition("+")[2])]
    campaigns = [found for found in walk.campaigns() if is_overdue(found["subject"].removeprefix(subject("")))]
    _remove(walk, people, campaigns)
    return f"{len(people)} people, {len(campaigns)} campaigns" if people or campaigns else "there were none"


def everything_is_removed(walk: Walk) -> str:
    """Everything this check made is removed."""
    if walk.awaited is not None:
        until(walk.awaited, ARRIVAL_SECONDS)
    people = [*walk.people.values(), walk.visitor]
    erased = _remove(walk, people, walk.own_campaigns())
    left = [email for email in people if walk.person(email)]
    left += [f"campaign {found['id']}" for found in walk.own_campaigns()]
    if left:
        raise CheckFailedError(
            f"{', '.join(left)} could not be removed.",
            "Run the check again in an hour: it begins by removing what earlier runs left behind.",
            logged=True,
        )
    return f"{erased} people; erasure leaves a keyed hash of each in {walk.stack.outputs['subscribers_table']}"


def _labelled(walk: Walk) -> Iterator[str]:
    """The addresses of checks on the list."""
    for scenario in SCENARIOS:
        page = walk.stack.admin("GET", "/subscribers", params={"search": f"{scenario}+check-", "limit": 500})
        yield from (person["email"] for person in page["subscribers"] if person["email"].endswith(f"@{SIMULATOR}"))


def _remove(walk: Walk, people: Sequence[str], campaigns: Sequence[dict[str, Any]]) -> int:
    """Stop these campaigns, erase these people, delete the campaigns; returns how many people there were."""
    for campaign in campaigns:
        if campaign["status"] not in FINAL:
            _cancel(walk, campaign["id"])
    erased = sum(_erase(walk, email) for email in people)
    for campaign in campaigns:
        _delete(walk, campaign["id"])
    return erased


def _cancel(walk: Walk, campaign_id: str) -> None:
    """Cancel a campaign. It may have ended in the meantime, which is what 409 says."""
    path = f"/campaigns/{campaign_id}/cancel"
    answer = walk.stack.request("POST", path, token=walk.stack.outputs["admin_token"])
    if answer.status_code not in (200, 409):
        raise unexpected("POST /campaigns/{id}/cancel", answer.status_code, answer.text)


def _erase(walk: Walk, email: str) -> bool:
    """Erase a person; False if there was nobody."""
    answer = walk.stack.request("DELETE", person_path(email), token=walk.stack.outputs["admin_token"])
    if answer.status_code not in (200, 404):
        raise unexpected("DELETE /subscribers/{email}", answer.status_code, answer.text)
    return answer.status_code == 200


def _delete(walk: Walk, campaign_id: str) -> None:
    """Delete the rows of a finished campaign, and its SES template.

    The API itself keeps every campaign, as a record of what was sent. The modules of campaigns and of their feedback in
    `lambda_src/email_list/aws/` say which rows there are.
    """
    table, dynamodb = walk.stack.outputs["campaigns_table"], walk.stack.client("dynamodb")
    deadline = time.monotonic() + ARRIVAL_SECONDS
    # A batch that was being sent when its campaign was cancelled still writes its outcome: check again after a moment.
    while (keys := _ledger(dynamodb, table, campaign_id)) and time.monotonic() < deadline:
        for start in range(0, len(keys), AT_ONCE):
            deletions = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + AT_ONCE]]
            dynamodb.batch_write_item(RequestItems={table: deletions})
        time.sleep(PAUSE_SECONDS)
    for partition in ("UNFINISHED", "CAMPAIGNS"):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": partition}, "sk": {"S": campaign_id}})
    ses = walk.stack.client("sesv2")
    try:
        ses.delete_email_template(TemplateName=template_name(walk.stack.setting("STACK"), f"campaign-{campaign_id}"))
    except ses.exceptions.NotFoundException:
        return


def _ledger(dynamodb: Any, table: str, campaign_id: str) -> list[dict[str, Any]]:
    """Keys of a campaign's rows besides its own, all of them or the first page of each partition."""
    partitions = [
        f"CAMPAIGN#{campaign_id}",
        *(f"CAMPAIGN#{campaign_id}#{shard:x}" for shard in range(LEDGER_PARTITIONS)),
    ]
    answers = [
        dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
        for partition in partitions
    ]
    return [key for answer in answers for key in answer["Items"]]
