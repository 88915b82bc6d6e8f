"""The routes of the HTTP API and the functions behind them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.campaigns import Campaigns
from components.config import ListConfig
from components.function import FunctionPlatform, PythonFunction, PythonFunctionArgs
from components.gateway import Gateway
from components.mailer import Mailer
from components.membership import Membership
from components.policies import (
    Statement,
    lift_suppression,
    put_work,
    query_index,
    read_identity,
    read_parameter,
    read_sending_limits,
    use_objects,
    use_table,
)
from components.records import Records
from components.secrets import Secrets
from components.subscriber_store import SubscriberStore
from contract import ADDRESS_INDEX, ROUTES, STATUS_INDEX, Access, Route


@dataclass(frozen=True)
class ApiArgs:
    """The gateway that the routes are added to, and what the functions behind them work with."""

    config: ListConfig
    platform: FunctionPlatform
    gateway: Gateway
    store: SubscriberStore
    mailer: Mailer
    records: Records
    membership: Membership
    campaigns: Campaigns
    secrets: Secrets


PUBLIC = {route.function for route in ROUTES if route.access is Access.PUBLIC}
"""The functions that anyone may call; all routes of a function are open, or none is."""


def folded(routes: Sequence[Route]) -> Mapping[str, str]:
    """The routes that are declared, by their keys, each with its function: what lies below one word is one route.

    Where several functions share such a route, the one with the most operations gets it. The others' operations are
    declared one by one: a path without `{path+}` wins over one with it, and a method over `ANY` (HTTP API developer
    guide, "Routing API requests"). The functions themselves tell operations apart, and refuse what is none.
    """
    shared: dict[str, list[Route]] = {}
    for route in routes:
        _, word, *below = route.path.split("/")
        shared.setdefault(f"/{word}/{{path+}}" if below else f"/{word}", []).append(route)
    declared = {}
    for path, here in shared.items():
        ((most, _),) = Counter(route.function for route in here).most_common(1)
        declared[f"ANY {path}"] = most
        declared |= {route.key: route.function for route in here if route.function != most}
    return declared


class Api(pulumi.ComponentResource):
    """The routes of the contract, the functions they lead to, and the authorizer that guards the admin routes."""

    functions: dict[str, PythonFunction]
    """The functions behind the routes, by name."""

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Api", name, None, opts)
        self._name = name
        self._gateway = args.gateway
        self._child_opts = pulumi.ResourceOptions(parent=self)

        self.functions = {function.handler: self._function(function) for function in _route_functions(args)}
        authorizer_id = self._authorizer(self._function(_authorizer_function(args)))
        targets = {key: self._integration(key, function) for key, function in self.functions.items()}
        for key, function in folded(ROUTES).items():
            self._route(key, targets[function], None if function in PUBLIC else authorizer_id)
            if args.config.cors_origins and key.startswith("ANY ") and function not in PUBLIC:
                # Browsers ask before a script of another site, without a token; to "ANY" this would be one more
                # request to guard (HTTP API developer guide, "Configure CORS for HTTP APIs").
                self._route(key.replace("ANY ", "OPTIONS "), targets[function], None)

        self.register_outputs({"functions": {key: function.name for key, function in self.functions.items()}})

    def _function(self, args: PythonFunctionArgs) -> PythonFunction:
        return PythonFunction(f"{self._name}-{args.handler}", args, self._child_opts)

    def _integration(self, key: str, function: PythonFunction) -> pulumi.Output[str]:
        """Let routes lead to a function; the answer is a route's target."""
        integration = aws.apigatewayv2.Integration(
            f"{self._name}-{key}",
            api_id=self._gateway.api_id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            opts=self._child_opts,
        )
        self._allow_calls(key, function, "/*/*")
        return pulumi.Output.concat("integrations/", integration.id)

    def _route(self, key: str, target: pulumi.Output[str], authorizer_id: pulumi.Output[str] | None) -> None:
        # Names allow no spaces and slashes.
        slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        aws.apigatewayv2.Route(
            f"{self._name}-{slug}",
            api_id=self._gateway.api_id,
            route_key=key,
            target=target,
            authorization_type="NONE" if authorizer_id is None else "CUSTOM",
            authorizer_id=authorizer_id,
            opts=self._child_opts,
        )

    def _authorizer(self, function: PythonFunction) -> pulumi.Output[str]:
        """Let the function decide who may call a guarded route; the answer is the authorizer's id."""
        authorizer = aws.apigatewayv2.Authorizer(
            f"{self._name}-admin",
            name="admin",
            api_id=self._gateway.api_id,
            authorizer_type="REQUEST",
            authorizer_uri=function.invoke_arn,
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            identity_sources=["$request.header.Authorization"],
            # A remembered answer would outlive its token, and pass from one route to another.
            authorizer_result_ttl_in_seconds=0,
            opts=self._child_opts,
        )
        self._allow_calls("authorizer", function, pulumi.Output.concat("/authorizers/", authorizer.id))
        return authorizer.id

    def _allow_calls(self, key: str, function: PythonFunction, caller: pulumi.Input[str]) -> None:
        """Let one part of this API, and no other API, call a function."""
        aws.lambda_.Permission(
            f"{self._name}-{key}",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(self._gateway.execution_arn, caller),
            opts=self._child_opts,
        )


