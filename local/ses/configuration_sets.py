"""Configuration sets and their event destinations. Methods are SES v2 operations, named as in boto3."""

import re
from typing import Any

from local.ses.errors import AlreadyExistsException, BadRequestException, NotFoundException
from local.ses.paging import page
from local.ses.tags import ResourceTags

Parameters = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DESTINATIONS = (
    "SnsDestination",
    "CloudWatchDestination",
    "EventBridgeDestination",
    "KinesisFirehoseDestination",
    "PinpointDestination",
)


class ConfigurationSets:
    def __init__(self, tags: ResourceTags) -> None:
        self._sets: dict[str, Parameters] = {}
        self._destinations: dict[str, dict[str, Parameters]] = {}
        self._tags = tags

    def create_configuration_set(self, parameters: Parameters) -> Parameters:
        name = parameters["ConfigurationSetName"]
        if not _NAME.fullmatch(name):
            raise BadRequestException(
                f"Invalid configuration set name <{name}>: up to 64 letters, digits, '-' and '_'."
            )
        if name in self._sets:
            raise AlreadyExistsException(f"Configuration set {name} already exists.")
        self._sets[name] = {
            "ReputationOptions": {"ReputationMetricsEnabled": False},
            "SendingOptions": {"SendingEnabled": True},
            **{key: value for key, value in parameters.items() if key.endswith("Options")},
        }
        self._destinations[name] = {}
        self._tags.register(f"configuration-set/{name}", parameters.get("Tags"))
        return {}

    def get_configuration_set(self, parameters: Parameters) -> Parameters:
        name = parameters["ConfigurationSetName"]
        tags = self._tags.of(f"configuration-set/{name}")
        return {**self._find(parameters), "ConfigurationSetName": name, "Tags": tags}

    def delete_configuration_set(self, parameters: Parameters) -> Parameters:
        self._find(parameters)
        name = parameters["ConfigurationSetName"]
        del self._sets[name], self._destinations[name]
        self._tags.forget(f"configuration-set/{name}")
        return {}

    def list_configuration_sets(self, parameters: Parameters) -> Parameters:
        names, token = page(sorted(self._sets), parameters, 1000)
        return {"ConfigurationSets": names, **token}

    def put_configuration_set_archiving_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("ArchivingOptions", parameters)

    def put_configuration_set_delivery_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("DeliveryOptions", parameters)

    def put_configuration_set_reputation_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("ReputationOptions", parameters)

    def put_configuration_set_sending_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("SendingOptions", parameters)

    def put_configuration_set_suppression_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("SuppressionOptions", parameters)

    def put_configuration_set_tracking_options(self, parameters: Parameters) -> Parameters:
        return self._put_options("TrackingOptions", parameters)

    def put_configuration_set_vdm_options(self, parameters: Parameters) -> Parameters:
        self._find(parameters)["VdmOptions"] = parameters.get("VdmOptions") or {}
        return {}

    def create_configuration_set_event_destination(self, parameters: Parameters) -> Parameters:
        destinations = self._destinations_of(parameters)
        name = parameters["EventDestinationName"]
        if not _NAME.fullmatch(name):
            raise BadRequestException(
                f"Invalid event destination name <{name}>: up to 64 letters, digits, '-' and '_'."
            )
        if name in destinations:
            raise AlreadyExistsException(f"Event destination {name} already exists.")
        destinations[name] = _checked_destination(parameters["EventDestination"])
        return {}

    def get_configuration_set_event_destinations(self, parameters: Parameters) -> Parameters:
        destinations = self._destinations_of(parameters)
        return {"EventDestinations": [{"Name": name, **definition} for name, definition in destinations.items()]}

    def update_configuration_set_event_destination(self, parameters: Parameters) -> Parameters:
        destinations = self._destinations_of(parameters)
        name = _existing_destination(parameters, destinations)
        destinations[name] = _checked_destination(parameters["EventDestination"])
        return {}

    def delete_configuration_set_event_destination(self, parameters: Parameters) -> Parameters:
        destinations = self._destinations_of(parameters)
        del destinations[_existing_destination(parameters, destinations)]
        return {}

    def is_sending_enabled(self, name: str) -> bool:
        """Raises `NotFoundException`."""
        return self._find({"ConfigurationSetName": name})["SendingOptions"].get("SendingEnabled", True)

    def suppressed_reasons(self, name: str | None) -> list[str] | None:
        """The reasons this set suppresses for, or None where it leaves that to the account."""
        return (self._sets.get(name or "", {}).get("SuppressionOptions") or {}).get("SuppressedReasons")

    def topics_for(self, name: str | None, event_type: str) -> list[str]:
        """ARNs of the SNS topics that want events of this type, such as `BOUNCE`."""
        return [
            definition["SnsDestination"]["TopicArn"]
            for definition in self._destinations.get(name or "", {}).values()
            if definition["Enabled"]
            and "SnsDestination" in definition
            and event_type in definition["MatchingEventTypes"]
        ]

    def _put_options(self, kind: str, parameters: Parameters) -> Parameters:
        options = {key: value for key, value in parameters.items() if key != "ConfigurationSetName"}
        self._find(parameters)[kind] = options
        return {}

    def _find(self, parameters: Parameters) -> Parameters:
        name = parameters["ConfigurationSetName"]
        if name not in self._sets:
            raise NotFoundException(f"Configuration set {name} does not exist.")
        return self._sets[name]

    def _destinations_of(self, parameters: Parameters) -> dict[str, Parameters]:
        self._find(parameters)
        return self._destinations[parameters["ConfigurationSetName"]]


def _existing_destination(parameters: Parameters, destinations: dict[str, Parameters]) -> str:
    name = parameters["EventDestinationName"]
    if name not in destinations:
        raise NotFoundException(f"Event destination {name} does not exist.")
    return name


def _checked_destination(definition: Parameters) -> Parameters:
    """Only SNS destinations receive events; the other kinds are kept, so that a program that declares them
    runs."""
    if sum(kind in definition for kind in _DESTINATIONS) != 1:
        raise BadRequestException("An event destination must contain exactly one of " + ", ".join(_DESTINATIONS) + ".")
    if not definition.get("MatchingEventTypes"):
        raise BadRequestException("MatchingEventTypes must not be empty.")
    topic = definition.get("SnsDestination", {}).get("TopicArn", "arn:aws:sns:")
    if not re.match(r"arn:[\w-]+:sns:", topic):
        raise BadRequestException(f"Invalid SNS topic ARN <{topic}>.")
    return {"Enabled": False, **definition}
