"""What there is in an account, looked up through the AWS API."""

from collections.abc import Callable
from typing import Any

from local.resources import Cloud

KINDS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "alarms": ("cloudwatch", "describe_alarms", lambda found: [a["AlarmName"] for a in found["MetricAlarms"]]),
    "APIs": ("apigatewayv2", "get_apis", lambda found: [api["Name"] for api in found["Items"]]),
    "buckets": ("s3", "list_buckets", lambda found: [bucket["Name"] for bucket in found["Buckets"]]),
    "certificates": ("acm", "list_certificates", lambda found: found["CertificateSummaryList"]),
    "configuration sets": ("sesv2", "list_configuration_sets", lambda found: found.get("ConfigurationSets", [])),
    "dashboards": ("cloudwatch", "list_dashboards", lambda found: found.get("DashboardEntries", [])),
    "distributions": (
        "cloudfront",
        "list_distributions",
        lambda found: [d["Id"] for d in found["DistributionList"].get("Items", [])],
    ),
    "domains": ("apigatewayv2", "get_domain_names", lambda found: [d["DomainName"] for d in found["Items"]]),
    "event sources": (
        "lambda",
        "list_event_source_mappings",
        lambda found: [m["UUID"] for m in found["EventSourceMappings"]],
    ),
    "functions": ("lambda", "list_functions", lambda found: [f["FunctionName"] for f in found["Functions"]]),
    "hosted zones": ("route53", "list_hosted_zones", lambda found: [z["Name"] for z in found["HostedZones"]]),
    "identities": ("sesv2", "list_email_identities", lambda found: found.get("EmailIdentities", [])),
    "log groups": ("logs", "describe_log_groups", lambda found: [g["logGroupName"] for g in found["logGroups"]]),
    "parameters": ("ssm", "describe_parameters", lambda found: [p["Name"] for p in found["Parameters"]]),
    "queues": ("sqs", "list_queues", lambda found: found.get("QueueUrls", [])),
    "roles": ("iam", "list_roles", lambda found: [role["RoleName"] for role in found["Roles"]]),
    "schedules": ("scheduler", "list_schedules", lambda found: [s["Name"] for s in found["Schedules"]]),
    "schedule groups": (
        "scheduler",
        "list_schedule_groups",
        lambda found: [group["Name"] for group in found["ScheduleGroups"]],
    ),
    "subscriptions": ("sns", "list_subscriptions", lambda found: found["Subscriptions"]),
    "tables": ("dynamodb", "list_tables", lambda found: found["TableNames"]),
    "templates": (
        "sesv2",
        "list_email_templates",
        lambda found: [t["TemplateName"] for t in found["TemplatesMetadata"]],
    ),
    "topics": ("sns", "list_topics", lambda found: [topic["TopicArn"] for topic in found["Topics"]]),
}


def inventory(cloud: Cloud) -> dict[str, list[Any]]:
    """What there is, by kind; kinds without anything are left out."""
    found = {}
    for kind, (service, operation, names) in KINDS.items():
        answer = getattr(cloud.client(service), operation)()
        found[kind] = list(names(answer))
    return {kind: names for kind, names in found.items() if names}
