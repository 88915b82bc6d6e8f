"""What a flood costs at most in a day, computed from the limits that the program declares: at the routes that are open
to everybody, and with made-up tokens at those that are not."""

from collections.abc import Mapping

from benchmarks import prices
from components.api import LIMITS, PUBLIC, folded
from components.gateway import USUAL, Limit
from contract import ROUTES
from email_list.people.brake import SLOT_MINUTES

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

REFUSAL_BYTES = 300
"""What someone without a token is answered."""

LOOKS_A_DAY, LOOK_SECONDS, WORKER_GB = 24 * 60 / SLOT_MINUTES, 0.05, 0.5
"""How often a confirmation that waits is looked at, and what that takes (components/membership.py)."""

SQS_REQUESTS_OF_A_LOOK = 4
"""Received, deleted, sent again; and how many wait."""


def of_a_day(confirmations_per_day: int) -> Mapping[str, float]:
    """Dollars by what they are for, if it happens all day."""
    sign_ups = DAY * 2 * LIMITS["subscribe"].per_second
    looks = LOOKS_A_DAY * 7 * confirmations_per_day
    return {
        "a route behind links in emails": _route(LIMITS["unsubscribe"], ANSWER_BYTES),
        "a route of the console's files": _route(LIMITS["console"], ANSWER_BYTES),
        "a route for administrators, with made-up tokens": _route(USUAL, REFUSAL_BYTES),
        "a route of the sign-up form": _route(LIMITS["subscribe"], ANSWER_BYTES),
        "sign-ups that are stored and queued": sign_ups * (prices.DYNAMODB_WRITE + prices.SQS_REQUEST),
        "confirmations that are sent": confirmations_per_day * max(prices.SES_MAIL.values()),
        "confirmations that wait": looks
        * (
            SQS_REQUESTS_OF_A_LOOK * prices.SQS_REQUEST
            + prices.LAMBDA_REQUEST
            + LOOK_SECONDS * WORKER_GB * prices.LAMBDA_GB_SECOND
        ),
    }


def of_all_routes() -> float:
    """Dollars a day if every route that the program declares gets all that it lets through."""
    return sum(
        _route(LIMITS.get(function, USUAL), ANSWER_BYTES if function in PUBLIC else REFUSAL_BYTES)
        for function in folded(ROUTES).values()
    )


def _route(limit: Limit, answer_bytes: int) -> float:
    request = (
        API_REQUEST
        + prices.LAMBDA_REQUEST
        + prices.LAMBDA_GB_SECOND * SECONDS * GB
        + prices.LOG_GB / 1e9 * LOGGED_BYTES
        + TRANSFER_GB / 1e9 * answer_bytes
    )
    return DAY * limit.per_second * request


def table(confirmations_per_day: int) -> str:
    """The same in Markdown."""
    return "".join(f"| {what} | ${cost:.2f} |\n" for what, cost in of_a_day(confirmations_per_day).items())
