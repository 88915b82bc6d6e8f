"""What a flood at the public routes costs at most in a day, computed from the limits that the program declares."""

from collections.abc import Mapping

from benchmarks import prices
from components.api import LIMITS, PUBLIC, folded
from components.gateway import USUAL
from contract import ROUTES

DAY = 24 * 3600
API_REQUEST = 1.00 / prices.MILLION
"""aws.amazon.com/api-gateway/pricing: HTTP APIs."""

TRANSFER_GB = 0.09
"""aws.amazon.com/ec2/pricing/on-demand: to the internet, the first 10 TB of a month."""

SECONDS, GB = 0.05, 256 / 1024
"""What an answer takes of a function that is warm, generously."""

ANSWER_BYTES = 20_000
"""As compressed as the largest files of the console, and the API's description."""

LOGGED_BYTES = 500
"""A line of the access log."""

LOOKS_A_DAY, LOOK_SECONDS, WORKER_GB = 24 * 4, 0.05, 0.5
"""How often a confirmation that waits is looked at, and what that takes (components/membership.py)."""

SQS_REQUESTS_OF_A_LOOK = 4
"""Received, deleted, sent again; and how many wait."""


def of_a_day(confirmations_per_day: int) -> Mapping[str, float]:
    """Dollars by what they are for, if all public routes get all day what they let through."""
    open_ = [LIMITS.get(function, USUAL) for function in folded(ROUTES).values() if function in PUBLIC]
    requests = DAY * sum(limit.per_second for limit in open_)
    request = (
        API_REQUEST
        + prices.LAMBDA_REQUEST
        + prices.LAMBDA_GB_SECOND * SECONDS * GB
        + prices.LOG_GB / 1e9 * LOGGED_BYTES
        + TRANSFER_GB / 1e9 * ANSWER_BYTES
    )
    sign_ups = DAY * 2 * LIMITS["subscribe"].per_second
    looks = LOOKS_A_DAY * 7 * confirmations_per_day
    return {
        "requests": requests * request,
        "sign-ups": sign_ups * (prices.DYNAMODB_WRITE + prices.SQS_REQUEST),
        "confirmations": confirmations_per_day * max(prices.SES_MAIL.values()),
        "waiting": looks
        * (
            SQS_REQUESTS_OF_A_LOOK * prices.SQS_REQUEST
            + prices.LAMBDA_REQUEST
            + LOOK_SECONDS * WORKER_GB * prices.LAMBDA_GB_SECOND
        ),
    }
