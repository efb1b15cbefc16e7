"""Fusion, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from index.fusion import DENSE_WEIGHT, convex


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_convex_by_hand() -> None:
    """Lexical ÷ 8, cosines ÷ 0.8, weight 0.25 on the dense leg."""
    fused = convex(scores(8, 4, 0), scores(0.2, 0.8, 0.4), dense_weight=0.25)
    assert fused == pytest.approx([0.75 * 1 + 0.25 * 0.25, 0.75 * 0.5 + 0.25 * 1, 0.75 * 0 + 0.25 * 0.5])


def test_one_leg_alone_orders_as_that_leg() -> None:
    lexical, dense = scores(1, 3, 2), scores(0.9, 0.1, 0.5)
    assert np.argsort(-convex(lexical, dense, 0.0)).tolist() == [1, 2, 0]
    assert np.argsort(-convex(lexical, dense, 1.0)).tolist() == [0, 2, 1]


def test_the_scale_of_bm25_does_not_matter() -> None:
    lexical, dense = scores(1, 3, 2), scores(0.9, 0.1, 0.5)
    np.testing.assert_allclose(convex(lexical, dense), convex(lexical * 17, dense), rtol=1e-6)


def test_negative_cosines_count_as_none() -> None:
    assert convex(scores(2, 2), scores(-0.3, 0.5), 0.5) == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize("lexical", [scores(0, 0), scores(1, 2)], ids=["no lexical match", "lexical matches"])
@pytest.mark.parametrize("dense", [scores(0, 0), scores(-0.1, -0.2), scores(0.5, 0.1)])
def test_a_leg_that_finds_nothing_divides_by_nothing(lexical: np.ndarray, dense: np.ndarray) -> None:
    fused = convex(lexical, dense)
    assert fused.dtype == np.float32
    assert np.isfinite(fused).all()
    assert ((fused >= 0) & (fused <= 1)).all()


def test_no_candidates() -> None:
    assert len(convex(scores(), scores())) == 0


def test_default_weight_is_a_share() -> None:
    assert 0 < DENSE_WEIGHT < 1
