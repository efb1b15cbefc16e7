"""Comparing and the gate: tests worked by hand, noise that raises no alarm, broken systems that do."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product as cartesian
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import evaluation, gate, significance
from eval.collection import open_collection
from eval.comparing import compare
from eval.errors import NotComparable
from eval.evaluation import Evaluation
from eval.formats import beir, questions, trec
from eval.labelled import dataset as labelled
from eval.measures import parse
from eval.measuring import again, opened
from eval.retrieval import evaluate
from eval.systems import System, named
from eval.systems.product import product
from eval.types import Dataset
from index.encoder import shipped_encoder
from tests.notices import DIGEST
from tests.tiny import HashedEncoder, Run

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions" / "digest.jsonl"
BASELINES = ROOT / "benchmarks" / "baselines"


@pytest.fixture(scope="module")
def digest() -> Iterator[Dataset]:
    """The digest questions over passages, searched as any corpus is, so that it can be broken."""
    with open_collection(DIGEST) as opened:
        yield replace(labelled("digest", questions.load(QUESTIONS), opened), assistant=None)


@pytest.fixture(scope="module")
def whole(digest: Dataset) -> Evaluation:
    return evaluate(digest, product("hybrid", shipped_encoder()))


# -- significance ------------------------------------------------------------------------------------------------------


def test_the_randomisation_test_equals_all_sign_flips() -> None:
    """Seven differences have 128 sign patterns, few enough for scipy to count them all; here they are counted by hand."""
    difference = np.array([0.3, 0.1, -0.05, 0.2, 0.0, 0.15, 0.25])
    flips = [np.mean(difference * signs) for signs in cartesian([1, -1], repeat=len(difference))]
    two_sided = np.mean(np.abs(flips) >= abs(difference.mean()) - 1e-12)
    less = np.mean(np.array(flips) <= -difference.mean() + 1e-12)
    assert significance.randomisation(difference) == pytest.approx(two_sided)
    assert significance.randomisation(-difference, "less") == pytest.approx(less)


def test_nothing_differs() -> None:
    same = significance.compare([0.5, 1.0, 0.0], [0.5, 1.0, 0.0])
    assert (same.mean, same.low, same.high, same.p, same.effect) == (0, 0, 0, 1, 0)
    assert (same.wins, same.ties, same.losses) == (0, 3, 0)


def test_the_interval_holds_the_mean_and_repeats_itself() -> None:
    rng = np.random.default_rng(7)
    theirs, ours = rng.random(80).tolist(), (rng.random(80) + 0.1).tolist()
    first, second = significance.compare(theirs, ours), significance.compare(theirs, ours)
    assert first == second
    assert first.low < first.mean < first.high


def test_holm_by_hand() -> None:
    """0.01 × 4, 0.02 × 3, 0.03 × 2, and never below the one before."""
    assert significance.holm([0.03, 0.01, 0.02, 0.5]) == pytest.approx([0.06, 0.04, 0.06, 0.5])


# -- comparing ---------------------------------------------------------------------------------------------------------


def test_differences_slices_and_regressions(digest: Dataset, whole: Evaluation) -> None:
    dense = evaluate(digest, product("dense", shipped_encoder()))
    (found,) = compare(whole, [dense])
    difference = found.differences["nDCG@10"]
    assert difference.mean == pytest.approx(dense.measures["nDCG@10"] - whole.measures["nDCG@10"])
    assert difference.wins + difference.ties + difference.losses == len(digest.queries)
    assert {"lang", "kind", "document", "year"} <= set(found.by_slice)
    assert sum(n for n, _, _ in found.by_slice["lang"].values()) == len(digest.queries)
    changes = found.changes()
    assert [c.difference for c in changes] == sorted(c.difference for c in changes)
    assert changes[0].difference < 0


def test_unlike_things_are_not_compared(digest: Dataset, whole: Evaluation) -> None:
    with pytest.raises(NotComparable, match="different data"):
        compare(whole, [replace(whole, data="another")])
    with pytest.raises(NotComparable, match="retrieval and answers"):
        compare(whole, [replace(whole, task="answers")])
    with pytest.raises(NotComparable, match="no measure in common"):
        compare(whole, [replace(whole, measures={"AP": 0.5})])


def test_few_queries_are_said_to_be_few(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    for mode in ("lexical", "dense"):
        notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", mode, "--out", tmp_path / f"{mode}.json")
    code, out, err = notices_eval("compare", tmp_path / "lexical.json", tmp_path / "dense.json")
    assert code == 0
    assert "only 4 queries" in err
    assert "nDCG@10" in out


def test_runs_are_compared_like_results(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    """The same figures from a result, from its run with the data set, and from its run with TREC judgements."""
    paths = [tmp_path / "a.json", tmp_path / "a.run"]
    notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "lexical", "--out", paths[0], "--run-out", paths[1])
    notices_eval("convert", tiny_dataset, tmp_path / "a.qrels")
    expected = evaluation.read(paths[0]).measures
    for given in (["--dataset", tiny_dataset], ["--qrels", tmp_path / "a.qrels"]):
        code, out, _ = notices_eval("compare", paths[1], *given, "--json")
        assert code == 0
        assert json.loads(out)["results"][0]["measures"] == pytest.approx(expected)


def test_a_result_is_read_as_it_was_written(whole: Evaluation, tmp_path: Path) -> None:
    for name in ("a.json", "a.json.gz"):
        evaluation.write(tmp_path / name, whole)
        again = evaluation.read(tmp_path / name)
        assert again.fingerprint == whole.fingerprint
        assert again.measures == whole.measures
        assert {q: list(v.ranking) for q, v in again.queries.items()} == {
            q: list(v.ranking) for q, v in whole.queries.items()
        }


# -- the gate ----------------------------------------------------------------------------------------------------------


def _headings_dropped(data: Dataset) -> Dataset:
    return replace(data, documents=tuple(replace(d, title="") for d in data.documents))


def _tokens_shuffled(data: Dataset) -> Dataset:
    def shuffled(text: str) -> str:
        characters = list(text)
        random.Random(0).shuffle(characters)
        return "".join(characters)

    return replace(data, documents=tuple(replace(d, text=shuffled(d.text)) for d in data.documents))


Broken = tuple[Callable[[Dataset], Dataset], Callable[[], System]]
BROKEN: dict[str, Broken] = {
    "the lexical leg off": (lambda data: data, lambda: product("dense", shipped_encoder())),
    "tokens shuffled": (_tokens_shuffled, lambda: product("hybrid", shipped_encoder())),
    "headings dropped": (_headings_dropped, lambda: product("hybrid", shipped_encoder())),
    "random order": (lambda data: data, lambda: named(["random"], shipped_encoder())[0]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_system_fails_the_gate(case: str, digest: Dataset, whole: Evaluation) -> None:
    damage, system = BROKEN[case]
    verdicts = gate.judge([(gate.expect(whole), evaluate(damage(digest), system()))], 0.01, 0.05)
    assert any(v.failed and v.measure == "nDCG@10" for v in verdicts)


def test_another_encoder_fails_the_gate(shared: Path) -> None:
    """Where questions and documents share no words, the encoder carries the search."""
    data = _some_queries(beir.load(str(shared / "data" / "benchmarks" / "xquad_en2zh")))
    expected = gate.expect(evaluate(data, product("hybrid", shipped_encoder())))
    verdicts = gate.judge([(expected, evaluate(data, product("hybrid", HashedEncoder())))], 0.01, 0.05)
    assert any(v.failed for v in verdicts)


def test_the_same_system_passes(digest: Dataset, whole: Evaluation) -> None:
    again = evaluate(digest, product("hybrid", shipped_encoder()))
    assert not any(v.failed for v in gate.judge([(gate.expect(whole), again)], 0.0, 0.05))


def test_noise_raises_few_alarms(whole: Evaluation) -> None:
    """100 pairs of bootstrap samples of one configuration's queries: at most 5 alarms at α = 0.05."""
    rng = np.random.default_rng(20240915)
    queries = list(whole.queries.values())
    alarms = 0
    for _ in range(100):
        one, other = (
            _resampled(whole, [queries[i] for i in rng.integers(0, len(queries), len(queries))]) for _ in "ab"
        )
        alarms += any(v.failed for v in gate.judge([(gate.expect(one), other)], 0.0, 0.05))
    assert alarms <= 5


