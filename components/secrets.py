"""The random secrets of a stack, and the SSM parameters through which functions read them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.config import KeptKeys
from components.grants import Grant
from components.policies import read_parameter
from contract import Env

SECRET_LENGTH = 48
"""Letters and digits, 285 bits."""


@dataclass(frozen=True)
class SecretsArgs:
    """Ids of the link keys and of the tokens; the last of each is the current one. There may be no token of a scope but
    the full one."""

    link_keys: Sequence[str]
    admin_tokens: Sequence[str]
    write_tokens: Sequence[str]
    read_only_tokens: Sequence[str]
    deletion_protection: bool
    kept: KeptKeys | None = None
    """What takes the place of new keys of the same ids."""
    captcha: pulumi.Input[str] | None = None
    """The secret key of the captcha service; None without a captcha."""


@dataclass(frozen=True)
class Secret:
    """A SecureString parameter that functions can be allowed to read."""

    variable: Env
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    version: pulumi.Output[int]

    def reader(self) -> Grant:
        """Read the secret.

        The version is passed along so that a new value changes the function: Lambda then starts it afresh, and no
        instance continues with the old value.
        """
        environment = {self.variable: self.name, f"{self.variable}_VERSION": self.version.apply(str)}
        return Grant(environment, [read_parameter(self.arn)])


class Secrets(pulumi.ComponentResource):
    """Link-signing keys and admin tokens, each a SecureString parameter that holds JSON.

    `link_keys` holds `{"current": id, "keys": {id: secret}, "erasure": secret}`; the erasure key makes the hashes that
    are kept of erased people, and is never rotated. `admin_tokens` holds the SHA-256 of each token, which opens
    nothing, by scope and id: `{"full": {id: hex}, "write": {}, "read_only": {}}`. `admin_token` is the current full
    token, `write_token` and `read_only_token` the current ones of the other scopes, if there are any.
    """

    link_keys: Secret
    kept_for_later: pulumi.Output[str]
    """The value of `link_keys`, for a stack after this one."""
    admin_tokens: Secret
    admin_token: pulumi.Output[str]
    write_token: pulumi.Output[str] | None
    read_only_token: pulumi.Output[str] | None
    captcha: Secret | None

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Secrets", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)
        # A lost link key breaks the unsubscribe links in every email that it signed.
        key_opts = pulumi.ResourceOptions(parent=self, protect=args.deletion_protection)

        kept = args.kept.link if args.kept else {}
        keys = {
            id_: kept[id_] if id_ in kept else _random_secret(f"{name}-link-key-{id_}", key_opts)
            for id_ in args.link_keys
        }
        erasure_key = args.kept.erasure if args.kept else _random_secret(f"{name}-erasure-key", key_opts)
        self.kept_for_later = pulumi.Output.secret(
            pulumi.Output.json_dumps({"current": args.link_keys[-1], "keys": keys, "erasure": erasure_key})
        )
        tokens = {
            scope: {id_: _random_secret(f"{name}-{kind}-token-{id_}", child_opts) for id_ in ids}
            for scope, kind, ids in (
                ("full", "admin", args.admin_tokens),
                ("write", "write", args.write_tokens),
                ("read_only", "read-only", args.read_only_tokens),
            )
        }
        current = {scope: list(of_scope.values())[-1] for scope, of_scope in tokens.items() if of_scope}

        self.link_keys = secret_parameter(
            f"{name}-link-keys",
            Env.LINK_KEYS_PARAMETER,
            "Keys that sign the links in emails",
            self.kept_for_later,
            child_opts,
        )
        self.admin_tokens = secret_parameter(
            f"{name}-admin-tokens",
            Env.ADMIN_TOKENS_PARAMETER,
            "SHA-256 of the tokens that open the admin API",
            pulumi.Output.json_dumps(
                {scope: {id_: token.apply(_sha256) for id_, token in known.items()} for scope, known in tokens.items()}
            ),
            child_opts,
        )
        self.captcha = None
        if args.captcha is not None:
            self.captcha = secret_parameter(
                f"{name}-captcha",
                Env.CAPTCHA_SECRET_PARAMETER,
                "The secret key of the captcha service",
                args.captcha,
                child_opts,
            )
        self.admin_token = current["full"]
        self.write_token = current.get("write")
        self.read_only_token = current.get("read_only")
        self.register_outputs({"admin_token": self.admin_token})


def secret_parameter(
    name: str, variable: Env, description: str, value: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Secret:
    """A secret that functions know as `variable`."""
    stored = aws.ssm.Parameter(name, type="SecureString", description=description, value=value, opts=opts)
    return Secret(variable, stored.name, stored.arn, stored.version)


def _random_secret(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return random.RandomPassword(name, length=SECRET_LENGTH, special=False, opts=opts).result


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
