"""The routes of the HTTP API and the functions behind them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.archive import Archive
from components.campaigns import Campaigns
from components.feeds import Feeds
from components.foundation import Foundation
from components.function import WHOLE_PROCESSOR, Functions, PythonFunction
from components.gateway import Limit
from components.grants import allowed, told
from components.membership import Membership
from components.pictures import Pictures
from components.policies import lift_suppression, read_sending_limits
from components.sequences import Sequences
from contract import ADDRESS_INDEX, DUE_INDEX, ROUTES, STATUS_INDEX, Access, Folder, Route


@dataclass(frozen=True)
class ApiArgs:
    """What the functions behind the routes use."""

    membership: Membership
    campaigns: Campaigns
    pictures: Pictures | None
    archive: Archive | None
    sequences: Sequences
    feeds: Feeds


OF_STRANGERS = Limit(per_second=20, burst=40)
OF_READERS = Limit(per_second=100, burst=200)
OF_FILES = Limit(per_second=50, burst=200)

LIMITS: Mapping[str, Limit] = {
    "subscribe": OF_STRANGERS,
    # The links in emails, above all those to leave: whatever happens elsewhere, these have room of their own.
    **dict.fromkeys(("confirm", "unsubscribe", "preferences"), OF_READERS),
    "archive": OF_FILES,
    # The console asks for all of its files at once.
    **dict.fromkeys(("console", "openapi"), OF_FILES),
}
"""The limits of routes by the functions behind them; administrators' routes have the usual one."""

PUBLIC = {route.function for route in ROUTES if route.access is Access.PUBLIC}
"""The functions that anyone may call; either all routes of a function are open or none is."""