def _resampled(result: Evaluation, queries: list[Any]) -> Evaluation:
    drawn = {f"q{i}": query for i, query in enumerate(queries)}
    return replace(result, queries=drawn, measures=evaluation.means(drawn))


def test_a_false_quote_is_never_noise(whole: Evaluation) -> None:
    """A measure of correctness fails on any fall, however few the queries."""
    queries = {f"q{i}": replace(q, values={"verbatim": 1.0}) for i, q in enumerate(whole.queries.values())}
    perfect = replace(whole, queries=queries, measures={"verbatim": 1.0})
    queries = {**queries, "q0": replace(queries["q0"], values={"verbatim": 0.9})}
    (verdict,) = gate.judge([(gate.expect(perfect), replace(perfect, queries=queries))], 0.05, 0.05)
    assert verdict.failed


def test_exit_codes(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    baseline, good, bad = tmp_path / "base.json", tmp_path / "good.json", tmp_path / "bad.json"
    notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "lexical", "--out", good)
    assert notices_eval("gate", "--baseline", baseline)[0] == 2
    assert notices_eval("gate", "--baseline", baseline, "--record")[0] == 2
    assert notices_eval("gate", "--baseline", baseline, "--record", good)[0] == 0
    code, out, _ = notices_eval("gate", "--baseline", baseline, good, "--json")
    assert (code, json.loads(out)["passed"]) == (0, True)
    assert notices_eval("gate", "--baseline", baseline)[0] == 0  # measured anew
    result = evaluation.read(good)
    worse = {q: replace(v, values=dict.fromkeys(v.values, 0.0)) for q, v in result.queries.items()}
    evaluation.write(bad, replace(result, queries=worse))
    code, out, _ = notices_eval("gate", "--baseline", baseline, bad, "--alpha", "1")
    assert code == 1
    assert "下降 fell" in out
    (tiny_dataset / "qrels" / "test.tsv").write_text("q1\td3\t1\n")
    code, _, err = notices_eval("gate", "--baseline", baseline)
    assert code == 2
    assert "measured on other data" in err


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "notices-gate/0", "tasks": []}', '{"format": "notices-gate/1", "tasks": [{}]}']
)
def test_broken_baselines(text: str, tmp_path: Path, notices_eval: Run) -> None:
    (tmp_path / "base.json").write_text(text)
    code, out, err = notices_eval("gate", "--baseline", tmp_path / "base.json")
    assert (code, out) == (2, "")
    assert "--record" in err
    assert len(err.splitlines()) == 1