def _route_functions(args: ApiArgs) -> list[PythonFunctionArgs]:
    config, store, mailer, membership = args.config, args.store, args.mailer, args.membership
    records = args.records
    link_keys = args.secrets.link_keys
    people: dict[str, pulumi.Input[str]] = {
        "SUBSCRIBERS_TABLE": store.table_name,
        **link_keys.environment("LINK_KEYS_PARAMETER"),
    }
    pages = {**people, "PUBLIC_URL": args.gateway.endpoint}
    return [
        PythonFunctionArgs(
            handler="subscribe",
            description="Shows the sign-up form and takes sign-ups",
            platform=args.platform,
            environment={
                **pages,
                **config.signup_environment,
                **_captcha_environment(args),
                "RECORDS_TABLE": records.table_name,
                "SIGNUPS_QUEUE": membership.signups.url,
            },
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem", "DeleteItem"),
                use_table(records.table_arn, "UpdateItem"),
                put_work(membership.signups.arn),
                read_parameter(link_keys.arn),
                *([read_parameter(args.secrets.captcha.arn)] if args.secrets.captcha else []),
            ],
        ),
        PythonFunctionArgs(
            handler="confirm",
            description="Makes people active who follow the link in a confirmation mail",
            platform=args.platform,
            environment={**pages, **_greetings_environment(args, config.welcome_mail)},
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem", "DeleteItem"),
                read_parameter(link_keys.arn),
                *_greetings_statements(args, config.welcome_mail),
            ],
        ),
        PythonFunctionArgs(
            handler="unsubscribe",
            description="Takes people off the list who follow the link in a mail",
            platform=args.platform,
            environment={**pages, **_greetings_environment(args, config.goodbye_mail)},
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem"),
                read_parameter(link_keys.arn),
                *_greetings_statements(args, config.goodbye_mail),
            ],
        ),
        PythonFunctionArgs(
            handler="preferences",
            description="Shows people what is stored about them, to change, take along or erase",
            platform=args.platform,
            environment={**pages, "ERASURES_QUEUE": membership.erasures.url},
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem", "PutItem", "DeleteItem"),
                put_work(membership.erasures.arn),
                read_parameter(link_keys.arn),
            ],
        ),
        PythonFunctionArgs(
            handler="list_subscribers",
            description="Lists subscribers by status or address, page by page",
            platform=args.platform,
            environment={"SUBSCRIBERS_TABLE": store.table_name, "RECORDS_TABLE": records.table_name},
            statements=[
                query_index(store.table_arn, STATUS_INDEX),
                query_index(store.table_arn, ADDRESS_INDEX),
                use_table(store.table_arn, "BatchGetItem"),
                use_table(records.table_arn, "Query"),
            ],
        ),
        PythonFunctionArgs(
            handler="analytics",
            description="Tells how the list grows, and what came of campaigns",
            platform=args.platform,
            environment={"RECORDS_TABLE": records.table_name},
            statements=[use_table(records.table_arn, "BatchGetItem", "Query")],
            memory=512,
        ),
        PythonFunctionArgs(
            handler="subscribers",
            description="The administrator's tools for people: add, edit, erase, import, export",
            platform=args.platform,
            environment={
                **people,
                "RECORDS_TABLE": records.table_name,
                "FILES_BUCKET": membership.files.bucket,
                "EXPORTS_QUEUE": membership.exports.url,
                "ERASURES_QUEUE": membership.erasures.url,
            },
            statements=[
                use_table(store.table_arn, "GetItem", "UpdateItem", "PutItem", "DeleteItem"),
                use_table(records.table_arn, "GetItem", "PutItem", "Query"),
                # A link lets its holder do what the function that signed it may do.
                use_objects(membership.files.arn, "imports/", "PutObject"),
                use_objects(membership.files.arn, "reports/", "GetObject"),
                use_objects(membership.files.arn, "exports/", "GetObject"),
                put_work(membership.exports.arn),
                put_work(membership.erasures.arn),
                lift_suppression(),
                read_parameter(link_keys.arn),
            ],
        ),
        PythonFunctionArgs(
            handler="campaigns",
            description="Creates, shows and steers campaigns",
            platform=args.platform,
            environment=args.campaigns.desk_environment,
            statements=[
                *args.campaigns.desk_statements,
                *args.campaigns.steering_statements,
                # The rate, for the estimated end.
                read_sending_limits(),
            ],
            timeout=30,
        ),
        PythonFunctionArgs(
            handler="templates",
            description="Keeps newsletter templates",
            platform=args.platform,
            environment={
                "PUBLIC_URL": args.gateway.endpoint,
                "RECORDS_TABLE": records.table_name,
            },
            statements=[
                use_table(records.table_arn, "GetItem", "PutItem", "DeleteItem", "Query"),
            ],
        ),
        PythonFunctionArgs(
            handler="drafts",
            description="Previews letters that are being written, mails copies to try, counts whom they reach",
            platform=args.platform,
            environment={
                **pages,
                "RECORDS_TABLE": records.table_name,
                "CONFIGURATION_SET": mailer.configuration_set,
            },
            statements=[
                query_index(store.table_arn, STATUS_INDEX),
                use_table(store.table_arn, "BatchGetItem"),
                use_table(records.table_arn, "GetItem", "Query"),
                mailer.send_mail,
                read_parameter(link_keys.arn),
            ],
            timeout=30,
            # Counting an audience is work for the processor, which comes with memory.
            memory=1024,
        ),
        PythonFunctionArgs(
            handler="settings",
            description="Tells administrators what is configured, and in which state sender and account are",
            platform=args.platform,
            environment={
                **_captcha_site(args),
                "DOUBLE_OPT_IN": config.signup_environment["DOUBLE_OPT_IN"],
                "PUBLIC_URL": args.gateway.endpoint,
                "SENDER_IDENTITY": config.identity,
            },
            statements=[read_identity(mailer.identity_arn), read_sending_limits()],
        ),
        PythonFunctionArgs(
            handler="openapi",
            description="Serves the description of the API",
            platform=args.platform,
            environment={"PUBLIC_URL": args.gateway.endpoint},
        ),
        PythonFunctionArgs(
            handler="console",
            description="Serves the files of the administrators' console",
            platform=args.platform,
        ),
    ]