def folded(routes: Sequence[Route]) -> Mapping[str, str]:
    """The declared routes by their keys, each with its function: everything below one word is one route.

    Where several functions share such a route, the one with the most operations gets it. The others' operations are
    declared one by one: a path without `{path+}` wins over one with it, and a method wins over `ANY` (HTTP API
    developer guide, "Routing API requests"). The functions themselves tell operations apart, and refuse anything that
    is not one.
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
    """The routes of the contract, the functions they lead to, and the authorizer that guards the admin routes.

    A part that the configuration leaves out has neither function nor routes.
    """

    functions: dict[str, PythonFunction]
    """The functions behind the routes, by name."""

    def __init__(self, name: str, base: Foundation, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Api", name, None, opts)
        self._name = name
        self._base = base
        self._args = args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._add = Functions(name, base.platform, self).add
        self._people, self._records = base.storage.people, base.storage.records
        self._link_keys = base.secrets.link_keys.reader()

        declared = [*self._for_subscribers(), *self._for_people(), *self._for_letters(), *self._for_series()]
        declared += self._for_everybody()
        declared.append(args.campaigns.deliverability)
        self.functions = {function.handler: function for function in declared}
        authorizer_id = self._authorizer()
        targets = {key: self._integration(key, function) for key, function in self.functions.items()}
        routes, limits = {}, {}
        for key, function in folded([route for route in ROUTES if route.function in self.functions]).items():
            routes[key] = self._route(key, targets[function], None if function in PUBLIC else authorizer_id)
            if function in LIMITS:
                limits[key] = LIMITS[function]
            if base.config.cors_origins and key.startswith("ANY ") and function not in PUBLIC:
                # Browsers ask without a token before a script of another site may call; for "ANY" this would be one
                # more request to guard (HTTP API developer guide, "Configure CORS for HTTP APIs").
                asked = key.replace("ANY ", "OPTIONS ")
                routes[asked] = self._route(asked, targets[function], None)
                limits[asked] = OF_STRANGERS
        base.gateway.open(routes, limits)

        self.register_outputs({"functions": {key: function.name for key, function in self.functions.items()}})

    def _for_subscribers(self) -> list[PythonFunction]:
        """The pages behind links, and the form that leads to them."""
        membership, base = self._args.membership, self._base
        pages = [base.gateway.address, self._link_keys]
        return [
            self._add(
                "subscribe",
                "Shows the sign-up form and accepts sign-ups",
                uses=[
                    *pages,
                    told({**base.config.signup_environment, **base.config.captcha_environment}),
                    *([base.secrets.captcha.reader()] if base.secrets.captcha else []),
                    self._people.writer("GetItem", "UpdateItem", "DeleteItem"),
                    self._records.writer("UpdateItem", "PutItem"),
                    membership.signups.sender(),
                ],
            ),
            self._add(
                "confirm",
                "Activates people who follow the link in a confirmation email",
                uses=[
                    *pages,
                    self._people.writer("GetItem", "UpdateItem", "DeleteItem"),
                ],
            ),
            self._add(
                "unsubscribe",
                "Unsubscribes people who follow the link in an email",
                reserved=base.config.reserved_for_leaving,
                uses=[
                    *pages,
                    self._people.writer("GetItem", "UpdateItem"),
                    self._records.writer("PutItem"),
                    *([membership.greetings.sender()] if membership.greetings else []),
                ],
            ),
            self._add(
                "preferences",
                "Shows people their topics to choose, and by a link from their inbox all that is stored about them",
                reserved=base.config.reserved_for_leaving,
                uses=[
                    *pages,
                    self._people.writer("GetItem", "UpdateItem", "PutItem", "DeleteItem"),
                    self._records.writer("GetItem", "BatchGetItem", "Query", "UpdateItem"),
                    base.storage.places.reader("Query"),
                    membership.signups.sender(),
                    membership.erasures.sender(),
                ],
                # Someone who downloads their data is looked for in every campaign.
                timeout=30,
            ),
        ]

    def _for_people(self) -> list[PythonFunction]:
        """The administrators' tools for people, and figures about them."""
        membership = self._args.membership
        return [
            self._add(
                "list_subscribers",
                "Lists subscribers by status or address, page by page",
                uses=[
                    self._people.reader("Query", index=STATUS_INDEX),
                    self._people.reader("Query", index=ADDRESS_INDEX),
                    self._people.reader("BatchGetItem"),
                    self._records.reader("Query"),
                ],
                # A page is sixteen reads, one of each shard, which take 30 ms of a whole processor.
                memory=1024,
            ),
            self._add(
                "subscribers",
                "The administrators' tools for people: add, edit, erase, import, export",
                uses=[
                    self._link_keys,
                    self._people.writer("GetItem", "UpdateItem", "PutItem", "DeleteItem"),
                    self._records.writer("GetItem", "PutItem", "Query"),
                    # A link lets its holder do whatever the function that signed it may do.
                    membership.files.writer(Folder.IMPORTS),
                    membership.files.reader(Folder.REPORTS),
                    membership.files.reader(Folder.EXPORTS),
                    membership.exporting,
                    membership.erasures.sender(),
                    allowed(lift_suppression()),
                ],
            ),
            self._add(
                "segments",
                "Keeps filters, and counts whom they choose",
                uses=[
                    self._people.reader("Query", index=STATUS_INDEX),
                    self._people.reader("BatchGetItem"),
                    self._records.writer("GetItem", "PutItem", "DeleteItem", "Query"),
                ],
                timeout=30,
                # Counting is work for the processor, which comes with memory.
                memory=WHOLE_PROCESSOR,
            ),
            self._add(
                "analytics",
                "Reports how the list grows and how campaigns performed",
                uses=[self._records.reader("BatchGetItem", "Query")],
                memory=512,
            ),
        ]

    def _for_letters(self) -> list[PythonFunction]:
        """Writing letters, and sending them as campaigns."""
        args, base = self._args, self._base
        pictures = [args.pictures.editing] if args.pictures else []
        return [
            self._add(
                "campaigns",
                "Checks, creates, shows, edits and controls campaigns",
                uses=[
                    *args.campaigns.creating,
                    *args.campaigns.steering,
                    # A draft goes once it has become a campaign, an edited campaign's old letter with the edit.
                    self._records.writer("DeleteItem"),
                    # Whom a newsletter would reach, and the rate, for the estimated end.
                    self._people.reader("Query", index=STATUS_INDEX),
                    self._people.reader("BatchGetItem"),
                    allowed(read_sending_limits()),
                ],
                timeout=30,
                # Counting an audience is work for the processor, which comes with memory.
                memory=1024,
            ),
            self._add(
                "templates",
                "Keeps newsletter templates",
                uses=[base.gateway.address, self._records.writer("GetItem", "PutItem", "DeleteItem", "Query")],
            ),
            self._add(
                "feeds",
                "Keeps feeds whose new entries are emailed, and shows what their next issue would be",
                uses=[
                    base.gateway.address,
                    self._records.writer("GetItem", "PutItem", "DeleteItem", "Query"),
                    *args.feeds.managing,
                ],
                timeout=30,
                memory=512,
            ),
            self._add(
                "drafts",
                "Keeps drafts, previews letters while they are written, sends tests, counts whom they reach",
                uses=[
                    base.gateway.address,
                    self._link_keys,
                    self._people.reader("Query", index=STATUS_INDEX),
                    self._people.reader("BatchGetItem"),
                    self._records.writer("GetItem", "PutItem", "DeleteItem", "Query"),
                    base.mailer.sender,
                ],
                timeout=30,
                # Counting an audience takes processor time, which comes with memory.
                memory=1024,
            ),
            *(
                self._add(
                    "pictures",
                    "Takes pictures for letters, and deletes those that nothing shows",
                    uses=[grant, self._records.writer("GetItem", "PutItem", "DeleteItem", "Query", "BatchGetItem")],
                    # Before one is deleted, everything that is written is read.
                    timeout=30,
                    memory=512,
                )
                for grant in pictures
            ),
        ]

    def _for_series(self) -> list[PythonFunction]:
        """Letters that each person gets at their own pace."""
        args, places, base = self._args, self._base.storage.places, self._base
        return [
            self._add(
                "sequences",
                "Keeps sequences, switches them on and off, and shows who is in them",
                uses=[
                    base.gateway.address,
                    self._link_keys,
                    self._records.writer("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"),
                    places.reader("Query", index=DUE_INDEX),
                    places.reader("BatchGetItem"),
                    base.mailer.templates("CreateEmailTemplate", "DeleteEmailTemplate", "TestRenderEmailTemplate"),
                    args.sequences.starting,
                ],
                timeout=30,
                memory=1024,
            )
        ]

    def _for_everybody(self) -> list[PythonFunction]:
        """What reports on the stack itself."""
        args, base = self._args, self._base
        double_opt_in = {"DOUBLE_OPT_IN": base.config.signup_environment["DOUBLE_OPT_IN"]}
        return [
            self._add(
                "settings",
                "Tells administrators the configuration, the state of the sender and the account, and who changed what",
                uses=[
                    base.gateway.address,
                    self._records.writer("Query", "PutItem", "UpdateItem"),
                    told({**double_opt_in, **base.config.captcha_environment, **base.config.brake_environment}),
                    *([args.pictures.address] if args.pictures else []),
                    base.mailer.identity_reader,
                    allowed(read_sending_limits()),
                ],
            ),
            *([self._archive(args.archive)] if args.archive else []),
            self._add("openapi", "Serves the API's description", uses=[base.gateway.address]),
            self._add(
                "console",
                "Serves the files of the administrators' console",
                uses=[args.pictures.uploading] if args.pictures else [],
            ),
        ]

    def _archive(self, archive: Archive) -> PythonFunction:
        return self._add(
            "archive",
            "Shows public campaigns on the web, and lists them for people, feed readers and search engines",
            uses=[
                self._base.gateway.address,
                self._records.reader("GetItem", "Query"),
                archive.reader(),
                told(self._base.config.captcha_environment),
            ],
            memory=512,
        )

    def _integration(self, key: str, function: PythonFunction) -> pulumi.Output[str]:
        """Route requests to a function; returns the route's target."""
        integration = aws.apigatewayv2.Integration(
            f"{self._name}-{key}",
            api_id=self._base.gateway.api_id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            opts=self._child_opts,
        )
        self._allow_calls(key, function, "/*/*")
        return pulumi.Output.concat("integrations/", integration.id)

    def _route(
        self, key: str, target: pulumi.Output[str], authorizer_id: pulumi.Output[str] | None
    ) -> aws.apigatewayv2.Route:
        # Names must not contain spaces or slashes.
        slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        return aws.apigatewayv2.Route(
            f"{self._name}-{slug}",
            api_id=self._base.gateway.api_id,
            route_key=key,
            target=target,
            authorization_type="NONE" if authorizer_id is None else "CUSTOM",
            authorizer_id=authorizer_id,
            opts=self._child_opts,
        )

    def _authorizer(self) -> pulumi.Output[str]:
        """Let a function decide who may call a guarded route; returns the authorizer's id."""
        function = self._add(
            "authorizer",
            "Decides whether a request carries a valid admin token",
            uses=[self._base.secrets.admin_tokens.reader()],
        )
        authorizer = aws.apigatewayv2.Authorizer(
            f"{self._name}-admin",
            name="admin",
            api_id=self._base.gateway.api_id,
            authorizer_type="REQUEST",
            authorizer_uri=function.invoke_arn,
            authorizer_payload_format_version="2.0",
            enable_simple_responses=True,
            identity_sources=["$request.header.Authorization"],
            # A cached answer would outlive its token, and apply to other routes.
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
            source_arn=pulumi.Output.concat(self._base.gateway.execution_arn, caller),
            opts=self._child_opts,
        )
