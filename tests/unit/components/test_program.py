"""What the program declares as a whole."""

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from benchmarks.scale import WORKS
from contract import ROUTES, Access
from tests.unit.components.recording import PREFIX, Declared, Deployment, arn, physical_name

Deploy = Callable[..., Deployment]

WITHOUT_RESOURCES = {
    "ses:GetAccount",
    "ses:ListRecommendations",
    "ses:ListEmailTemplates",
    "ses:ListSuppressedDestinations",
    "ses:GetSuppressedDestination",
    "ses:DeleteSuppressedDestination",
}
"""Actions for which AWS knows no resources (service authorization reference)."""

PUBLIC_PATHS = {
    "/openapi.json",
    "/subscribe",
    "/subscribe/{path+}",
    "/confirm",
    "/unsubscribe",
    "/preferences",
    "/preferences/{path+}",
    "/archive",
    "/archive/{path+}",
    "/archive.atom",
    "/sitemap.xml",
    "/robots.txt",
    "/console",
    "/console/{path+}",
}


def secret_inputs(deployment: Deployment) -> list[tuple[str, str]]:
    return [(resource.type, key) for resource in deployment.resources for key in resource.secrets]


# Everything


def test_every_resource_belongs_to_a_component(deployment: Deployment) -> None:
    orphans = [r.name for r in deployment.resources if not r.is_component and r.parent == "pulumi:pulumi:Stack"]
    assert orphans == []


def test_the_outputs_are_those_that_people_and_scripts_rely_on(deployment: Deployment) -> None:
    endpoint = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com"
    assert deployment.outputs == {
        "api_endpoint": endpoint,
        "subscribe_url": f"{endpoint}/subscribe",
        "confirm_url": f"{endpoint}/confirm",
        "unsubscribe_url": f"{endpoint}/unsubscribe",
        "subscribers_url": f"{endpoint}/subscribers",
        "campaigns_url": f"{endpoint}/campaigns",
        "templates_url": f"{endpoint}/templates",
        "analytics_url": f"{endpoint}/analytics",
        "console_url": f"{endpoint}/console",
        "admin_token": f"secret of {PREFIX}-admin-token-first",
        "subscribers_table": physical_name("subscribers"),
        "campaigns_table": physical_name("records"),
        "subscribe_function": physical_name("subscribe"),
        "unsubscribe_function": physical_name("unsubscribe"),
        "list_subscribers_function": physical_name("list_subscribers"),
        "send_newsletter_function": physical_name("send_newsletter"),
        "recount_function": physical_name("recount"),
        "dkim_records": [],
        "dns_records": [],
        "link_keys": json.dumps(
            {
                "current": "first",
                "keys": {"first": f"secret of {PREFIX}-link-key-first"},
                "erasure": f"secret of {PREFIX}-erasure-key",
            }
        ),
    }


def test_a_preview_declares_the_same_resources_while_their_outputs_are_unknown(
    deploy: Deploy, deployment: Deployment
) -> None:
    preview = deploy(preview=True)
    declared = {(resource.type, resource.name) for resource in deployment.resources}
    assert {(resource.type, resource.name) for resource in preview.resources} == declared
    assert preview.outputs.keys() == deployment.outputs.keys()
    assert preview.outputs["api_endpoint"] is None


def test_a_wrong_configuration_declares_nothing(deploy: Deploy) -> None:
    with pytest.raises(Exception, match="email-list:listName is not set"):
        deploy(listName="")


# Functions


def test_a_function_may_use_only_named_actions_on_named_resources_of_its_stack(deployment: Deployment) -> None:
    """That these are exactly the ones it uses is shown where functions run (tests/local)."""
    for function in deployment.functions:
        for action, resource in deployment.permissions(function):
            assert "*" not in action
            if action not in WITHOUT_RESOURCES:
                named = PREFIX in resource or resource == arn("ses", "identity/newsletter@example.com")
                assert named, f"{function} may {action} on {resource}"


def test_every_function_may_write_its_own_log_and_create_none(deployment: Deployment) -> None:
    for function in deployment.functions:
        log_group = arn("cloudwatch", f"/aws/lambda/{PREFIX}-{function}")
        logging = {(action, resource) for action, resource in deployment.permissions(function) if "logs:" in action}
        assert logging == {(action, f"{log_group}:*") for action in ("logs:CreateLogStream", "logs:PutLogEvents")}


