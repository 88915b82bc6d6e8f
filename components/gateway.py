"""The public address of a stack: an HTTP API without routes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.grants import Grant, told
from contract import Env


@dataclass(frozen=True)
class Limit:
    """How many requests a second a route takes from all callers together, and how many at once; API Gateway answers 429
    beyond that. It is a target, not a ceiling (HTTP API developer guide, "Throttling requests to your HTTP APIs")."""

    per_second: int
    burst: int


USUAL = Limit(per_second=100, burst=200)
"""Of routes that have no limit of their own."""

ACCESS_LOG_FORMAT = json.dumps(
    {
        # The route instead of the path, which may hold an address; no query string, which may hold a token.
        "requestId": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "route": "$context.routeKey",
        "status": "$context.status",
        # The id of the administrator's token, which is no secret.
        "token": "$context.authorizer.token",
        "sourceIp": "$context.identity.sourceIp",
        "userAgent": "$context.identity.userAgent",
        "latencyMs": "$context.responseLatency",
        "responseBytes": "$context.responseLength",
        "authorizerError": "$context.authorizer.error",
        "integrationError": "$context.integrationErrorMessage",
    }
)


@dataclass(frozen=True)
class GatewayArgs:
    """`host` is the list's own domain, `cors_origins` are the websites whose scripts may call the API."""

    host: str | None
    cors_origins: Sequence[str]
    log_retention_days: int


class Gateway(pulumi.ComponentResource):
    """The HTTP API, its stage, its throttling, and its access log.

    It is separate from `Api`, which adds the routes, because functions put the address into emails: the address must
    exist before they do.
    """

    api_id: pulumi.Output[str]
    stage: pulumi.Output[str]
    """The stage's id, once it is open."""
    endpoint: pulumi.Output[str]
    """The address that API Gateway gives the API, without a trailing slash. It answers with an own domain too."""
    public_url: pulumi.Output[str]
    """The address that links begin with: the list's own domain, or else `endpoint`."""
    address: Grant
    """Knowing `public_url`, to build links."""
    execution_arn: pulumi.Output[str]
    """What permissions to call functions refer to."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Gateway", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)

        # With this prefix, the account's resource policy for log delivery does not grow with every API.
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-access-logs",
            name=f"/aws/vendedlogs/{name}-access",
            retention_in_days=args.log_retention_days,
            opts=child_opts,
        )
        api = aws.apigatewayv2.Api(
            f"{name}-api",
            protocol_type="HTTP",
            cors_configuration=_cors(args.cors_origins) if args.cors_origins else None,
            opts=child_opts,
        )
        self._name = name
        self._log_group = log_group.arn
        self.api_id = api.id
        self.endpoint = api.api_endpoint
        self.public_url = pulumi.Output.from_input(f"https://{args.host}") if args.host else api.api_endpoint
        self.address = told({Env.PUBLIC_URL: self.public_url})
        self.execution_arn = api.execution_arn
        self.register_outputs({"endpoint": self.endpoint})

    def open(self, routes: Mapping[str, aws.apigatewayv2.Route], limits: Mapping[str, Limit]) -> None:
        """Let requests in, to these routes by their keys, within the limits of those that have their own. Not before:
        a stage can only limit routes that are there."""
        stage = aws.apigatewayv2.Stage(
            f"{self._name}-stage",
            api_id=self.api_id,
            name="$default",
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=USUAL.per_second, throttling_burst_limit=USUAL.burst
            ),
            route_settings=[
                aws.apigatewayv2.StageRouteSettingArgs(
                    route_key=key, throttling_rate_limit=limit.per_second, throttling_burst_limit=limit.burst
                )
                for key, limit in limits.items()
            ],
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=self._log_group, format=ACCESS_LOG_FORMAT
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(routes.values())),
        )
        self.stage = stage.id


def _cors(origins: Sequence[str]) -> aws.apigatewayv2.ApiCorsConfigurationArgs:
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
        max_age=3600,
    )
