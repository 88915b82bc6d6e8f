"""The public address of a stack: an HTTP API without routes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.grants import Grant, told
from contract import Env

REQUESTS_PER_SECOND = 100
BURST = 200
"""The limit for all callers together; API Gateway answers 429 beyond it."""

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
        stage = aws.apigatewayv2.Stage(
            f"{name}-stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=REQUESTS_PER_SECOND, throttling_burst_limit=BURST
            ),
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=log_group.arn, format=ACCESS_LOG_FORMAT
            ),
            opts=child_opts,
        )

        self.api_id = api.id
        self.stage = stage.id
        self.endpoint = api.api_endpoint
        self.public_url = pulumi.Output.from_input(f"https://{args.host}") if args.host else api.api_endpoint
        self.address = told({Env.PUBLIC_URL: self.public_url})
        self.execution_arn = api.execution_arn
        self.register_outputs({"endpoint": self.endpoint})


def _cors(origins: Sequence[str]) -> aws.apigatewayv2.ApiCorsConfigurationArgs:
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
        max_age=3600,
    )
