"""Functions started in the background: nobody waits for them, and Lambda retries them if they fail."""

import json
from collections.abc import Mapping
from typing import Any


class BackgroundFunction:
    """One function, by its name. `client` is a boto3 Lambda client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def start(self, event: Mapping[str, Any]) -> None:
        """Have it work on an event. An SDK error means that it was not accepted."""
        self._client.invoke(FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event).encode())


class PlannerFunction:
    """The `PlannerStarter` of production: the function `plan_campaign`."""

    def __init__(self, function: BackgroundFunction) -> None:
        self._function = function

    def start(self, campaign_id: str, *, again_from: int | None = None) -> None:
        """Have a campaign planned; first queue its batches again, from this row on."""
        self._function.start({"campaign": campaign_id, **({} if again_from is None else {"again_from": again_from})})


class RunnerFunction:
    """The `sequences.store.RunnerStarter` of production: the function `run_sequences`."""

    def __init__(self, function: BackgroundFunction) -> None:
        self._function = function

    def start(self, sequence_id: str) -> None:
        """Have a sequence looked at now."""
        self._function.start({"sequence": sequence_id})
