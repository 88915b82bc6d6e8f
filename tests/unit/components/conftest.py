"""The whole program, run under the recording mocks.

A run takes about a second, so most tests share one of two: `deployment`, with the configuration of the dev stack, and
`everything`, with every feature turned on. A test that needs another configuration calls `deploy`.
"""

import base64
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from components import packaging
from components.config import QUICKSIGHT_EXAMPLE
from local.project import load_project
from tests.unit.components.recording import STACK, Deployment, run_program

ROOT = Path(__file__).resolve().parents[3]

EVERYTHING = {
    "adminTokens": '["first", "second"]',
    "alarmEmail": "office@example.org",
    "archive": "true",
    "captchaSecret": "captcha-secret",
    "captchaSiteKey": "site-key",
    "corsOrigins": '["https://www.example.org"]',
    "deletionProtection": "true",
    "goodbyeMail": "true",
    "hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "linkDomain": "lists.example.org",
    "linkDomainAttached": "true",
    "linkKeys": '["first", "second"]',
    "logRetentionDays": "7",
    "monthlyBudget": "50",
    "mailFromDomain": "bounce.example.org",
    "postmasterCredentials": '{"type": "service_account", "client_email": "a@b.example", "private_key": "k"}',
    "quicksight": "true",
    "quicksightPrincipal": QUICKSIGHT_EXAMPLE,
    "readOnlyTokens": '["dashboard", "auditor"]',
    "replyTo": "office@example.com",
    "reportRecipients": '["office@example.org"]',
    "sandboxIdentities": '["you@example.org"]',
    "senderDomain": "example.org",
    "senderEmail": "",
    "senderLocalPart": "news",
    "trackEngagement": "everybody",
    "trackingDomain": "click.example.org",
    "trackingDomainAttached": "true",
    "warmUp": '{"start": 1000, "factor": "1.5"}',
    "webhookSecret": f"whsec_{base64.b64encode(bytes(32)).decode()}",
    "webhookUrl": "https://hook.example.org/list",
    "writeTokens": '["editor"]',
}


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """Run `__main__.py` with changes to the dev stack's configuration; its bundles are an empty directory."""
    bundle = tmp_path_factory.mktemp("bundle")

    def deploy(*, stack: str = STACK, preview: bool = False, **changes: str) -> Deployment:
        config = load_project(ROOT, STACK, changes).config
        with pytest.MonkeyPatch.context() as patch:
            # An Output in an f-string is an error then, not a puzzling string.
            patch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")
            patch.setattr(packaging, "build_bundle", lambda *_: bundle)
            return run_program(
                lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
                config,
                stack=stack,
                preview=preview,
            )

    return deploy


@pytest.fixture(scope="session")
def deployment(deploy: Callable[..., Deployment]) -> Deployment:
    """What the dev stack declares."""
    return deploy()


@pytest.fixture(scope="session")
def everything(deploy: Callable[..., Deployment]) -> Deployment:
    """What a stack declares that has every feature turned on, precious data, and all that can be configured."""
    return deploy(**EVERYTHING)
