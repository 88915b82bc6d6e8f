"""What a link in a newsletter lets its holder rule over, and, behind a link from their inbox, all that is stored."""

import json
from dataclasses import replace

from email_list import fields, pages
from email_list.clock import iso, utc_now
from email_list.errors import InvalidError, MalformedError, NotFoundError
from email_list.http import Request, Response
from email_list.pages import Action
from email_list.people import data_links, signup
from email_list.people.links import person_of
from email_list.people.signup import MAX_USER_AGENT
from email_list.people.subscribers import Evidence, Record, Status, Subscriber
from email_list.people.tokens import Claims, Purpose
from email_list.router import Router
from handlers.wiring import data_links as wiring
from handlers.wiring import erasures, history, links, people, settings
from handlers.wiring import pages as answers

handler = Router("preferences", on_error=answers.problem)


@handler.operation("show_preferences")
def _show(request: Request) -> Response:
    claims = links.claims(request, Purpose.PREFERENCES)
    return _page(request, claims, person_of(claims, people.table()))


@handler.operation("change_preferences")
def _change(request: Request) -> Response:
    claims, theme = links.claims(request, Purpose.PREFERENCES), answers.theme(request)
    person = person_of(claims, people.table())
    match _action(request):
        case Action.SAVE:
            topics = pages.chosen_topics(request.fields, settings.topics())
            _edit(person, {"topics": topics})
            changed = replace(person, topics=topics, tracked=_tracked(request, person))
            return _page(request, claims, changed, saved=True)
        case Action.COME_BACK:
            # What is ticked by then is meant as well; a request that names no topic changes none.
            if topics := pages.chosen_topics(request.fields, settings.topics()):
                _edit(person, {"topics": topics})
            back = people.table().come_back(person.email, _evidence(request))
            return _page(request, claims, person_of(claims, people.table()), returned=back)
        case Action.DOWNLOAD | Action.ERASE:
            wiring.ask_for(person.email, theme.language)
            return pages.data_link_sent(theme)


@handler.operation("show_data_page")
def _show_data(request: Request) -> Response:
    return _data_page(request, data_links.person_behind(wiring.claims(request), people.table()))


@handler.operation("use_data_page")
def _use_data(request: Request) -> Response:
    claims = wiring.claims(request)
    person = data_links.person_behind(claims, people.table())
    match _action(request):
        case Action.SAVE:
            return _rename(request, claims, person)
        case Action.DOWNLOAD:
            answer = _download(person)
            data_links.use_up(claims, people.table())
            return answer
        case Action.ERASE:
            # The link ends with the record: after an error it still works.
            erasures.erasure().erase(claims.email)
            return pages.erased(answers.theme(request))
        case Action.COME_BACK:
            raise MalformedError("This page has no such button.")


def _action(request: Request) -> Action:
    return Action.pressed(request.text_field("action", 20))


def _edit(person: Record, changes: dict[str, object]) -> None:
    if not people.table().edit(person.email, changes):
        raise NotFoundError("This address is not on the list.")


def _evidence(request: Request) -> Evidence:
    wording = pages.consent_wording(answers.theme(request))
    return Evidence(iso(utc_now()), request.source_ip, request.user_agent[:MAX_USER_AGENT], wording=wording)


def _page(
    request: Request, claims: Claims, person: Subscriber, *, saved: bool = False, returned: bool = False
) -> Response:
    on_the_list = person.status in (Status.ACTIVE, Status.PENDING)
    leaving = links.links().unsubscribe(person.email, person.nonce, claims.ends) if on_the_list else None
    return pages.preferences(
        answers.theme(request),
        "preferences",
        links.token(request),
        person,
        settings.topics(),
        unsubscribe_url=leaving,
        saved=saved,
        returned=returned,
    )


def _data_page(request: Request, person: Subscriber, errors: dict[str, pages.FieldError] | None = None) -> Response:
    return pages.data(answers.theme(request), "data", links.token(request), person, errors)


def _rename(request: Request, claims: Claims, person: Record) -> Response:
    typed = str(request.fields.get("name", ""))
    try:
        name = fields.own_name(typed)
    except InvalidError as error:
        refused = replace(person, name=typed[: 4 * fields.MAX_NAME])
        return _data_page(request, refused, {"name": pages.FieldError.of_name(error)})
    data_links.use_up(claims, people.table())
    _edit(person, {"name": name})
    return pages.name_saved(answers.theme(request))


def _tracked(request: Request, person: Subscriber) -> bool:
    """Whether the person agrees to their opens and clicks being known; a change of mind is noted."""
    theme = answers.theme(request)
    if not theme.asks_tracking:
        return person.tracked
    agreed = answers.tracking(theme, agrees="tracking" in request.fields)
    evidence = replace(_evidence(request), wording="", tracking=agreed)
    return signup.decide_on_tracking(person, evidence, people.table())


def _download(person: Record) -> Response:
    known = {
        **person.to_json(),
        "requests": people.table().wishes(person.email),
        "campaigns": [received.to_json() for received in history.history().of(person.email, person.joined)],
        "sequences": history.of_sequences(person.email),
    }
    headers = {
        "content-type": "application/json; charset=utf-8",
        "content-disposition": 'attachment; filename="my-data.json"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(200, json.dumps(known, indent=2, ensure_ascii=False, default=str), headers)
