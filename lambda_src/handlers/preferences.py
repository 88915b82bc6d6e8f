"""What is stored about a person, for them to see, change, download and erase."""

import json
from dataclasses import replace

from email_list import fields, pages
from email_list.errors import InvalidError, MalformedError, NotFoundError
from email_list.http import Request, Response
from email_list.people.subscribers import Record, Status, Subscriber
from email_list.people.tokens import Claims, Purpose
from email_list.router import Router
from handlers.wiring import erasures, links, people, settings
from handlers.wiring import pages as answers

handler = Router("preferences", on_error=answers.problem)


@handler.operation("show_preferences")
def _show(request: Request) -> Response:
    claims = links.claims(request, Purpose.PREFERENCES)
    return _page(request, claims, _person(claims))


@handler.operation("change_preferences")
def _change(request: Request) -> Response:
    claims = links.claims(request, Purpose.PREFERENCES)
    person = _person(claims)
    theme = answers.theme(request)
    match request.text_field("action", 20):
        case pages.Action.SAVE:
            return _save(request, claims, person)
        case pages.Action.DOWNLOAD:
            return _download(person.to_json())
        case pages.Action.ERASE:
            return pages.erase(theme, "preferences", links.token(request), claims.email)
        case pages.Action.ERASE_FOR_GOOD:
            erasures.erasure().erase(claims.email)
            return pages.erased(theme)
    raise MalformedError("The form contains no known action.")


def _person(claims: Claims) -> Record:
    person = people.table().get(claims.email)
    if person is None:
        raise NotFoundError("This address is not on the list.")
    return person


def _page(
    request: Request,
    claims: Claims,
    person: Subscriber,
    *,
    saved: bool = False,
    errors: dict[str, pages.FieldError] | None = None,
) -> Response:
    on_the_list = person.status in (Status.ACTIVE, Status.PENDING)
    return pages.preferences(
        answers.theme(request),
        "preferences",
        links.token(request),
        person,
        settings.topics(),
        unsubscribe_url=links.links().unsubscribe(person.email, claims.ends) if on_the_list else None,
        saved=saved,
        errors=errors,
    )


def _save(request: Request, claims: Claims, person: Subscriber) -> Response:
    form = request.fields
    typed = str(form.get("name", ""))
    topics = pages.chosen_topics(form, settings.topics())
    try:
        name = fields.name(typed)
    except InvalidError:
        refused = replace(person, name=typed[: 4 * fields.MAX_NAME], topics=topics)
        return _page(request, claims, refused, errors={"name": pages.FieldError.TOO_LONG})
    if not people.table().edit(person.email, {"name": name, "topics": topics}):
        raise NotFoundError("This address is not on the list.")
    return _page(request, claims, replace(person, name=name, topics=topics), saved=True)


def _download(record: dict[str, object]) -> Response:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "content-disposition": 'attachment; filename="my-data.json"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(200, json.dumps(record, indent=2, ensure_ascii=False, default=str), headers)