def test_every_function_has_a_role_of_its_own_that_only_lambda_takes(deployment: Deployment) -> None:
    roles = {name: function.inputs["role"] for name, function in deployment.functions.items()}
    assert roles == {name: arn("iam", physical_name(name)) for name in deployment.functions}
    for name in roles:
        policy = json.loads(deployment.one("aws:iam/role:Role", name).inputs["assumeRolePolicy"])
        (statement,) = policy["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_every_function_logs_json_to_a_group_of_its_own(deployment: Deployment) -> None:
    groups = {group.inputs["name"] for group in deployment.all("aws:cloudwatch/logGroup:LogGroup")}
    for name, function in deployment.functions.items():
        logging = function.inputs["loggingConfig"]
        assert logging["logFormat"] == "JSON"
        assert logging["logGroup"] == f"/aws/lambda/{PREFIX}-{name}"
        assert logging["logGroup"] in groups


def test_logs_are_kept_as_long_as_the_configuration_says(everything: Deployment) -> None:
    groups = everything.all("aws:cloudwatch/logGroup:LogGroup")
    assert {group.inputs["retentionInDays"] for group in groups} == {7}


def test_every_function_runs_on_the_runtime_its_bundle_is_built_for(deployment: Deployment) -> None:
    runtimes = {(f.inputs["runtime"], *f.inputs["architectures"]) for f in deployment.functions.values()}
    assert runtimes == {("python3.14", "arm64")}


def test_every_function_names_a_handler_that_exists(deployment: Deployment) -> None:
    for name, function in deployment.functions.items():
        assert function.inputs["handler"] == f"handlers.{name}.handler"
        assert importlib.util.find_spec(f"handlers.{name}") is not None


# Secrets


def test_secrets_reach_functions_only_through_encrypted_parameters(deployment: Deployment) -> None:
    assert secret_inputs(deployment) == [("aws:ssm/parameter:Parameter", "value")] * 2


def test_the_secrets_of_a_captcha_a_webhook_and_gmail_travel_the_same_way(everything: Deployment) -> None:
    assert secret_inputs(everything) == [("aws:ssm/parameter:Parameter", "value")] * 6
    environment = everything.environment("subscribe")
    assert environment["CAPTCHA_SITE_KEY"] == "site-key"
    assert environment["CAPTCHA_SECRET_PARAMETER"] == physical_name("captcha")
    assert "captcha-secret" not in json.dumps(environment)


def test_parameters_are_encrypted(deployment: Deployment) -> None:
    assert {p.inputs["type"] for p in deployment.all("aws:ssm/parameter:Parameter")} == {"SecureString"}


def test_the_admin_token_and_the_link_keys_are_secret_outputs_and_the_only_ones(deployment: Deployment) -> None:
    assert deployment.secret_outputs == {"admin_token", "link_keys"}


def test_the_authorizer_gets_hashes_of_tokens_and_no_token(deployment: Deployment) -> None:
    value = deployment.one("aws:ssm/parameter:Parameter", "admin-tokens").inputs["value"]
    token = deployment.outputs["admin_token"]
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert json.loads(value) == {"full": {"first": digest}, "write": {}, "read_only": {}}


def test_during_a_rotation_both_admin_tokens_work_and_the_new_one_is_handed_out(everything: Deployment) -> None:
    value = everything.one("aws:ssm/parameter:Parameter", "admin-tokens").inputs["value"]
    tokens = {id_: f"secret of {PREFIX}-admin-token-{id_}" for id_ in ("first", "second")}
    digests = {id_: hashlib.sha256(token.encode()).hexdigest() for id_, token in tokens.items()}
    assert json.loads(value)["full"] == digests
    assert everything.outputs["admin_token"] == tokens["second"]


def test_tokens_of_other_scopes_stand_beside_full_ones(everything: Deployment) -> None:
    value = json.loads(everything.one("aws:ssm/parameter:Parameter", "admin-tokens").inputs["value"])
    for scope, kind, ids in (("write", "write", ["editor"]), ("read_only", "read-only", ["dashboard", "auditor"])):
        tokens = {id_: f"secret of {PREFIX}-{kind}-token-{id_}" for id_ in ids}
        assert value[scope] == {id_: hashlib.sha256(token.encode()).hexdigest() for id_, token in tokens.items()}
        assert not set(value["full"].values()) & set(value[scope].values())
        assert everything.outputs[f"{scope}_token"] == tokens[ids[-1]]
    assert everything.secret_outputs == {"admin_token", "write_token", "read_only_token", "link_keys"}


def test_a_function_starts_afresh_when_a_secret_of_its_changes(deployment: Deployment) -> None:
    """Otherwise one that is warm would refuse links that another has signed with a new key."""
    for function in deployment.functions:
        environment = deployment.environment(function)
        for variable in ("LINK_KEYS_PARAMETER", "ADMIN_TOKENS_PARAMETER", "CAPTCHA_SECRET_PARAMETER"):
            assert (variable in environment) == (environment.get(f"{variable}_VERSION") == "1"), function


def test_the_last_link_key_signs_and_the_earlier_ones_still_verify(everything: Deployment) -> None:
    value = everything.one("aws:ssm/parameter:Parameter", "link-keys").inputs["value"]
    keys = {id_: f"secret of {PREFIX}-link-key-{id_}" for id_ in ("first", "second")}
    assert json.loads(value) == {"current": "second", "keys": keys, "erasure": f"secret of {PREFIX}-erasure-key"}


def test_random_secrets_have_at_least_256_bits(deployment: Deployment) -> None:
    for password in deployment.all("random:index/randomPassword:RandomPassword"):
        # A letter or digit is worth 5.95 bits.
        assert password.inputs["length"] * 5.95 >= 256


# Data


def test_the_subscribers_table_has_a_stream_and_indexes_by_status_and_by_address(deployment: Deployment) -> None:
    table = deployment.one("aws:dynamodb/table:Table", "subscribers").inputs
    assert table["hashKey"] == "email"
    assert "rangeKey" not in table
    assert table["streamViewType"] == "NEW_AND_OLD_IMAGES"
    indexes = {
        index["name"]: ([key["attributeName"] for key in index["keySchemas"]], index["projectionType"])
        for index in table["globalSecondaryIndexes"]
    }
    assert indexes == {
        "by_status": (["status_shard", "subscribed_date"], "ALL"),
        "by_address": (["initials", "email"], "KEYS_ONLY"),
    }


def test_the_records_table_has_a_partition_and_a_sort_key(deployment: Deployment) -> None:
    table = deployment.one("aws:dynamodb/table:Table", "records").inputs
    assert (table["hashKey"], table["rangeKey"]) == ("pk", "sk")


def test_every_table_can_be_restored_to_a_point_in_time_and_lets_items_expire(deployment: Deployment) -> None:
    for table in deployment.all("aws:dynamodb/table:Table"):
        assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
        assert table.inputs["ttl"] == {"attributeName": "expires_at", "enabled": True}
        assert table.inputs["billingMode"] == "PAY_PER_REQUEST"


def precious(deployment: Deployment) -> list[Declared]:
    passwords = deployment.all("random:index/randomPassword:RandomPassword")
    keys = [key for key in passwords if "-token-" not in key.name]
    return deployment.all("aws:dynamodb/table:Table") + keys


def test_deletion_protection_guards_tables_and_keys_of_links_and_erasure(everything: Deployment) -> None:
    assert len(precious(everything)) == 6
    assert all(resource.protect for resource in precious(everything))
    tables = everything.all("aws:dynamodb/table:Table")
    assert all(table.inputs["deletionProtectionEnabled"] for table in tables)


def test_a_stack_without_deletion_protection_can_be_destroyed(deployment: Deployment) -> None:
    assert not any(resource.protect for resource in deployment.resources)
    tables = deployment.all("aws:dynamodb/table:Table")
    assert not any(table.inputs["deletionProtectionEnabled"] for table in tables)


# Files and queues


def test_files_are_private_encrypted_and_forgotten_after_a_day(deployment: Deployment) -> None:
    block = deployment.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "files-private").inputs
    assert {block[key] for key in block if key.startswith(("block", "ignore", "restrict"))} == {True}
    lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    (rule,) = deployment.one(lifecycle, "files-lifecycle").inputs["rules"]
    assert (rule["status"], rule["expiration"]) == ("Enabled", {"days": 1})
    policy = deployment.one("aws:s3/bucketPolicy:BucketPolicy", "files-policy").inputs["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_stored_import_and_nothing_else_wakes_the_importer(deployment: Deployment) -> None:
    (notice,) = deployment.one("aws:s3/bucketNotification:BucketNotification", "files-notices").inputs["queues"]
    assert notice["queueArn"] == arn("sqs", physical_name("imports"))
    assert notice["filterPrefix"] == "imports/"
    policy = json.loads(deployment.one("aws:sqs/queuePolicy:QueuePolicy", "files-notices").inputs["policy"])
    (statement,) = (statement for statement in policy["Statement"] if statement["Effect"] == "Allow")
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": arn("s3", physical_name("files"))}}


def test_work_that_cannot_be_done_is_put_aside_and_kept_for_two_weeks(deployment: Deployment) -> None:
    queues = deployment.all("aws:sqs/queue:Queue")
    fed = {
        mapping.inputs["eventSourceArn"]
        for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping")
    }
    for queue in queues:
        assert queue.inputs["sqsManagedSseEnabled"] is True
        if arn("sqs", physical_name(queue.name)) in fed:
            redrive = json.loads(queue.inputs["redrivePolicy"])
            assert redrive["deadLetterTargetArn"] == arn("sqs", physical_name("dead-letters"))
    for name in ("dead-letters", "failures"):
        aside = deployment.one("aws:sqs/queue:Queue", name).inputs
        assert aside["messageRetentionSeconds"] == 14 * 24 * 3600


def test_a_message_stays_hidden_for_longer_than_its_function_may_run(deployment: Deployment) -> None:
    timeouts = {physical_name(name): function.inputs["timeout"] for name, function in deployment.functions.items()}
    queues = {arn("sqs", physical_name(queue.name)): queue.inputs for queue in deployment.all("aws:sqs/queue:Queue")}
    for mapping in deployment.all("aws:lambda/eventSourceMapping:EventSourceMapping"):
        if mapping.inputs["eventSourceArn"] in queues:
            visible_after = queues[mapping.inputs["eventSourceArn"]]["visibilityTimeoutSeconds"]
            assert visible_after > timeouts[mapping.inputs["functionName"]]


# Email


def test_email_needs_tls_and_goes_through_sets_that_watch_reputation(deployment: Deployment) -> None:
    for configuration_set in deployment.all("aws:sesv2/configurationSet:ConfigurationSet"):
        assert configuration_set.inputs["deliveryOptions"] == {"tlsPolicy": "REQUIRE"}
        assert configuration_set.inputs["reputationOptions"] == {"reputationMetricsEnabled": True}
        assert configuration_set.inputs["suppressionOptions"] == {"suppressedReasons": ["BOUNCE", "COMPLAINT"]}
    identity = deployment.one("aws:sesv2/emailIdentity:EmailIdentity").inputs
    assert identity["configurationSetName"] == PREFIX


def test_a_sender_domain_is_verified_by_the_dns_records_in_the_outputs(everything: Deployment) -> None:
    assert everything.one("aws:sesv2/emailIdentity:EmailIdentity").inputs["emailIdentity"] == "example.org"
    assert everything.list_document["sender"].endswith(" <news@example.org>")
    assert everything.outputs["dkim_records"] == [
        {
            "name": f"{token}._domainkey.example.org",
            "type": "CNAME",
            "value": f"{token}.dkim.amazonses.com",
        }
        for token in ("one", "two", "three")
    ]


def test_dkim_records_point_at_the_zone_of_a_region_that_has_its_own(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.mailer.REGIONS_WITH_A_DKIM_ZONE", ("eu-west-1",))
    records = deploy(senderEmail="", senderDomain="example.org").outputs["dkim_records"]
    assert records[0]["value"] == "one.dkim.eu-west-1.amazonses.com"


def test_ses_does_not_email_each_bounce_to_the_sender_too(deployment: Deployment) -> None:
    feedback = deployment.one("aws:sesv2/emailIdentityFeedbackAttributes:EmailIdentityFeedbackAttributes").inputs
    assert feedback == {"emailIdentity": "newsletter@example.com", "emailForwardingEnabled": False}


@pytest.mark.parametrize("preview", [False, True])
def test_an_identity_that_is_there_already_is_used_and_left_alone(deploy: Deploy, preview: bool) -> None:
    existing = {"senderEmail": "", "senderDomain": "existing.example.org", "senderIdentity": "existing"}
    deployment = deploy(preview=preview, **existing)
    assert [resource.type for resource in deployment.resources if "emailIdentity" in resource.type] == []
    assert deployment.outputs["dkim_records"][0]["name"] == "one._domainkey.existing.example.org"
    if not preview:
        identity = arn("ses", "identity/existing.example.org")
        assert ("ses:SendEmail", identity) in deployment.permissions("send_confirmation")


def test_an_identity_that_is_to_be_there_and_is_not_is_named(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.error", said.append)
    with pytest.raises(Exception, match="couldn't find resource"):
        deploy(senderIdentity="existing")
    assert "shows no identity 'newsletter@example.com' in this region" in said[0]
    assert "pulumi config set email-list:senderIdentity create" in said[0]


def test_an_identity_that_the_stack_made_is_not_given_up_by_mistake(deploy: Deploy) -> None:
    with pytest.raises(Exception, match=r"this stack made the identity 'ours\.example\.org'"):
        deploy(senderEmail="", senderDomain="ours.example.org", senderIdentity="existing")


def test_functions_write_to_identities_of_the_sandbox_only_when_the_configuration_names_them(
    deployment: Deployment, everything: Deployment
) -> None:
    recipient = arn("ses", "identity/you@example.org")
    for function, action in (("send_batch", "ses:SendBulkEmail"), ("send_confirmation", "ses:SendEmail")):
        assert (action, recipient) in everything.permissions(function)
        assert (action, recipient) not in deployment.permissions(function)


def test_answers_go_elsewhere_only_when_the_configuration_says_so(
    deployment: Deployment, everything: Deployment
) -> None:
    assert everything.list_document["reply_to"] == "office@example.com"
    assert deployment.list_document["reply_to"] is None


# The API


def chosen(declared: Iterable[str], method: str, path: str) -> str:
    """The route that API Gateway chooses (HTTP API developer guide, "Routing API requests")."""
    fitting = []
    for key in declared:
        mine, template = key.split()
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.sub(r"\\{\w+\\\+\\}", ".+", re.escape(template)))
        if mine in ("ANY", method) and re.fullmatch(pattern, path):
            fitting.append(("{path+}" not in key, len(template), mine == method, key))
    return max(fitting)[-1]


def test_every_operation_is_reached_by_its_function_under_its_guard(everything: Deployment) -> None:
    routes = {r.inputs["routeKey"]: r.inputs for r in everything.all("aws:apigatewayv2/route:Route")}
    for route in ROUTES:
        found = routes[chosen(routes, route.method, route.path.replace("{", "").replace("+}", "/x").replace("}", ""))]
        assert found["target"] == f"integrations/id of {PREFIX}-{route.function}", route.key
        assert (found["authorizationType"] == "NONE") == (route.access is Access.PUBLIC), route.key
    for integration in everything.all("aws:apigatewayv2/integration:Integration"):
        assert integration.inputs["integrationUri"] == f"invocation of {PREFIX}-{integration.name}"
        assert integration.inputs["payloadFormatVersion"] == "2.0"


def test_benchmarks_reckon_with_the_memory_that_functions_have(deployment: Deployment) -> None:
    declared = {work.function: deployment.functions[work.function].inputs["memorySize"] for work in WORKS}
    assert declared == {work.function: work.memory for work in WORKS}


RESOURCES = 238
"""What a stack declares, components included, but for the rooms below."""
ADDED = {
    "the routes /audit and /preferences/data": 2,
    "alarms on what strangers cause": 2,
    "a configuration set for tracked emails, and its events": 2,
    "pictures: the bucket with its five settings, distribution, access control, and the component": 9,
    "pictures: what prepares them, with role, policy, log, failures, permission and notice": 7,
    "deliverability: the function, with role, policy, log, failures, permission, integration, route, and schedule": 9,
    "pictures: what takes them, with role, policy, log, permission, integration and two routes": 8,
    # The table of places; the runner with its log, role, policy, failures and turns; the group of its alarms with their
    # role and policy; the function behind two routes, which makes eight; the component.
    "sequences": 1 + 6 + 3 + 8 + 1,
    "feeds: what reads them, with role, policy and log, and the component": 5,
    "feeds: what makes issues of them, with role, policy, log, notice, and the role of their schedules": 7,
    "feeds: what keeps them, with role, policy, log, permission, integration and two routes": 8,
}
"""What each room added by default, each of which has to be worth it."""


def test_every_handler_is_a_function_of_some_stack(deploy: Deploy, everything: Deployment) -> None:
    handlers = Path(__file__).parents[3] / "lambda_src" / "handlers"
    declared = {*deploy(forgetUnsubscribedAfterDays="730").functions, *everything.functions}
    assert {path.stem for path in handlers.glob("[!_]*.py")} == declared


def test_a_stack_declares_few_resources(deployment: Deployment) -> None:
    """Each takes time at every `up`, and money where Pulumi Cloud counts them."""
    assert len(deployment.resources) == RESOURCES + sum(ADDED.values())
    assert len(deployment.all("aws:apigatewayv2/route:Route")) <= 30


def test_the_archive_is_only_there_with_its_key(deploy: Deploy, deployment: Deployment) -> None:
    def names(deployment: Deployment) -> set[tuple[str, str]]:
        return {(resource.type.rpartition(":")[2], resource.name) for resource in deployment.resources}

    with_it = deploy(archive="true")
    added = {type_ for type_, name in names(with_it) - names(deployment)}
    assert not names(deployment) - names(with_it)
    assert added == {
        *("Archive", "Bucket", "BucketPolicy", "BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration"),
        *("Function", "Integration", "LogGroup", "Permission", "Role", "RolePolicy", "Route"),
    }
    assert with_it.outputs["archive_url"].endswith("/archive")


def test_only_this_api_its_authorizer_and_the_bucket_of_uploads_may_call_functions(deployment: Deployment) -> None:
    api = arn("execute-api", "a1b2c3")
    allowed = [
        (permission.inputs["function"], permission.inputs["sourceArn"])
        for permission in deployment.all("aws:lambda/permission:Permission")
    ]
    functions = [
        (physical_name(function), f"{api}/*/*") for function in {route.function for route in ROUTES} - {"archive"}
    ]
    authorizer = (physical_name("authorizer"), f"{api}/authorizers/id of {PREFIX}-admin")
    uploads = (physical_name("prepare_picture"), arn("s3", physical_name("pictures")))
    assert sorted(allowed) == sorted([*functions, authorizer, uploads])


def test_permissions_have_names_that_lambda_accepts(deployment: Deployment) -> None:
    # Pulumi makes a permission's statement id from its name.
    for permission in deployment.all("aws:lambda/permission:Permission"):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,92}", f"{PREFIX}-{permission.name}")


@pytest.mark.parametrize("cors", ["[]", '["https://www.example.org"]'])
def test_only_the_routes_of_subscribers_are_open_to_everyone(deploy: Deploy, cors: str) -> None:
    for route in deploy(corsOrigins=cors).all("aws:apigatewayv2/route:Route"):
        guard = (route.inputs["authorizationType"], route.inputs.get("authorizerId"))
        method, path = route.inputs["routeKey"].split()
        guarded = path not in PUBLIC_PATHS and method != "OPTIONS"
        assert guard == (("CUSTOM", f"id of {PREFIX}-admin") if guarded else ("NONE", None))


def test_browsers_may_ask_without_a_token_what_a_script_of_a_configured_site_may_do(
    deploy: Deploy, deployment: Deployment
) -> None:
    def options(deployment: Deployment) -> set[str]:
        keys = {route.inputs["routeKey"] for route in deployment.all("aws:apigatewayv2/route:Route")}
        return {key for key in keys if key.startswith("OPTIONS ")}

    assert options(deployment) == set()
    keys = [route.inputs["routeKey"] for route in deployment.all("aws:apigatewayv2/route:Route")]
    guarded = {key.split()[1] for key in keys if key.startswith("ANY ")} - PUBLIC_PATHS
    assert options(deploy(corsOrigins='["https://www.example.org"]')) == {f"OPTIONS {path}" for path in guarded}


def test_the_authorizer_is_asked_about_every_request_that_has_a_token(deployment: Deployment) -> None:
    authorizer = deployment.one("aws:apigatewayv2/authorizer:Authorizer").inputs
    assert authorizer["authorizerType"] == "REQUEST"
    assert authorizer["authorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["enableSimpleResponses"] is True
    assert authorizer["identitySources"] == ["$request.header.Authorization"]
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    assert authorizer["authorizerUri"] == f"invocation of {PREFIX}-authorizer"


def test_no_other_site_may_call_the_api_unless_it_is_configured(deployment: Deployment, everything: Deployment) -> None:
    assert "corsConfiguration" not in deployment.one("aws:apigatewayv2/api:Api").inputs
    api = everything.one("aws:apigatewayv2/api:Api").inputs
    assert api["corsConfiguration"]["allowOrigins"] == ["https://www.example.org"]
    assert "authorization" in api["corsConfiguration"]["allowHeaders"]


def test_callers_are_throttled_and_changes_are_live_at_once(deployment: Deployment) -> None:
    stage = deployment.one("aws:apigatewayv2/stage:Stage").inputs
    assert stage["name"] == "$default"
    assert stage["autoDeploy"] is True
    assert 0 < stage["defaultRouteSettings"]["throttlingRateLimit"] <= 1000
    assert stage["defaultRouteSettings"]["throttlingBurstLimit"] > 0


def test_strangers_have_less_room_than_readers_and_each_public_route_its_own(everything: Deployment) -> None:
    stage = everything.one("aws:apigatewayv2/stage:Stage").inputs
    rates = {limit["routeKey"]: limit["throttlingRateLimit"] for limit in stage["routeSettings"]}
    routes = {route.inputs["routeKey"]: route.inputs for route in everything.all("aws:apigatewayv2/route:Route")}
    open_ = {key for key, route in routes.items() if route["authorizationType"] == "NONE"}
    assert set(rates) == open_, "a stage can only limit routes that are there"
    for leaving in ("ANY /unsubscribe", "ANY /preferences"):
        assert rates[leaving] > rates["ANY /subscribe"]


def test_the_doors_of_leaving_have_functions_reserved_only_where_somebody_asks_for_it(
    deploy: Deploy, deployment: Deployment
) -> None:
    def reserved(of: Deployment) -> dict[str, int]:
        found = {name: one.inputs.get("reservedConcurrentExecutions") for name, one in of.functions.items()}
        return {name: number for name, number in found.items() if number is not None}

    assert reserved(deployment) == {}
    assert reserved(deploy(reservedForLeaving="5")) == {"unsubscribe": 5, "preferences": 5}


def test_a_budget_tells_the_address_of_the_alarms(deploy: Deploy, deployment: Deployment) -> None:
    assert deployment.all("aws:budgets/budget:Budget") == []
    budget = deploy(monthlyBudget="25", alarmEmail="office@example.org").one("aws:budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["timeUnit"]) == ("25", "MONTHLY")
    told = [(each["notificationType"], each["subscriberEmailAddresses"]) for each in budget["notifications"]]
    assert told == [("ACTUAL", ["office@example.org"]), ("FORECASTED", ["office@example.org"])]


def test_the_access_log_names_the_token_and_holds_neither_addresses_nor_tokens(deployment: Deployment) -> None:
    log_format = deployment.one("aws:apigatewayv2/stage:Stage").inputs["accessLogSettings"]["format"]
    assert "$context.routeKey" in log_format
    assert "$context.authorizer.token" in log_format
    for leak in ("path", "queryString", "Authorization", "$request"):
        assert leak not in log_format


# Goodbyes


def test_goodbyes_are_declared_only_for_a_list_that_sends_them(deploy: Deploy, deployment: Deployment) -> None:
    assert "send_greeting" not in deployment.functions
    polite = deploy(goodbyeMail="true")
    allowed = ("sqs:SendMessage", arn("sqs", physical_name("greetings")))
    assert allowed in polite.permissions("unsubscribe")
    assert allowed not in polite.permissions("confirm")
