"""The table of stores, as operators read it."""

from pathlib import Path

from email_list.people import stores

PAGE = Path(__file__).parents[3] / "docs" / "personal-data.md"


def test_the_documentation_shows_the_table() -> None:
    assert stores.table() in PAGE.read_text(), "docs/personal-data.md lacks:\n" + stores.table()


def test_every_store_has_a_name_of_its_own_and_says_when_it_ends() -> None:
    names = [store.name for store in stores.STORES]
    assert len(set(names)) == len(names)
    assert all(store.kept and store.place for store in stores.STORES)
