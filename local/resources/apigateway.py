"""Amazon API Gateway, HTTP APIs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, pascal, properties

_NO_THROTTLING = "the emulator does not throttle requests"


class Api(ResourceType):
    type = "aws:apigatewayv2/api:Api"
    auto_named = "name"
    handled = properties("name protocolType description version corsConfiguration tags")
    computed = properties("arn apiEndpoint executionArn")
    replace_on_changes = properties("protocolType")
    changeable = properties("name description version corsConfiguration")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        api = cloud.client("apigatewayv2").create_api(
            ProtocolType=inputs["protocolType"], **self._settings(inputs), **given(Tags=inputs.get("tags"))
        )
        api_id = api["ApiId"]
        return api_id, {
            "arn": f"arn:{cloud.partition}:apigateway:{cloud.region}::/apis/{api_id}",
            "apiEndpoint": cloud.api_endpoint(api_id),
            "executionArn": cloud.arn("execute-api", api_id),
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_api, ApiId=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client = cloud.client("apigatewayv2")
        client.update_api(ApiId=id_, **self._settings(inputs))
        if "corsConfiguration" not in inputs and "corsConfiguration" in state:
            client.delete_cors_configuration(ApiId=id_)
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_api(ApiId=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            Name=inputs["name"],
            Description=inputs.get("description"),
            Version=inputs.get("version"),
            CorsConfiguration=pascal(inputs.get("corsConfiguration")),
        )


class Integration(ResourceType):
    type = "aws:apigatewayv2/integration:Integration"
    handled = properties(
        "apiId integrationType integrationUri integrationMethod payloadFormatVersion",
        "timeoutMilliseconds connectionType description",
    )
    replace_on_changes = properties("apiId integrationType")
    changeable = handled - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        integration = cloud.client("apigatewayv2").create_integration(**self._settings(inputs))
        return integration["IntegrationId"], {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_integration, ApiId=state["apiId"], IntegrationId=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_integration(IntegrationId=id_, **self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_integration(ApiId=state["apiId"], IntegrationId=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            ApiId=inputs["apiId"],
            IntegrationType=inputs["integrationType"],
            IntegrationUri=inputs.get("integrationUri"),
            IntegrationMethod=inputs.get("integrationMethod"),
            PayloadFormatVersion=inputs.get("payloadFormatVersion"),
            TimeoutInMillis=inputs.get("timeoutMilliseconds"),
            ConnectionType=inputs.get("connectionType"),
            Description=inputs.get("description"),
        )


class Authorizer(ResourceType):
    type = "aws:apigatewayv2/authorizer:Authorizer"
    auto_named = "name"
    handled = properties(
        "apiId name authorizerType authorizerUri authorizerPayloadFormatVersion",
        "authorizerResultTtlInSeconds enableSimpleResponses identitySources",
    )
    replace_on_changes = properties("apiId")
    changeable = handled - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        authorizer = cloud.client("apigatewayv2").create_authorizer(**self._settings(inputs))
        return authorizer["AuthorizerId"], {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_authorizer, ApiId=state["apiId"], AuthorizerId=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_authorizer(AuthorizerId=id_, **self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_authorizer(ApiId=state["apiId"], AuthorizerId=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            ApiId=inputs["apiId"],
            Name=inputs["name"],
            AuthorizerType=inputs["authorizerType"],
            IdentitySource=inputs.get("identitySources", []),
            AuthorizerUri=inputs.get("authorizerUri"),
            AuthorizerPayloadFormatVersion=inputs.get("authorizerPayloadFormatVersion"),
            AuthorizerResultTtlInSeconds=inputs.get("authorizerResultTtlInSeconds"),
            EnableSimpleResponses=inputs.get("enableSimpleResponses"),
        )


class Route(ResourceType):
    type = "aws:apigatewayv2/route:Route"
    handled = properties(
        "apiId routeKey target authorizationType authorizerId authorizationScopes operationName",
    )
    replace_on_changes = properties("apiId")
    changeable = handled - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        return cloud.client("apigatewayv2").create_route(**self._settings(inputs))["RouteId"], {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_route, ApiId=state["apiId"], RouteId=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_route(RouteId=id_, **self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_route(ApiId=state["apiId"], RouteId=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            ApiId=inputs["apiId"],
            RouteKey=inputs["routeKey"],
            Target=inputs.get("target"),
            AuthorizationType=inputs.get("authorizationType"),
            AuthorizerId=inputs.get("authorizerId"),
            AuthorizationScopes=inputs.get("authorizationScopes"),
            OperationName=inputs.get("operationName"),
        )


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
    computed = properties("arn executionArn invokeUrl")
    replace_on_changes = properties("apiId name")
    changeable = handled - replace_on_changes - properties("tags")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        api_id, name = inputs["apiId"], inputs["name"]
        cloud.client("apigatewayv2").create_stage(**self._settings(inputs), **given(Tags=inputs.get("tags")))
        return name, {
            "arn": f"arn:{cloud.partition}:apigateway:{cloud.region}::/apis/{api_id}/stages/{name}",
            "executionArn": cloud.arn("execute-api", f"{api_id}/{name}"),
            "invokeUrl": cloud.api_endpoint(api_id, name),
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_stage, ApiId=state["apiId"], StageName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_stage(**self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_stage(ApiId=state["apiId"], StageName=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return given(
            ApiId=inputs["apiId"],
            StageName=inputs["name"],
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
        )


class DomainName(ResourceType):
    type = "aws:apigatewayv2/domainName:DomainName"
    handled = properties("domainName domainNameConfiguration tags")
    computed = properties("arn domainNameConfiguration")
    replace_on_changes = properties("domainName")
    changeable = properties("domainNameConfiguration")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        name = inputs["domainName"]
        made = cloud.client("apigatewayv2").create_domain_name(
            **self._settings(inputs), **given(Tags=inputs.get("tags"))
        )
        (configuration,) = made["DomainNameConfigurations"]
        return name, {
            "arn": f"arn:{cloud.partition}:apigateway:{cloud.region}::/domainnames/{name}",
            "domainNameConfiguration": {
                **inputs["domainNameConfiguration"],
                "targetDomainName": configuration["ApiGatewayDomainName"],
                "hostedZoneId": configuration["HostedZoneId"],
            },
        }

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("apigatewayv2").get_domain_name, DomainName=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_domain_name(**self._settings(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_domain_name(DomainName=id_)

    def _settings(self, inputs: Inputs) -> dict[str, Any]:
        return {
            "DomainName": inputs["domainName"],
            "DomainNameConfigurations": [pascal(inputs["domainNameConfiguration"])],
        }


class ApiMapping(ResourceType):
    type = "aws:apigatewayv2/apiMapping:ApiMapping"
    handled = properties("apiId domainName stage apiMappingKey")
    replace_on_changes = properties("domainName")
    changeable = handled - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        return cloud.client("apigatewayv2").create_api_mapping(**pascal(inputs))["ApiMappingId"], {}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        client = cloud.client("apigatewayv2")
        return found(client.get_api_mapping, DomainName=state["domainName"], ApiMappingId=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        cloud.client("apigatewayv2").update_api_mapping(ApiMappingId=id_, **pascal(inputs))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("apigatewayv2").delete_api_mapping(DomainName=state["domainName"], ApiMappingId=id_)


RESOURCES = (Api(), Integration(), Authorizer(), Route(), Stage(), DomainName(), ApiMapping())
