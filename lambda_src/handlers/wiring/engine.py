"""Collaborators of the campaign engine that several functions share."""

import os
from collections.abc import Callable
from functools import cache, partial

from contract import Env
from email_list.account import Account
from email_list.aws import ses
from email_list.aws.background import BackgroundFunction, PlannerFunction
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client
from email_list.aws.line_table import LineTable
from email_list.aws.queue import BatchQueue
from email_list.aws.warm_up_table import WarmUpTable
from email_list.campaigns.handover import Handover
from email_list.campaigns.pace import Pace
from email_list.campaigns.settings import CampaignSettings
from email_list.campaigns.warm_up import Curve, WarmUp
from handlers.wiring import tables


@cache
def settings() -> CampaignSettings:
    return CampaignSettings.from_environment(os.environ)


@cache
def store() -> CampaignTable:
    return CampaignTable(tables.records())


@cache
def queue() -> BatchQueue:
    return BatchQueue(os.environ[Env.BATCHES_QUEUE])


def read(message: str) -> tuple[str, int]:
    """The campaign and batch of a message in that queue."""
    return BatchQueue.read(message)


@cache
def starter() -> PlannerFunction:
    # The program that creates the planner cannot tell it its own name, but Lambda does.
    name = os.environ.get(Env.PLANNER_FUNCTION) or os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    return PlannerFunction(BackgroundFunction(client("lambda"), name))


@cache
def account() -> Callable[[], Account]:
    return partial(ses.account, client("sesv2"))


@cache
def pace() -> Pace:
    return Pace(LineTable(tables.records()), account())


@cache
def warm_up() -> WarmUp | None:
    """None if no warm-up is configured."""
    curve = Curve.from_environment(os.environ)
    return WarmUp(curve, WarmUpTable(tables.records())) if curve else None


@cache
def handover() -> Handover:
    return Handover(store(), queue(), settings().grace, warm_up=warm_up())
