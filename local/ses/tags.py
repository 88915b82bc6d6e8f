"""Tags of identities, configuration sets and templates. Methods are SES v2 operations, named as in boto3."""

from typing import Any

from local.ses.errors import NotFoundException

Parameters = dict[str, Any]


class ResourceTags:
    """Knows every resource that can be tagged, by the last part of its ARN such as `identity/example.com`."""

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}

    def register(self, resource: str, tags: list[dict[str, str]] | None) -> None:
        self._tags[resource] = {tag["Key"]: tag["Value"] for tag in tags or []}

    def forget(self, resource: str) -> None:
        self._tags.pop(resource, None)

    def of(self, resource: str) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self._tags.get(resource, {}).items()]

    def tag_resource(self, parameters: Parameters) -> Parameters:
        self._find(parameters).update({tag["Key"]: tag["Value"] for tag in parameters["Tags"]})
        return {}

    def untag_resource(self, parameters: Parameters) -> Parameters:
        tags = self._find(parameters)
        for key in parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, parameters: Parameters) -> Parameters:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._find(parameters).items()]}

    def _find(self, parameters: Parameters) -> dict[str, str]:
        arn = parameters["ResourceArn"]
        resource = arn.split(":", 5)[-1]
        if resource not in self._tags:
            raise NotFoundException(f"Resource {arn} does not exist.")
        return self._tags[resource]
