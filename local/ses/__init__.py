"""A local stand-in for Amazon SES v2, with a mailbox.

The emulator's own SES drops headers, publishes no events and knows no quota, so tests, benchmarks and the
demo send through this one. An SDK reaches it by `AWS_ENDPOINT_URL_SESV2`.
"""

from local.ses.server import SesStandIn

__all__ = ["SesStandIn"]
