"""The function `plan_campaign`, started in the background."""

import json
from typing import Any


class PlannerFunction:
    """The `PlannerStarter` of production. `client` is a boto3 Lambda client, `name` the function's."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def start(self, campaign_id: str, *, again_from: int | None = None) -> None:
        """Have a campaign planned; first queue its batches again, from this row on."""
        event: dict[str, Any] = {"campaign": campaign_id}
        if again_from is not None:
            event["again_from"] = again_from
        self._client.invoke(FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event).encode())
