"""Whether a difference between two systems is more than chance: paired tests over the same queries.

Randomisation test: Smucker, Allan and Carterette, A comparison of statistical significance tests for information
retrieval evaluation, CIKM 2007. Bootstrap: Sakai, Evaluating evaluation metrics based on the bootstrap, SIGIR 2006.
Correction for many comparisons: Holm, Scandinavian Journal of Statistics 6, 1979.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

SEED = 20240915
RESAMPLES = 9999
CONFIDENCE = 0.95
FEW = 50  # queries; with fewer, only large differences can be told from chance
Alternative = Literal["two-sided", "less"]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of ``ours − theirs`` over the queries, its bootstrap interval, and the p of the randomisation test.

    ``wins``, ``ties``, ``losses`` count queries. ``effect`` is the mean divided by the standard deviation of the
    differences (Cohen's d for pairs); 0 where nothing differs.
    """

    mean: float
    low: float
    high: float
    p: float
    effect: float
    wins: int
    ties: int
    losses: int


def compare(theirs: Sequence[float], ours: Sequence[float], alternative: Alternative = "two-sided") -> Difference:
    """Compare two systems on the same queries, in the same order.

    :param alternative: "less" tests only whether ``ours`` is worse
    """
    difference: Values = np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)
    low, high = interval(difference)
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
    return Difference(
        float(difference.mean()), low, high, randomisation(difference, alternative),
        float(difference.mean()) / spread if spread else 0.0,
        int((difference > 0).sum()), int((difference == 0).sum()), int((difference < 0).sum()),
    )  # fmt: skip


def randomisation(difference: Values, alternative: Alternative = "two-sided") -> float:
    """p of the paired randomisation test: how often flipped signs give a mean as far from 0. 1 where nothing differs."""
    from scipy.stats import permutation_test

    changed = difference[difference != 0]  # flipping the sign of 0 changes nothing
    if not len(changed):
        return 1.0
    if len(changed) == 1:
        changed = np.append(changed, 0.0)  # scipy wants two
    found = permutation_test(
        (changed,), _mean, permutation_type="samples", n_resamples=RESAMPLES, alternative=alternative,
        vectorized=True, batch=256, rng=np.random.default_rng(SEED),
    )  # fmt: skip
    return float(found.pvalue)


def interval(difference: Values) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean difference, at :data:`CONFIDENCE`."""
    from scipy.stats import bootstrap

    if len(difference) < 2 or not difference.std():
        return float(difference.mean()), float(difference.mean())
    found = bootstrap(
        (difference,), _mean, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method="percentile",
        vectorized=True, batch=256, rng=np.random.default_rng(SEED),
    )  # fmt: skip
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false alarm among all of them below α."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


def _mean(values: Values, axis: int = -1) -> Values:
    return np.asarray(values.mean(axis=axis))
