"""The random secrets of a stack, and the SSM parameters through which functions read them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

SECRET_LENGTH = 48
"""Letters and digits, 285 bits."""


@dataclass(frozen=True)
class SecretsArgs:
    """Ids of the link keys and admin tokens; the last of each is the current one."""

    link_keys: Sequence[str]
    admin_tokens: Sequence[str]
    deletion_protection: bool
    captcha: pulumi.Input[str] | None = None
    """The secret key of the captcha's service; None where there is no captcha."""


class Secrets(pulumi.ComponentResource):
    """Link-signing keys and admin tokens, each a SecureString parameter that holds JSON.

    `link_keys` holds `{"current": id, "keys": {id: secret}, "erasure": secret}`; the erasure key makes the hashes
    that are left of erased people, and never rotates. `admin_tokens` holds the SHA-256 of each token,
    which opens nothing: `{"full": [hex, ...], "read_only": [hex, ...]}`. `admin_token` is the current token.
    """

    link_keys: aws.ssm.Parameter
    admin_tokens: aws.ssm.Parameter
    admin_token: pulumi.Output[str]
    captcha: aws.ssm.Parameter | None

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Secrets", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        # A lost link key breaks the unsubscribe links of every mail it signed.
        key_opts = pulumi.ResourceOptions(parent=self, protect=args.deletion_protection)

        keys = {id_: _random_secret(f"{name}-link-key-{id_}", key_opts) for id_ in args.link_keys}
        erasure_key = _random_secret(f"{name}-erasure-key", key_opts)
        tokens = [_random_secret(f"{name}-admin-token-{id_}", child_opts) for id_ in args.admin_tokens]

        self.link_keys = aws.ssm.Parameter(
            f"{name}-link-keys",
            type="SecureString",
            description="Keys that sign the links in mails",
            value=pulumi.Output.json_dumps({"current": args.link_keys[-1], "keys": keys, "erasure": erasure_key}),
            opts=child_opts,
        )
        self.admin_tokens = aws.ssm.Parameter(
            f"{name}-admin-tokens",
            type="SecureString",
            description="SHA-256 of the tokens that open the admin API",
            value=pulumi.Output.json_dumps({"full": [token.apply(_sha256) for token in tokens], "read_only": []}),
            opts=child_opts,
        )
        self.captcha = None
        if args.captcha is not None:
            self.captcha = aws.ssm.Parameter(
                f"{name}-captcha",
                type="SecureString",
                description="The secret key of the captcha's service",
                value=args.captcha,
                opts=child_opts,
            )
        self.admin_token = tokens[-1]
        self.register_outputs({"admin_token": self.admin_token})


def _random_secret(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return random.RandomPassword(name, length=SECRET_LENGTH, special=False, opts=opts).result


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
