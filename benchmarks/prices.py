"""What AWS charges, in US dollars, in us-east-1; read from the services' pricing pages."""

from collections.abc import Mapping

MILLION = 1_000_000

SES_MAIL = {"accounts before July 2026": 0.10 / 1000, "accounts since July 2026": 0.16 / 1000}
"""aws.amazon.com/ses/pricing: outbound email."""

DYNAMODB_WRITE = 0.625 / MILLION
DYNAMODB_READ = 0.125 / MILLION
"""aws.amazon.com/dynamodb/pricing/on-demand: request units of the standard table class."""

ITEM_OVERHEAD = 100
"""The same page: bytes that each item is charged for beyond its own."""

SNS_PUBLISH = 0.50 / MILLION
"""aws.amazon.com/sns/pricing: requests to standard topics. A delivery to SQS is free, and counted as one to SQS."""

SQS_REQUEST = 0.40 / MILLION
"""aws.amazon.com/sqs/pricing: standard queues; an action for up to ten messages and 64 KB is one."""

FIREHOSE_GB, FIREHOSE_RECORD = 0.029, 5_000
"""aws.amazon.com/firehose/pricing: Direct PUT, each record taken to the next 5 KB."""

S3_PUT, S3_GET = 5.0 / MILLION, 0.40 / MILLION
"""aws.amazon.com/s3/pricing: requests to S3 Standard."""

EVENTBRIDGE_EVENT = 0.0
"""aws.amazon.com/eventbridge/pricing: events of AWS services on the default bus; SES publishes to no other."""

LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
"""aws.amazon.com/lambda/pricing: arm64."""

LAMBDA_GB_OF_A_PROCESSOR = 1769 / 1024
"""Memory with which a function has one whole processor (Lambda developer guide, "Configure Lambda function memory")."""

SCHEDULER_START = 1.00 / MILLION
FREE_SCHEDULER_STARTS = 14 * MILLION
"""aws.amazon.com/eventbridge/pricing: EventBridge Scheduler. What is called free here is so each month, for ever."""

FREE_SQS_REQUESTS = MILLION
FREE_LAMBDA_REQUESTS = MILLION
FREE_LAMBDA_GB_SECONDS = 400_000
DYNAMODB_GB, FREE_DYNAMODB_GB = 0.25, 25
DYNAMODB_BACKUP_GB = 0.20
"""The services' own pages; backups are those of point-in-time recovery."""

ALARM, FREE_ALARMS = 0.10, 10
DASHBOARD = 3.00
"""aws.amazon.com/cloudwatch/pricing: an alarm on one metric; a dashboard, of which three with up to 50 metrics each are
free."""

LOG_GB = 0.50
"""aws.amazon.com/cloudwatch/pricing: logs taken in."""

SERVICES: Mapping[str, str] = {
    "sns": "SNS",
    "sqs": "SQS",
    "dynamodb": "DynamoDB",
    "storage": "Ledger",
    "lambda": "Lambda",
    "logs": "CloudWatch Logs",
}
"""Their names, in the order in which they are shown; the ledger's is the storage of it in DynamoDB."""
