"""Names of the list's own: what a stack declares for them, and the DNS records that it enters or lists."""

import json
from collections.abc import Callable

import pytest

from components.config import ConfigError
from tests.unit.components.recording import REGION, Deployment

Deploy = Callable[..., Deployment]

NAMES = {
    "senderEmail": "",
    "senderDomain": "example.org",
    "linkDomain": "news.example.org",
    "trackingDomain": "click.example.org",
    "mailFromDomain": "bounce.example.org",
}
ATTACHED = {"linkDomainAttached": "true", "trackingDomainAttached": "true"}
ZONE = "Z0123456789ABCDEFGHIJ"
SENDER = [
    {
        "name": f"{token}._domainkey.example.org",
        "type": "CNAME",
        "value": f"{token}.dkim.amazonses.com",
        "purpose": "DKIM",
    }
    for token in ("one", "two", "three")
]
BOUNCES = [
    {
        "name": "bounce.example.org",
        "type": "MX",
        "value": f"10 feedback-smtp.{REGION}.amazonses.com",
        "purpose": "Bounces (MAIL FROM)",
    },
    {
        "name": "bounce.example.org",
        "type": "TXT",
        "value": "v=spf1 include:amazonses.com ~all",
        "purpose": "SPF (MAIL FROM)",
    },
]


def proof(domain: str) -> dict[str, str]:
    return {"name": f"_proof.{domain}", "type": "CNAME", "value": "_it.aws", "purpose": f"Certificate of {domain}"}


LINKS = {
    "name": "news.example.org",
    "type": "CNAME",
    "value": f"d-123.execute-api.{REGION}.amazonaws.com",
    "purpose": "Pages and links",
}
CLICKS = {
    "name": "click.example.org",
    "type": "CNAME",
    "value": "d123.cloudfront.net",
    "purpose": "Redirects that count clicks",
}


