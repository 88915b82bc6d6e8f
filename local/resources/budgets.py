"""AWS Budgets."""

from collections.abc import Mapping
from typing import Any

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, properties, tag_list


class Budget(ResourceType):
    type = "aws:budgets/budget:Budget"
    auto_named = "name"
    handled = properties("name budgetType timeUnit limitAmount limitUnit notifications tags")
    computed = properties("arn accountId")
    replace_on_changes = properties("name")
    changeable = properties("budgetType timeUnit limitAmount limitUnit notifications")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("budgets").create_budget(
            AccountId=cloud.account,
            Budget=_budget(inputs),
            NotificationsWithSubscribers=[_notification(each) for each in inputs.get("notifications", [])],
            **given(ResourceTags=tag_list(inputs.get("tags"))),
        )
        arn = f"arn:{cloud.partition}:budgets::{cloud.account}:budget/{inputs['name']}"
        return f"{cloud.account}:{inputs['name']}", {"arn": arn, "accountId": cloud.account}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("budgets").describe_budget, AccountId=cloud.account, BudgetName=state["name"])

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        client, place = cloud.client("budgets"), {"AccountId": cloud.account, "BudgetName": inputs["name"]}
        client.update_budget(AccountId=cloud.account, NewBudget=_budget(inputs))
        for each in state.get("notifications", []):
            client.delete_notification(**place, Notification=_notification(each)["Notification"])
        for each in inputs.get("notifications", []):
            client.create_notification(**place, **_notification(each))
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("budgets").delete_budget(AccountId=cloud.account, BudgetName=state["name"])


def _budget(inputs: Inputs) -> dict[str, Any]:
    return {
        "BudgetName": inputs["name"],
        "BudgetType": inputs["budgetType"],
        "TimeUnit": inputs["timeUnit"],
        "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
    }


def _notification(inputs: Inputs) -> dict[str, Any]:
    emails = inputs.get("subscriberEmailAddresses", [])
    return {
        "Notification": {
            "NotificationType": inputs["notificationType"],
            "ComparisonOperator": inputs["comparisonOperator"],
            "Threshold": inputs["threshold"],
            "ThresholdType": inputs["thresholdType"],
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": address} for address in emails],
    }


RESOURCES = (Budget(),)
