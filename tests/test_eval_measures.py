"""Measures agree with pytrec_eval and with `ir_measures`' own command; every judged query counts; ties are defined."""

from __future__ import annotations

from math import log2

import ir_measures
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import measures
from eval.errors import BadOption
from eval.formats import trec
from eval.types import Qrels, Run

NAMES = {
    "nDCG@10": "ndcg_cut_10", "R@10": "recall_10", "R@100": "recall_100", "P@5": "P_5", "AP": "map",
    "RR": "recip_rank", "Success@1": "success_1", "nDCG": "ndcg", "Rprec": "Rprec", "Bpref": "bpref",
}  # fmt: skip
IDS = [f"d{n}" for n in range(12)]
QRELS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3"]),
    st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), min_size=1),
    min_size=1,
)
RUNS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3"]),
    st.dictionaries(st.sampled_from(IDS), st.sampled_from([0.0, 0.1, 0.5, 0.5000001, 1.0, 7.25]), min_size=1),
)


@settings(max_examples=150, deadline=None)
@given(QRELS, RUNS)
def test_every_value_agrees_with_pytrec_eval(qrels: Qrels, scores: dict[str, dict[str, float]]) -> None:
    """Whatever the ties: our runs have none, and pytrec_eval sees the ranking that we made."""
    run = {q: trec.strictly_decreasing(sorted(d.items(), key=lambda p: (-p[1], p[0]))) for q, d in scores.items()}
    ours = measures.by_query(qrels, run, measures.parse(NAMES))
    evaluator = pytrec_eval.RelevanceEvaluator(
        qrels, {name.rpartition("_")[0] if name[-1].isdigit() else name for name in NAMES.values()}
    )
    theirs = evaluator.evaluate({q: dict(ranked) for q, ranked in run.items()})
    for ours_name, theirs_name in NAMES.items():
        for query in qrels:
            expected = theirs.get(query, {}).get(theirs_name, 0.0)
            assert ours[ours_name][query] == pytest.approx(expected, abs=1e-6), (ours_name, query)


def test_every_judged_query_counts() -> None:
    """One that the run lacks, and one whose judgements are all 0, count with 0."""
    qrels: Qrels = {"q1": {"d1": 1}, "q2": {"d1": 1}, "q3": {"d1": 0}}
    values = measures.by_query(qrels, {"q1": [("d1", 1.0)], "q3": [("d1", 1.0)], "unjudged": [("d1", 1.0)]})
    assert values["nDCG@10"] == {"q1": 1.0, "q2": 0.0, "q3": 0.0}
    assert measures.means(values)["RR@10"] == pytest.approx(1 / 3)


def test_graded_relevance_by_hand() -> None:
    """nDCG with linear gains, as trec_eval has it: (1 + 3/log2 3) ÷ (3 + 1/log2 3)."""
    run: Run = {"q": [("d1", 2.0), ("d2", 1.0)]}
    values = measures.by_query({"q": {"d1": 1, "d2": 3}}, run, measures.parse(["nDCG@10", "P(rel=2)@2", "Judged@2"]))
    assert values["nDCG@10"]["q"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert values["P(rel=2)@2"]["q"] == 0.5
    assert values["Judged@2"]["q"] == 1.0


def test_a_measure_is_named_as_ir_measures_prints_it() -> None:
    for name in ("nDCG@10", "P(rel=2)@5", "AP", "RR@10", "R@100", "Success@1", "Judged@10"):
        (parsed,) = measures.parse([name])
        assert str(parsed) == name
        assert parsed == ir_measures.parse_measure(name)


@pytest.mark.parametrize("name", ["magic", "nDCG@", "nDCG@x", "P(rel=)@5", "", "__import__('os')"])
def test_unknown_measures(name: str) -> None:
    with pytest.raises(BadOption, match="write it as ir-measures does"):
        measures.parse([name])