def in_order(records: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(records, key=lambda record: (record["name"], record["type"]))


@pytest.fixture(scope="module")
def first(deploy: Deploy) -> Deployment:
    """Before anybody has entered a record."""
    return deploy(**NAMES)


@pytest.fixture(scope="module")
def attached(deploy: Deploy) -> Deployment:
    return deploy(**NAMES, **ATTACHED)


@pytest.fixture(scope="module")
def zoned(deploy: Deploy) -> Deployment:
    return deploy(**NAMES, **ATTACHED, hostedZoneId=ZONE)


def test_without_names_of_its_own_a_stack_declares_nothing_for_them(deployment: Deployment) -> None:
    services = {
        resource.type.split(":")[1].split("/")[0] for resource in deployment.resources if not resource.is_component
    }
    assert not services & {"acm", "route53"}
    assert [each.name for each in deployment.all("aws:cloudfront/distribution:Distribution")] == ["pictures"]
    assert not deployment.all("aws:apigatewayv2/domainName:DomainName")
    assert deployment.outputs["dns_records"] == []


def test_at_first_a_stack_asks_for_certificates_and_lists_what_proves_them(first: Deployment) -> None:
    proofs = [proof("click.example.org"), proof("news.example.org")]
    assert in_order(first.outputs["dns_records"]) == in_order([*SENDER, *BOUNCES, *proofs])
    assert not first.all("aws:apigatewayv2/domainName:DomainName")
    assert [each.name for each in first.all("aws:cloudfront/distribution:Distribution")] == ["pictures"]
    assert first.outputs["subscribe_url"].startswith("https://a1b2c3.execute-api.")
    sets = first.all("aws:sesv2/configurationSet:ConfigurationSet")
    assert [each.inputs.get("trackingOptions") for each in sets] == [None, None]


def test_once_attached_every_link_begins_with_the_domain_and_the_old_address_still_stands(attached: Deployment) -> None:
    urls = {key: url for key, url in attached.outputs.items() if key.endswith("_url")}
    assert {url.rpartition("/")[0] for url in urls.values()} == {"https://news.example.org"}
    assert attached.outputs["api_endpoint"] == "https://a1b2c3.execute-api.eu-west-1.amazonaws.com"
    for function in attached.functions:
        assert attached.environment(function).get("PUBLIC_URL") in (None, "https://news.example.org")


def test_once_attached_the_domains_lead_to_the_api_and_to_the_redirects_of_ses(attached: Deployment) -> None:
    assert attached.one("aws:apigatewayv2/apiMapping:ApiMapping").inputs["stage"] == "id of email-list-dev-stage"
    sets = attached.all("aws:sesv2/configurationSet:ConfigurationSet")
    options = {"customRedirectDomain": "click.example.org", "httpsPolicy": "REQUIRE"}
    assert [each.inputs["trackingOptions"] for each in sets] == [options, options]
    distribution = attached.one("aws:cloudfront/distribution:Distribution", "tracking-domain").inputs
    assert distribution["origins"][0]["domainName"] == f"r.{REGION}.awstrack.me"
    assert distribution["waitForDeployment"] is False
    certificates = {
        c.inputs["domainName"]: c.inputs.get("region") for c in attached.all("aws:acm/certificate:Certificate")
    }
    assert certificates == {"news.example.org": None, "click.example.org": "us-east-1"}
    proofs = [proof("click.example.org"), proof("news.example.org")]
    assert in_order(attached.outputs["dns_records"]) == in_order([*SENDER, *BOUNCES, *proofs, LINKS, CLICKS])


def test_redirects_wait_for_their_own_certificate_while_links_lead_to_the_domain(deploy: Deploy) -> None:
    added_later = deploy(**NAMES, linkDomainAttached="true")
    assert added_later.outputs["console_url"] == "https://news.example.org/console"
    proofs = [proof("click.example.org"), proof("news.example.org")]
    assert in_order(added_later.outputs["dns_records"]) == in_order([*SENDER, *BOUNCES, *proofs, LINKS])
    sets = added_later.all("aws:sesv2/configurationSet:ConfigurationSet")
    assert [each.inputs.get("trackingOptions") for each in sets] == [None, None]


def test_with_a_hosted_zone_the_stack_enters_every_record_that_it_lists(zoned: Deployment) -> None:
    entered = [record.inputs for record in zoned.all("aws:route53/record:Record")]
    assert {record["zoneId"] for record in entered} == {ZONE}
    listed = [{key: record[key] for key in ("name", "type", "value")} for record in zoned.outputs["dns_records"]]
    records = [{"name": r["name"], "type": r["type"], "value": r["records"][0]} for r in entered]
    assert in_order(records) == in_order(listed)
    assert len(records) == 9


def test_with_a_hosted_zone_one_deployment_attaches_the_domain_of_links(deploy: Deploy) -> None:
    zoned = deploy(linkDomain="news.example.org", hostedZoneId=ZONE)
    validation = zoned.one("aws:acm/certificateValidation:CertificateValidation").inputs
    assert validation["validationRecordFqdns"] == ["_proof.news.example.org"]
    assert zoned.outputs["console_url"] == "https://news.example.org/console"


def test_a_name_for_bounces_is_set_only_where_the_stack_owns_the_identity(first: Deployment) -> None:
    attributes = first.one("aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes").inputs
    assert attributes["mailFromDomain"] == "bounce.example.org"
    assert attributes["behaviorOnMxFailure"] == "USE_DEFAULT_VALUE"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mailFromDomain": "bounce.example.org"}, "senderDomain is not set; mailFromDomain is a name below it"),
        ({**NAMES, "trackingDomain": "click.example.net"}, "trackingDomain is 'click.example.net', which is not below"),
        (
            {**NAMES, "mailFromDomain": "click.example.org"},
            "mailFromDomain is 'click.example.org', as is trackingDomain",
        ),
        ({**NAMES, "linkDomain": "example.org"}, "linkDomain is 'example.org', as is senderDomain"),
        ({**NAMES, "senderIdentity": "existing"}, "mailFromDomain is set, but senderIdentity is existing"),
        ({"hostedZoneId": "example.org"}, "hostedZoneId is 'example.org', which is not the id of a hosted zone"),
        ({"linkDomain": "https://news.example.org"}, "linkDomain is 'https://news.example.org', which is not a domain"),
    ],
)
def test_names_that_cannot_work_are_refused(deploy: Deploy, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        deploy(**wrong)


KEPT = json.dumps({"current": "second", "keys": {"first": "a" * 48, "second": "b" * 48}, "erasure": "c" * 48})


def test_a_stack_made_again_signs_with_the_keys_of_the_one_before(deploy: Deploy) -> None:
    again = deploy(keptLinkKeys=KEPT, linkKeys='["first", "second"]')
    assert json.loads(again.outputs["link_keys"]) == json.loads(KEPT)
    assert json.loads(again.one("aws:ssm/parameter:Parameter", "link-keys").inputs["value"]) == json.loads(KEPT)
    passwords = {password.name for password in again.all("random:index/randomPassword:RandomPassword")}
    assert passwords == {"admin-token-first"}


def test_a_kept_key_that_the_stack_does_not_list_is_revoked_and_a_new_one_is_made(deploy: Deploy) -> None:
    keys = json.loads(deploy(keptLinkKeys=KEPT, linkKeys='["second", "third"]').outputs["link_keys"])
    assert keys["keys"] == {"second": "b" * 48, "third": "secret of email-list-dev-link-key-third"}
    assert keys["current"] == "third"


@pytest.mark.parametrize(
    "wrong", ["", "{}", "[]", '{"keys": {}, "erasure": "x"}', '{"keys": {"1": 2}, "erasure": null}']
)
def test_what_is_no_set_of_keys_is_refused_without_being_quoted(deploy: Deploy, wrong: str) -> None:
    if not wrong:
        assert "first" in deploy(keptLinkKeys=wrong).outputs["link_keys"]
        return
    with pytest.raises(ConfigError, match="keptLinkKeys is not what pulumi stack output link_keys") as refused:
        deploy(keptLinkKeys=wrong)
    assert wrong not in str(refused.value)


def test_the_records_of_the_lists_own_names_are_kept_for_the_function_that_looks_them_up(
    attached: Deployment, first: Deployment, deployment: Deployment
) -> None:
    kept = json.loads(attached.one("aws:ssm/parameter:Parameter", "dns-records").inputs["value"])
    assert {record["code"]: record["name"] for record in kept} == {
        "link-domain": "news.example.org",
        "link-certificate": "_proof.news.example.org",
        "tracking-domain": "click.example.org",
        "tracking-certificate": "_proof.click.example.org",
    }
    waiting = json.loads(first.one("aws:ssm/parameter:Parameter", "dns-records").inputs["value"])
    assert {record["code"] for record in waiting} == {"link-certificate", "tracking-certificate"}
    name = attached.one("aws:ssm/parameter:Parameter", "dns-records").inputs["name"]
    variables = attached.functions["deliverability"].inputs["environment"]["variables"]
    assert variables["DNS_RECORDS_PARAMETER"] == name
    allowed = [resource for action, resource in attached.permissions("deliverability") if action == "ssm:GetParameter"]
    assert [resource.endswith(f":parameter{name}") for resource in allowed] == [True]
    assert "DNS_RECORDS_PARAMETER" not in deployment.functions["deliverability"].inputs["environment"]["variables"]
