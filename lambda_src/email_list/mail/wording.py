"""What the list itself says in its mails, in every language it speaks."""

from collections.abc import Mapping

DEFAULT_LANGUAGE = "en"

_WORDING: Mapping[str, Mapping[str, str]] = {
    "en": {
        "name": "there",
        "greeting": "Hello {{name}},",
        "reason": "You receive this because you subscribed to {{list_name}}.",
        "unsubscribe": "Unsubscribe",
        "preferences": "Change your preferences",
        "confirmation.subject": "Please confirm your subscription to {{list_name}}",
        "confirmation.preheader": "One click, and you are on the list.",
        "confirmation.title": "One click to go",
        "confirmation.body": "Someone, hopefully you, entered this address to receive {{list_name}}. "
        "Please confirm that you want to.",
        "confirmation.button": "Confirm my subscription",
        "confirmation.otherwise": "If it was not you, simply ignore this mail: without your confirmation "
        "nothing more will come, and your address is deleted after some days.",
        "confirmation.reason": "You receive this once because this address was entered at {{list_name}}.",
        "welcome.subject": "Welcome to {{list_name}}",
        "welcome.preheader": "Your subscription is confirmed.",
        "welcome.title": "Welcome",
        "welcome.body": "Your subscription to {{list_name}} is confirmed. From now on it comes to this address.",
        "welcome.preferences": "Choose what you receive, or leave again, at any time:",
        "goodbye.subject": "You have left {{list_name}}",
        "goodbye.preheader": "You are unsubscribed.",
        "goodbye.title": "Goodbye",
        "goodbye.body": "You are unsubscribed from {{list_name}} and will get no more of its letters.",
        "goodbye.return": "Was it a mistake? You can come back here:",
        "goodbye.button": "Subscribe again",
        "goodbye.reason": "You receive this once to tell you that you were unsubscribed from {{list_name}}.",
        "report.preheader": "{{preheader}}",
        "report.reason": "You receive this because you administer {{list_name}}.",
    },
    "de": {
        "name": "zusammen",
        "greeting": "Hallo {{name}},",
        "reason": "Sie erhalten diese E-Mail, weil Sie {{list_name}} abonniert haben.",
        "unsubscribe": "Abmelden",
        "preferences": "Einstellungen ändern",
        "confirmation.subject": "Bitte bestätigen Sie Ihre Anmeldung zu {{list_name}}",
        "confirmation.preheader": "Ein Klick, und Sie sind dabei.",
        "confirmation.title": "Nur noch ein Klick",
        "confirmation.body": "Jemand, hoffentlich Sie selbst, hat diese Adresse angegeben, um {{list_name}} "
        "zu erhalten. Bitte bestätigen Sie, dass Sie das möchten.",
        "confirmation.button": "Anmeldung bestätigen",
        "confirmation.otherwise": "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail einfach: Ohne Ihre "
        "Bestätigung kommt nichts weiter, und Ihre Adresse wird nach einigen Tagen gelöscht.",
        "confirmation.reason": "Sie erhalten diese E-Mail einmalig, weil diese Adresse bei {{list_name}} "
        "angegeben wurde.",
        "welcome.subject": "Willkommen bei {{list_name}}",
        "welcome.preheader": "Ihre Anmeldung ist bestätigt.",
        "welcome.title": "Willkommen",
        "welcome.body": "Ihre Anmeldung zu {{list_name}} ist bestätigt. Von nun an kommt alles an diese Adresse.",
        "welcome.preferences": "Hier wählen Sie jederzeit, was Sie erhalten, oder melden sich wieder ab:",
        "goodbye.subject": "Sie haben {{list_name}} abbestellt",
        "goodbye.preheader": "Sie sind abgemeldet.",
        "goodbye.title": "Auf Wiedersehen",
        "goodbye.body": "Sie sind von {{list_name}} abgemeldet und erhalten keine weiteren Ausgaben.",
        "goodbye.return": "War es ein Versehen? Hier kommen Sie zurück:",
        "goodbye.button": "Wieder anmelden",
        "goodbye.reason": "Sie erhalten diese E-Mail einmalig, um Ihnen die Abmeldung von {{list_name}} zu bestätigen.",
        "report.preheader": "{{preheader}}",
        "report.reason": "Sie erhalten diese E-Mail, weil Sie {{list_name}} verwalten.",
    },
}

LANGUAGES = tuple(_WORDING)


def wording(language: str) -> Mapping[str, str]:
    """The texts of a language, or the default language's where there are none; they are Handlebars."""
    return _WORDING.get(language, _WORDING[DEFAULT_LANGUAGE])
