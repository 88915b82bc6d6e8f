"""Runs the SES stand-in alone: `python -m local.ses --port 4570`."""

import argparse
import json
import signal
from collections.abc import Callable
from typing import Any

import boto3

from local.ses.identities import REGION
from local.ses.server import SesStandIn


def sns_publisher(endpoint_url: str) -> Callable[[str, dict[str, Any]], None]:
    """A `publish` that sends each event to the SNS at `endpoint_url`."""
    session = boto3.Session("local", "local", region_name=REGION)
    sns = session.client("sns", endpoint_url=endpoint_url)
    return lambda topic, event: sns.publish(TopicArn=topic, Message=json.dumps(event))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.ses", description="Run a local Amazon SES v2.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--sns-endpoint", metavar="URL", help="where to publish events; without it there are none")
    options = parser.parse_args()
    publish = sns_publisher(options.sns_endpoint) if options.sns_endpoint else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with SesStandIn(options.port, publish) as ses:
        try:
            print(f"SES v2   {ses.url}\nmailbox  {ses.mailbox_url}/", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
