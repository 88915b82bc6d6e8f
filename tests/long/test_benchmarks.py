"""The benchmarks on whole lists still do their work, which nothing else would tell before the next measurement."""

import pytest

from benchmarks.scale import STRETCH, WORKS, Work, measured


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_each_work_is_done_on_a_list_that_is_made_up(work: Work) -> None:
    spent = measured(work, STRETCH)
    assert spent.people == STRETCH
    assert spent.read + spent.write > 0
