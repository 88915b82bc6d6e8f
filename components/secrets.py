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
    """Ids of the link keys and of the tokens; the last of each is the current one. There may be no read-only token."""

    link_keys: Sequence[str]
    admin_tokens: Sequence[str]
    read_only_tokens: Sequence[str]
    deletion_protection: bool
    captcha: pulumi.Input[str] | None = None
    """The secret key of the captcha's service; None where there is no captcha."""


@dataclass(frozen=True)
class Secret:
    """A SecureString parameter that functions read."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    version: pulumi.Output[int]

    def environment(self, variable: str) -> dict[str, pulumi.Input[str]]:
        """What tells a function where the secret is.

        The version comes along so that a new value changes the function: Lambda then starts it afresh, and none goes on
        with what it read before.
        """
        return {variable: self.name, f"{variable}_VERSION": self.version.apply(str)}


class Secrets(pulumi.ComponentResource):
    """Link-signing keys and admin tokens, each a SecureString parameter that holds JSON.

    `link_keys` holds `{"current": id, "keys": {id: secret}, "erasure": secret}`; the erasure key makes the hashes
    that are left of erased people, and never rotates. `admin_tokens` holds the SHA-256 of each token,
    which opens nothing: `{"full": [hex, ...], "read_only": [hex, ...]}`. `admin_token` is the current token,
    `read_only_token` the current one that only reads, if there is any.
    """

    link_keys: Secret
    admin_tokens: Secret
    admin_token: pulumi.Output[str]
    read_only_token: pulumi.Output[str] | None
    captcha: Secret | None

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Secrets", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        # A lost link key breaks the unsubscribe links of every mail it signed.
        key_opts = pulumi.ResourceOptions(parent=self, protect=args.deletion_protection)

        keys = {id_: _random_secret(f"{name}-link-key-{id_}", key_opts) for id_ in args.link_keys}
        erasure_key = _random_secret(f"{name}-erasure-key", key_opts)
        tokens = [_random_secret(f"{name}-admin-token-{id_}", child_opts) for id_ in args.admin_tokens]
        readers = [_random_secret(f"{name}-read-only-token-{id_}", child_opts) for id_ in args.read_only_tokens]

        def parameter(key: str, description: str, value: pulumi.Input[str]) -> Secret:
            stored = aws.ssm.Parameter(
                f"{name}-{key}", type="SecureString", description=description, value=value, opts=child_opts
            )
            return Secret(stored.name, stored.arn, stored.version)

        self.link_keys = parameter(
            "link-keys",
            "Keys that sign the links in mails",
            pulumi.Output.json_dumps({"current": args.link_keys[-1], "keys": keys, "erasure": erasure_key}),
        )
        self.admin_tokens = parameter(
            "admin-tokens",
            "SHA-256 of the tokens that open the admin API",
            pulumi.Output.json_dumps(
                {
                    "full": [token.apply(_sha256) for token in tokens],
                    "read_only": [token.apply(_sha256) for token in readers],
                }
            ),
        )
        self.captcha = None
        if args.captcha is not None:
            self.captcha = parameter("captcha", "The secret key of the captcha's service", args.captcha)
        self.admin_token = tokens[-1]
        self.read_only_token = readers[-1] if readers else None
        self.register_outputs({"admin_token": self.admin_token})


def _random_secret(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return random.RandomPassword(name, length=SECRET_LENGTH, special=False, opts=opts).result


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
