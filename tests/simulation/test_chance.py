"""Random numbers by what they are for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.simulation.chance import Chance

NUMBERS = st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=20)


@given(st.integers(0, 2**70), NUMBERS, NUMBERS)
def test_a_part_equals_the_part_of_the_whole(seed: int, rows: list[int], days: list[int]) -> None:
    chance = Chance(seed)
    whole = chance.uniform("buys", np.array(rows)[:, None], np.array(days))
    assert whole.shape == (len(rows), len(days))
    for row, found in zip(rows, whole, strict=True):
        alone = Chance(seed).uniform("buys", row, np.array(days)[::-1])
        assert alone[::-1].tolist() == found.tolist()


def test_the_numbers_are_even_and_do_not_hang_together() -> None:
    customers, days = np.arange(300)[:, None], np.arange(20_000, 20_300)
    found = Chance(1).uniform("buys", customers, days)
    assert 0 < found.min() < 1e-4
    assert 1 - 1e-4 < found.max() < 1
    counts = np.histogram(found, bins=50, range=(0, 1))[0]
    expected = found.size / 50
    assert ((counts - expected) ** 2 / expected).sum() < 100  # chi squared, 49 degrees
    neighbours = (found[1:, :], found[:-1, :]), (found[:, 1:], found[:, :-1])
    others = (
        Chance(2).uniform("buys", customers, days),
        Chance(1).uniform("line", customers, days),
    )
    for one, other in (*neighbours, *((found, other) for other in others)):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.015


def test_normal_numbers_have_their_mean_and_spread() -> None:
    found = Chance(3).normal("order", np.arange(50_000))
    assert abs(found.mean()) < 0.02
    assert abs(found.std() - 1) < 0.02


def test_whole_numbers_reach_both_ends() -> None:
    assert set(Chance(4).below(3, "which", np.arange(200)).tolist()) == {0, 1, 2}