def _greetings_environment(args: ApiArgs, wanted: bool) -> dict[str, pulumi.Input[str]]:
    greetings = args.membership.greetings
    return {"GREETINGS_QUEUE": greetings.url} if greetings and wanted else {}


def _greetings_statements(args: ApiArgs, wanted: bool) -> list[Statement]:
    greetings = args.membership.greetings
    return [put_work(greetings.arn)] if greetings and wanted else []


def _captcha_environment(args: ApiArgs) -> dict[str, pulumi.Input[str]]:
    secret = args.secrets.captcha.environment("CAPTCHA_SECRET_PARAMETER") if args.secrets.captcha else {}
    return {**_captcha_site(args), **secret}


def _captcha_site(args: ApiArgs) -> dict[str, pulumi.Input[str]]:
    return {"CAPTCHA_SITE_KEY": args.config.captcha_site_key} if args.config.captcha_site_key else {}


def _authorizer_function(args: ApiArgs) -> PythonFunctionArgs:
    return PythonFunctionArgs(
        handler="authorizer",
        description="Decides whether a request shows a valid admin token",
        platform=args.platform,
        environment={
            **args.secrets.admin_tokens.environment("ADMIN_TOKENS_PARAMETER"),
            "TEMPLATE_PREFIX": args.mailer.template_prefix,
        },
        statements=[read_parameter(args.secrets.admin_tokens.arn)],
    )