def test_results_and_runs_cannot_be_mixed(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    trec.write_run(tmp_path / "a.run", {"q1": [("d1", 1.0)]}, "t")
    assert notices_eval("compare", tmp_path / "a.run")[0] == 2
    assert notices_eval("compare", tmp_path / "a.run", "--dataset", tiny_dataset)[0] == 0
    (tmp_path / "a.json").write_text("{}")
    code, _, err = notices_eval("compare", tmp_path / "a.json")
    assert code == 2
    assert "no result of notices-eval" in err


# -- the project's own gate --------------------------------------------------------------------------------------------


def _some_queries(data: Dataset) -> Dataset:
    """Every eighth query of a large set, over the whole corpus; all of a small one."""
    step = 8 if len(data.queries) > 500 else 1
    kept = dict(list(data.queries.items())[::step])
    return replace(data, queries=kept, qrels={q: data.qrels[q] for q in kept})


def test_the_project_passes_its_own_gate(notices_eval: Run) -> None:
    code, out, err = notices_eval("gate", "--baseline", BASELINES / "digest.json")
    assert code == 0, out + err


@pytest.mark.slow
def test_the_project_passes_its_gate_over_shared_data(shared: Path) -> None:
    """Every task of the baseline; of the public benchmarks some queries, of which `make gate` asks all."""
    assert shared.is_dir()
    pairs = []
    for expected in gate.read(BASELINES / "shared.json"):
        if expected.task == "answers":
            pairs.append((expected, again(expected.task, expected.system, expected.source, ())))
            continue
        notices = expected.source.get("notices")
        with opened(expected.source["dataset"], Path(notices) if notices else None, shipped_encoder()) as data:
            assert data.digest[:12] == expected.data, "the baseline was measured on other data"
            some = _some_queries(data)
            result = evaluate(some, named([expected.system], shipped_encoder())[0], parse(expected.values))
        values = {m: {q: v for q, v in by.items() if q in some.queries} for m, by in expected.values.items()}
        pairs.append((replace(expected, values=values), result))
    verdicts = gate.judge(pairs, 0.01, 0.05)
    assert len(verdicts) == sum(len(expected.values) for expected, _ in pairs) >= 30
    assert not [v for v in verdicts if v.failed]
