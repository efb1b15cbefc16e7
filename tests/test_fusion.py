"""Fusion, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from index.fusion import DENSE_WEIGHT, convex


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_convex_by_hand() -> None:
    """Lexical scores as shares of 16, cosines as they are, weight 0.25 on the dense leg."""
    fused = convex(scores(8, 4, 0), scores(0.2, 0.8, 0.4), bound=16, dense_weight=0.25)
    assert fused == pytest.approx([0.75 * 0.5 + 0.25 * 0.2, 0.75 * 0.25 + 0.25 * 0.8, 0.75 * 0 + 0.25 * 0.4])


def test_one_leg_alone_orders_as_that_leg() -> None:
    lexical, dense = scores(1, 3, 2), scores(0.9, 0.1, 0.5)
    assert np.argsort(-convex(lexical, dense, 4, 0.0)).tolist() == [1, 2, 0]
    assert np.argsort(-convex(lexical, dense, 4, 1.0)).tolist() == [0, 2, 1]


def test_a_poor_lexical_match_weighs_less() -> None:
    """The same scores against a bound of 3 and of 30, as when most words of the question stand nowhere."""
    lexical, dense = scores(3, 0), scores(0.2, 0.8)
    assert np.argmax(convex(lexical, dense, 3, 0.5)) == 0
    assert np.argmax(convex(lexical, dense, 30, 0.5)) == 1


def test_negative_cosines_count_as_none() -> None:
    assert convex(scores(2, 2), scores(-0.3, 0.5), 4, 0.5) == pytest.approx([0.25, 0.5])


@pytest.mark.parametrize("dense", [scores(0, 0), scores(-0.1, -0.2), scores(0.5, 0.1)])
def test_a_leg_that_finds_nothing_divides_by_nothing(dense: np.ndarray) -> None:
    fused = convex(scores(0, 0), dense, 0.0)
    assert fused.dtype == np.float32
    assert fused == pytest.approx(DENSE_WEIGHT * np.maximum(dense, 0))


def test_no_candidates() -> None:
    assert len(convex(scores(), scores(), 1.0)) == 0


def test_default_weight_is_a_share() -> None:
    assert 0 < DENSE_WEIGHT < 1
