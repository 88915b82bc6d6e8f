"""The words of every language: complete, and with the same values."""

import string

import pytest

from email_list import words
from email_list.mail.handlebars import reading, tree

CATALOGUES = {language: words._catalogue(language) for language in words.languages()}
ENGLISH = CATALOGUES[words.DEFAULT_LANGUAGE]

others = pytest.mark.parametrize("language", sorted(CATALOGUES.keys() - {words.DEFAULT_LANGUAGE}))


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_there_are_words_in_english_and_german() -> None:
    assert {"en", "de"} <= set(words.languages())


@others
def test_a_language_has_the_keys_of_english_in_the_same_order(language: str) -> None:
    found = {part: list(texts) for part, texts in CATALOGUES[language].items()}
    assert found == {part: list(texts) for part, texts in ENGLISH.items()}


@others
def test_a_language_has_the_values_and_paragraphs_of_english(language: str) -> None:
    for part, texts in ENGLISH.items():
        for key, text in texts.items():
            translated = CATALOGUES[language][part][key]
            assert placeholders(translated) == placeholders(text), (part, key)
            assert translated.count("\n") == text.count("\n"), (part, key)


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_text_is_empty_or_has_space_around_it(language: str) -> None:
    texts = [text for part in CATALOGUES[language].values() for text in part.values()]
    assert [text for text in texts if not text or text != text.strip()] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_words_of_emails_are_handlebars(language: str) -> None:
    for key, text in words.handlebars_words(language).items():
        used = tree.variables(reading.parse(text, "text"))
        assert [".".join(variable.path) for variable in used] == placeholders(ENGLISH["emails"][key]), key


def test_a_language_without_words_speaks_english() -> None:
    assert words.words("tlh", "emails") == ENGLISH["emails"]
