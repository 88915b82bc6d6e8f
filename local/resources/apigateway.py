"""Amazon API Gateway, HTTP APIs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, pascal, properties

_NO_THROTTLING = "the emulator does not throttle requests"


class Api(ResourceType):
    type = "aws:apigatewayv2/api:Api"
    auto_named = "name"
    handled = properties("name protocolType description version corsConfiguration tags")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cors = pascal(inputs.get("corsConfiguration"))
        api = cloud.client("apigatewayv2").create_api(
            Name=inputs["name"],
            ProtocolType=inputs["protocolType"],
            **given(
                Description=inputs.get("description"),
                Version=inputs.get("version"),
                CorsConfiguration=cors,
                Tags=inputs.get("tags"),
            ),
        )
        api_id = api["ApiId"]
        return api_id, {
            "arn": f"arn:{cloud.partition}:apigateway:{cloud.region}::/apis/{api_id}",
            "apiEndpoint": cloud.api_endpoint(api_id),
            "executionArn": cloud.arn("execute-api", api_id),
        }

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_api(ApiId=id_)


class Integration(ResourceType):
    type = "aws:apigatewayv2/integration:Integration"
    handled = properties(
        "apiId integrationType integrationUri integrationMethod payloadFormatVersion",
        "timeoutMilliseconds connectionType description",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        integration = cloud.client("apigatewayv2").create_integration(
            ApiId=inputs["apiId"],
            IntegrationType=inputs["integrationType"],
            **given(
                IntegrationUri=inputs.get("integrationUri"),
                IntegrationMethod=inputs.get("integrationMethod"),
                PayloadFormatVersion=inputs.get("payloadFormatVersion"),
                TimeoutInMillis=inputs.get("timeoutMilliseconds"),
                ConnectionType=inputs.get("connectionType"),
                Description=inputs.get("description"),
            ),
        )
        return integration["IntegrationId"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_integration(ApiId=state["apiId"], IntegrationId=id_)


class Authorizer(ResourceType):
    type = "aws:apigatewayv2/authorizer:Authorizer"
    auto_named = "name"
    handled = properties(
        "apiId name authorizerType authorizerUri authorizerPayloadFormatVersion",
        "authorizerResultTtlInSeconds enableSimpleResponses identitySources",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        authorizer = cloud.client("apigatewayv2").create_authorizer(
            ApiId=inputs["apiId"],
            Name=inputs["name"],
            AuthorizerType=inputs["authorizerType"],
            IdentitySource=inputs.get("identitySources", []),
            **given(
                AuthorizerUri=inputs.get("authorizerUri"),
                AuthorizerPayloadFormatVersion=inputs.get("authorizerPayloadFormatVersion"),
                AuthorizerResultTtlInSeconds=inputs.get("authorizerResultTtlInSeconds"),
                EnableSimpleResponses=inputs.get("enableSimpleResponses"),
            ),
        )
        return authorizer["AuthorizerId"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_authorizer(ApiId=state["apiId"], AuthorizerId=id_)


class Route(ResourceType):
    type = "aws:apigatewayv2/route:Route"
    handled = properties(
        "apiId routeKey target authorizationType authorizerId authorizationScopes operationName",
    )

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        route = cloud.client("apigatewayv2").create_route(
            ApiId=inputs["apiId"],
            RouteKey=inputs["routeKey"],
            **given(
                Target=inputs.get("target"),
                AuthorizationType=inputs.get("authorizationType"),
                AuthorizerId=inputs.get("authorizerId"),
                AuthorizationScopes=inputs.get("authorizationScopes"),
                OperationName=inputs.get("operationName"),
            ),
        )
        return route["RouteId"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_route(ApiId=state["apiId"], RouteId=id_)


class Stage(ResourceType):
    type = "aws:apigatewayv2/stage:Stage"
    auto_named = "name"
    handled = properties(
        "apiId name autoDeploy description stageVariables accessLogSettings defaultRouteSettings",
        "routeSettings tags",
    )
    without_effect: ClassVar = {
        "accessLogSettings": "the emulator writes no access log",
        "defaultRouteSettings": _NO_THROTTLING,
        "routeSettings": _NO_THROTTLING,
    }

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        api_id, name = inputs["apiId"], inputs["name"]
        cloud.client("apigatewayv2").create_stage(
            ApiId=api_id,
            StageName=name,
            **given(
                AutoDeploy=inputs.get("autoDeploy"),
                Description=inputs.get("description"),
                StageVariables=inputs.get("stageVariables"),
                AccessLogSettings=pascal(inputs.get("accessLogSettings")),
                DefaultRouteSettings=pascal(inputs.get("defaultRouteSettings")),
                RouteSettings={
                    settings["routeKey"]: pascal({key: value for key, value in settings.items() if key != "routeKey"})
                    for settings in inputs.get("routeSettings", [])
                }
                or None,
                Tags=inputs.get("tags"),
            ),
        )
        return name, {
            "arn": f"arn:{cloud.partition}:apigateway:{cloud.region}::/apis/{api_id}/stages/{name}",
            "executionArn": cloud.arn("execute-api", f"{api_id}/{name}"),
            "invokeUrl": cloud.api_endpoint(api_id, name),
        }

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_stage(ApiId=state["apiId"], StageName=id_)


RESOURCES = (Api(), Integration(), Authorizer(), Route(), Stage())
