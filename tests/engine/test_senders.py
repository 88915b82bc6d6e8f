"""Senders that Amazon SES knows before there is a stack."""

import pytest

from tests.engine.operator import Account, Operator

DOMAIN = "museum.example.org"


@pytest.mark.full
def test_an_identity_that_is_there_already_is_used_and_survives_the_stack(operator: Operator, account: Account) -> None:
    for command in (
        "stack init shop",
        "config set aws:region eu-west-1",
        f"config set email-list:senderDomain {DOMAIN}",
        "config set email-list:senderIdentity existing",
        "config set email-list:listName 'Friends of the Museum'",
        "config set email-list:postalAddress 'Museum, 1 High Street, 12345 Town'",
    ):
        operator.run(f"pulumi {command}")
    refusal = operator.refused("pulumi preview")
    assert f"Email identity {DOMAIN} does not exist" in refusal
    assert "pulumi config set email-list:senderIdentity create" in refusal

    ses = account.cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity=DOMAIN)
    before = ses.get_email_identity(EmailIdentity=DOMAIN)
    made = operator.run("pulumi up")
    assert [urn for urn in made.steps if "emailIdentity" in urn] == []
    assert len(operator.outputs()["dkim_records"]) == 3
    operator.run("pulumi destroy")
    after = ses.get_email_identity(EmailIdentity=DOMAIN)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
