"""The check-up of deliverability."""

import json
import os
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from functools import cache, partial

from contract import Env
from email_list.aws.clients import client, read_secret
from email_list.aws.deliverability_table import DeliverabilityTable
from email_list.aws.ses_verdicts import SesVerdicts
from email_list.clock import utc_now
from email_list.deliverability.checkup import Checkup, Warmth
from email_list.deliverability.gmail import Postmaster, SpamRate
from email_list.deliverability.records import Sender
from email_list.figures.growth import TOTALS
from email_list.figures.results import CampaignResult
from email_list.lookups import Lookups, resolver
from email_list.metrics import Metrics
from email_list.people.subscribers import Status
from handlers.wiring import engine, figures, settings, tables


@cache
def checkup() -> Checkup:
    identity = os.environ[Env.SENDER_IDENTITY]
    domain = parseaddr(settings.of_list().sender)[1].rpartition("@")[2]
    ses = client("sesv2")
    told, assumed = SesVerdicts(ses, identity, domain), Sender.assumed(identity, domain)
    # On a laptop, names are looked up there.
    lookups = Lookups(resolver(os.environ.get("NAME_SERVER")))
    parts = told, assumed, ses.meta.region_name, _own_names, lookups, _results, memory()
    gmail = partial(_spam_rates, domain) if Env.POSTMASTER_PARAMETER in os.environ else None
    return Checkup(*parts, gmail=gmail, warm_up=_warmth if engine.warm_up() else None)


@cache
def memory() -> DeliverabilityTable:
    return DeliverabilityTable(tables.records())


@cache
def metrics() -> Metrics:
    return Metrics(os.environ[Env.STACK])


def _results(most: int) -> Sequence[CampaignResult]:
    return figures.results().started_between("", utc_now().date().isoformat(), most)


def _own_names() -> Sequence[Mapping[str, str]]:
    """The records of the list's own domains; none if it has none."""
    parameter = os.environ.get(Env.DNS_RECORDS_PARAMETER)
    return json.loads(read_secret(parameter)) if parameter else []


def _spam_rates(domain: str) -> Sequence[SpamRate]:
    return Postmaster(json.loads(read_secret(os.environ[Env.POSTMASTER_PARAMETER])), domain).rates()


def _warmth() -> Warmth:
    warm_up = engine.warm_up()
    assert warm_up is not None
    today, active = warm_up.today(), figures.counters().read(TOTALS).get(Status.ACTIVE.value, 0)
    room, covers_on = warm_up.cap_today(), warm_up.covers_on(active).isoformat()
    return Warmth(day=today.step + 1, room=room, sent=today.taken, subscribers=active, covers_on=covers_on)
