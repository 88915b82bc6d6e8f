"""Benchmarks still do their work, which nothing else would tell before the next measurement."""

from collections.abc import Callable

import pytest

from benchmarks.files import CHUNK_ROWS, export_file, import_file
from benchmarks.scale import STRETCH, WORKS, Work, measured


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_each_work_is_done_on_a_list_that_is_made_up(work: Work) -> None:
    spent = measured(work, STRETCH)
    assert spent.people == STRETCH
    assert spent.read + spent.write > 0


@pytest.mark.parametrize("work", [import_file, export_file])
def test_a_file_that_is_made_up_comes_in_and_goes_out(work: Callable[[int], tuple[float, float]]) -> None:
    seconds, megabytes = work(3 * CHUNK_ROWS)
    assert seconds > 0
    assert megabytes > 0
