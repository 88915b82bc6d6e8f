"""The campaign engine's collaborators, each built once per cold start from the function's environment."""

import os
from collections.abc import Callable
from functools import cache, partial

from email_list.aws import ses
from email_list.aws.active_people import ActivePeople
from email_list.aws.batch_queue import BatchQueue
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client, dynamodb_table, sending_client
from email_list.aws.planner_function import PlannerFunction
from email_list.engine_settings import EngineSettings
from email_list.handover import Handover
from email_list.metrics import Metrics
from email_list.newsletter_letters import Writer
from email_list.pace import Account, Pace
from email_list.planning import Planner
from email_list.sending import Sender
from email_list.settlement import Settlement
from email_list.sweeping import Sweeper
from handlers import wiring


@cache
def settings() -> EngineSettings:
    return EngineSettings.from_environment(os.environ)


@cache
def store() -> CampaignTable:
    return CampaignTable(dynamodb_table(os.environ["CAMPAIGNS_TABLE"]))


@cache
def people() -> ActivePeople:
    return ActivePeople(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@cache
def queue() -> BatchQueue:
    return BatchQueue(client("sqs"), os.environ["BATCH_QUEUE"])


@cache
def starter() -> PlannerFunction:
    # The planner itself cannot be told its own name by the program that makes it, but Lambda tells it.
    name = os.environ.get("PLANNER_FUNCTION") or os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    return PlannerFunction(client("lambda"), name)


@cache
def account() -> Callable[[], Account]:
    return partial(ses.account, client("sesv2"))


@cache
def pace() -> Pace:
    return Pace(store(), account(), settings().reserved)


@cache
def writer() -> Writer:
    return Writer(wiring.settings(), wiring.links())


@cache
def planner() -> Planner:
    return Planner(store(), people(), queue(), pace().batch_size, settings().lateness)


@cache
def handover() -> Handover:
    return Handover(store(), queue(), settings().grace)


@cache
def sender() -> Sender:
    names = os.environ["CONFIGURATION_SET"], os.environ["TEMPLATE_PREFIX"]
    mailer = ses.SesMailer(sending_client(), wiring.settings(), *names)
    metrics = Metrics(os.environ["TEMPLATE_PREFIX"])
    engine = settings()
    write = writer().letter
    return Sender(store(), people(), write, mailer, pace(), metrics, engine.grace, engine.quota_recheck)


@cache
def sweeper() -> Sweeper:
    return Sweeper(store(), queue(), handover(), starter(), account(), settings().still)


@cache
def settlement() -> Settlement:
    return Settlement(store())
