"""What SES reports about emails, and what follows from it."""

import os
from functools import cache, lru_cache, partial

from contract import Env
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.confirmation_table import ConfirmationTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.settlement import Settlement
from email_list.campaigns.watching import Limits, Watch
from email_list.events import interest
from email_list.events.cleaning import Cleaner
from email_list.events.intake import Intake
from email_list.events.recording import Recorder
from email_list.metrics import Metrics
from email_list.people.brake import note_bounce
from handlers.wiring import settings, tables

CAMPAIGNS_REMEMBERED = 50


@cache
def intake() -> Intake:
    campaigns, feedback = CampaignTable(tables.records()), FeedbackTable(tables.records())
    in_a_row = os.environ.get("SOFT_BOUNCES_IN_A_ROW")
    people = CleaningTable(tables.people())
    return Intake(
        Settlement(campaigns),
        # No letter changes once its emails are sent.
        Recorder(feedback, lru_cache(CAMPAIGNS_REMEMBERED)(campaigns.links)),
        Cleaner(people, int(in_a_row) if in_a_row else None),
        partial(interest.note, people=people, asked=settings.document()["track_engagement"] == "consenting"),
        Watch(campaigns, feedback, Limits.from_environment(os.environ), Metrics(os.environ[Env.STACK])),
        partial(note_bounce, ConfirmationTable(tables.records())),
    )
