"""Random damage leaves the structure of the five notices as it was: in at least .95 of the trials, for each kind of damage."""

from __future__ import annotations

from functools import cache

import pytest

from tests.damage import EDITIONS, KINDS, Source, sources, trials
from tests.damage_measure import is_right, structure
from tests.notices import by_key

SHARE = 0.95
TRIALS = 15  # of each kind and seed; `python -m tests.damage --trials 200` measures more
SEEDS = (11, 12)


@cache
def digest() -> list[Source]:
    return sources(EDITIONS["digest"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_structure_survives(kind: str) -> None:
    done = [trial for seed in SEEDS for trial in trials(kind, TRIALS, seed, digest())]
    lost = [trial.damaged[max(trial.place - 20, 0) : trial.place + 20] for trial in done if not trial.right]
    assert len(lost) <= (1 - SHARE) * len(done), lost


def test_a_trial_can_fail() -> None:
    """The measure tells a lost structure: another notice, another number, an item under another heading."""
    notices = {key: structure(by_key(EDITIONS["digest"], key)) for key in ("000", "001", "004")}
    assert not is_right(notices["004"], notices["004"][1:])
    assert not is_right(notices["000"], notices["001"])
    nodes = notices["001"][0]
    item = next(node for node in nodes if node.item)
    heading = next(node for node in nodes if node.heading)
    for node, field, value in (
        (item, "number", "2.9.1"),
        (item, "parents", ("3",)),
        (item, "words", ["…"]),
        (heading, "heading", "活动"),
    ):
        before = structure(by_key(EDITIONS["digest"], "001"))
        assert is_right(before, [nodes])
        kept = getattr(node, field)
        setattr(node, field, value)
        assert not is_right(before, [nodes]), field
        setattr(node, field, kept)
