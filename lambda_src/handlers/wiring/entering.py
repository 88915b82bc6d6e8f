"""Letting people into sequences, and out of them."""

import os
from functools import cache

from contract import Env
from email_list.aws.background import BackgroundFunction, RunnerFunction
from email_list.aws.clients import client
from email_list.aws.place_table import PlaceTable
from email_list.aws.schedule import OneTimeSchedules, RunnerAlarm
from email_list.aws.sequence_table import SequenceTable
from email_list.sequences.entering import Entrance
from handlers.wiring import tables, zone


@cache
def entrance() -> Entrance:
    store, places = SequenceTable(tables.records()), PlaceTable(tables.places())
    return Entrance(store, places, alarm(os.environ[Env.RUNNER_ARN]), starter(), zone.of_list())


def alarm(runner_arn: str) -> RunnerAlarm:
    group, role = os.environ[Env.ALARM_GROUP], os.environ[Env.ALARM_ROLE]
    return RunnerAlarm(OneTimeSchedules(client("scheduler"), group, runner_arn, role))


def starter() -> RunnerFunction:
    # The program that creates the runner cannot tell it its own name, but Lambda does.
    name = os.environ.get(Env.RUNNER_FUNCTION) or os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    return RunnerFunction(BackgroundFunction(client("lambda"), name))
