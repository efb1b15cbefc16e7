"""``notices-eval retrieval``: a tiny data set whose figures are worked by hand, the run it writes, and bad input."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from math import log2
from pathlib import Path

import numpy as np
import pytest

from eval import evaluation, measures
from eval.collection import open_collection
from eval.errors import BadDataset
from eval.formats import beir, questions, trec
from eval.labelled import dataset as labelled
from eval.retrieval import evaluate, steps
from eval.systems import named, names
from eval.systems.product import product
from index.encoder import shipped_encoder
from index.types import Mode
from tests.notices import DIGEST
from tests.tiny import CORPUS, QRELS, HashedEncoder, Run, lines

MEASURES = ["nDCG@10", "RR@10", "R@10", "R@100"]
#: q1: d3 first. q2: d1 and d2 are as good and come in their order. q3: nothing found. q4: d4 first, d9 is nowhere.
BY_HAND = {
    "nDCG@10": (1 + 1 / log2(3) + 0 + 1 / (1 + 1 / log2(3))) / 4,
    "RR@10": (1 + 1 / 2 + 0 + 1) / 4,
    "R@10": (1 + 1 + 0 + 1 / 2) / 4,
    "R@100": (1 + 1 + 0 + 1 / 2) / 4,
}


# -- figures ---------------------------------------------------------------------------------------------------------


def test_figures_worked_by_hand(tiny_dataset: Path, notices_eval: Run) -> None:
    code, out, err = notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "lexical", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["measures"] == pytest.approx(BY_HAND)
    assert list(result) == ["dataset", "split", "mode", "queries", "measures", "latency_ms", "fingerprint"]
    assert list(result["measures"]) == MEASURES
    assert (result["dataset"], result["split"], result["mode"], result["queries"]) == ("tiny", "test", "lexical", 4)
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p95"]
    assert err == f"{tiny_dataset}: judged documents that are not in the corpus: 1; they count as not found\n"


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_ir_measures_own_command_gives_the_same_figures(
    mode: str, tiny_dataset: Path, tmp_path: Path, notices_eval: Run
) -> None:
    written, qrels = tmp_path / "out.run", tmp_path / "trec.qrels"
    _, out, _ = notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", mode, "--json", "--run-out", written)
    qrels.write_text("".join(f"{q} 0 {d} {s}\n" for q, d, s in (r.split("\t") for r in QRELS.splitlines()[1:])))
    command = [str(Path(sys.executable).with_name("ir_measures")), "--places", "8", str(qrels), str(written), *MEASURES]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = {name: float(value) for name, value in (line.split("\t") for line in printed.splitlines())}
    assert json.loads(out)["measures"] == pytest.approx(theirs, abs=1e-7)
    rows = [line.split(" ") for line in written.read_text(encoding="utf-8").splitlines()]
    assert {len(row) for row in rows} == {6}
    for query in {row[0] for row in rows}:
        scores = [np.float32(row[4]) for row in rows if row[0] == query]
        assert all(a > b for a, b in pairwise(scores))
        assert [int(row[3]) for row in rows if row[0] == query] == list(range(1, len(scores) + 1))


def test_every_judged_query_counts() -> None:
    values = measures.by_query({"q1": {"d1": 1}, "q2": {"d1": 1}}, {"q1": [("d1", 1.0)], "unjudged": [("d1", 1.0)]})
    assert values["nDCG@10"] == {"q1": 1.0, "q2": 0.0}
    assert measures.means(values)["RR@10"] == 0.5


def test_ties_fall_by_one_step_each() -> None:
    """Next floats below: 1, 1 − 2⁻²⁴, 1 − 2⁻²³; a score that has fallen below its rank's stays."""
    ranked = trec.strictly_decreasing([("a", 1.0), ("b", 1.0), ("c", 1.0), ("d", 0.5)])
    assert ranked == [("a", 1.0), ("b", 1 - 2**-24), ("c", 1 - 2**-23), ("d", 0.5)]


def fingerprint(tiny_dataset: Path, mode: Mode, encoder: HashedEncoder) -> tuple[str, str]:
    found = evaluate(beir.load(str(tiny_dataset)), product(mode, encoder))
    return found.data, found.setup


def test_the_fingerprint_tells_data_from_system(tiny_dataset: Path) -> None:
    encoder = HashedEncoder()
    data, system = fingerprint(tiny_dataset, "hybrid", encoder)
    assert fingerprint(tiny_dataset, "hybrid", encoder) == (data, system)
    assert fingerprint(tiny_dataset, "lexical", encoder)[0] == data
    assert fingerprint(tiny_dataset, "lexical", encoder)[1] != system
    encoder.name = "another"
    assert fingerprint(tiny_dataset, "hybrid", encoder)[1] != system
    with (tiny_dataset / "qrels" / "test.tsv").open("a") as file:
        file.write("q4\td1\t1\n")
    assert fingerprint(tiny_dataset, "hybrid", encoder)[0] != data


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_progress_reaches_its_end(mode: Mode, tiny_dataset: Path) -> None:
    dataset = beir.load(str(tiny_dataset))
    seen: list[int] = []
    evaluate(dataset, product(mode, HashedEncoder()), done=seen.append)
    assert sum(seen) == steps(dataset)


def test_a_table_for_people(tiny_dataset: Path, notices_eval: Run) -> None:
    code, out, _ = notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "lexical")
    head, columns, row = out.splitlines()
    assert code == 0
    assert head.startswith("tiny:test  4 个问题 queries  ")
    assert columns.split()[:4] == MEASURES
    assert row.split()[:2] == ["lexical", "0.561"]


def test_baselines_beside_it(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    code, out, _ = notices_eval(
        "retrieval",
        "--dataset",
        tiny_dataset,
        "--mode",
        "lexical",
        "--baselines",
        "--json",
        "--out",
        tmp_path / "r.json",
    )
    found = json.loads(out)["baselines"]
    assert code == 0
    assert list(found) == ["dense", "hybrid", "rank-bm25", "rank-bm25-bigrams", "bm25s", "encoder", "rrf", "random"]
    for name, values in found.items():
        assert list(values) == MEASURES
        assert evaluation.read(tmp_path / f"r.{name}.json").measures == values
    code, out, _ = notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "random", "--json")
    assert json.loads(out)["measures"] == found["random"]


def test_baselines_look_only_where_filters_allow(tmp_path: Path) -> None:
    """The same documents for all: a query of one year gets passages of that year alone."""
    path = tmp_path / "q.jsonl"
    gold = [{"notice": "001", "quote": "电动自行车"}]
    path.write_text(json.dumps({"id": "a", "question": "电动自行车", "filters": {"year": 2024}, "gold": gold}))
    with open_collection(DIGEST) as collection:
        data = labelled("q", questions.load(path), collection)
        for system in named(names(), shipped_encoder()):
            ranking = evaluate(data, system).queries["a"].ranking
            assert ranking
            assert all(doc_id.startswith("2024-") for doc_id, _ in ranking), system.name


def test_splits(tiny_dataset: Path, tmp_path: Path) -> None:
    (tiny_dataset / "qrels" / "test.tsv").rename(tiny_dataset / "qrels" / "dev.tsv")
    assert beir.load(str(tiny_dataset)).split == "dev"  # the only one
    (tiny_dataset / "qrels" / "train.tsv.gz").write_bytes(gzip.compress(b"q1\td1\t1\n"))  # no header
    assert beir.load(f"{tiny_dataset}:train").qrels == {"q1": {"d1": 1}}
    assert beir.load(f"{tiny_dataset}:train+dev").qrels["q1"] == {"d1": 1, "d3": 1}
    with pytest.raises(BadDataset, match=r"has the splits dev, train; choose one"):
        beir.load(str(tiny_dataset))
    with_colon = tmp_path / "a:b"
    tiny_dataset.rename(with_colon)
    assert beir.load(f"{with_colon}:dev").split == "dev"


# -- bad input -------------------------------------------------------------------------------------------------------


def queries(text: str) -> Callable[[Path], object]:
    return lambda tiny_dataset: (tiny_dataset / "queries.jsonl").write_text(text, encoding="utf-8")


def qrels(text: str) -> Callable[[Path], object]:
    return lambda tiny_dataset: (tiny_dataset / "qrels" / "test.tsv").write_text(text, encoding="utf-8")


def corpus(data: bytes) -> Callable[[Path], object]:
    return lambda tiny_dataset: (tiny_dataset / "corpus.jsonl.gz").write_bytes(data)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no queries file": (
        lambda tiny_dataset: (tiny_dataset / "queries.jsonl").unlink(),
        "no {folder}/queries.jsonl (nor",
    ),
    "no judgements": (
        lambda tiny_dataset: (tiny_dataset / "qrels" / "test.tsv").unlink(),
        "no judgements in {folder}/qrels",
    ),
    "not JSON": (queries('{"_id": "q1", "text": "甲"}\n\nnonsense\n'), "{folder}/queries.jsonl:3: not JSON"),
    "no id": (queries('{"text": "甲"}\n'), '{folder}/queries.jsonl:1: no "_id"'),
    "no object": (queries("[1]\n"), '{folder}/queries.jsonl:1: no "_id"'),
    "an id twice": (queries('{"_id": "q1", "text": "甲"}\n' * 2), "{folder}/queries.jsonl:2: "),
    "no text": (queries('{"_id": "q1", "text": 5}\n'), '{folder}/queries.jsonl:1: "text" must be text'),
    "a blank query": (queries('{"_id": "q1", "text": " "}\n'), "{folder}/queries.jsonl:1: a blank query"),
    "two columns": (qrels("q1\td1\n"), "{folder}/qrels/test.tsv:1: 2 columns"),
    "a score in words": (qrels(QRELS + "q1\td1\tgood\n"), "{folder}/qrels/test.tsv:7: the score 'good'"),
    "an unknown query": (qrels("q7\td1\t1\n"), "{folder}/qrels/test.tsv:1: query 'q7'"),
    "judged twice": (qrels("q1\td1\t1\nq1\td1\t0\n"), "{folder}/qrels/test.tsv:2: 'd1' is judged twice"),
    "only a header": (qrels("query-id\tcorpus-id\tscore\n"), "{folder}/qrels/test.tsv holds no judgements"),
    "no documents": (corpus(gzip.compress(b"\n")), "{folder}/corpus.jsonl.gz holds no documents"),
    "no gzip": (corpus(b"{}"), "{folder}/corpus.jsonl.gz:1: cannot be read"),
    "cut gzip": (corpus(gzip.compress(lines(CORPUS).encode())[:-9]), "{folder}/corpus.jsonl.gz:"),
    "no UTF-8": (corpus(gzip.compress("电动自行车".encode("gbk"))), "{folder}/corpus.jsonl.gz:1: cannot be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_data_sets(case: str, tiny_dataset: Path, notices_eval: Run) -> None:
    damage, message = BROKEN[case]
    damage(tiny_dataset)
    code, out, err = notices_eval("retrieval", "--dataset", tiny_dataset, "--mode", "lexical", "--json")
    assert (code, out) == (2, "")
    assert err.startswith("notices-eval: " + message.format(folder=tiny_dataset))
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "{folder}-gone"], "no folder {folder}-gone"),
        (["--dataset", "{folder}:dev"], "{folder} has no split 'dev'; it has test"),
        (["--dataset", "{folder}", "--mode", "magic"], "--mode must be one of lexical, dense, hybrid"),
        (["--dataset", "{folder}", "--run-out", "{folder}/no/such.run"], "cannot write to"),
        (["--dataset", "{folder}", "--run-out", "{folder}"], "cannot write to"),
    ],
)
def test_bad_options(arguments: list[str], message: str, tiny_dataset: Path, notices_eval: Run) -> None:
    code, out, err = notices_eval("retrieval", *(a.format(folder=tiny_dataset) for a in arguments), "--json")
    assert (code, out) == (2, "")
    assert err.startswith("notices-eval: " + message.format(folder=tiny_dataset))
    assert len(err.splitlines()) == 1


def test_ids_with_blanks_cannot_be_written(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    (tiny_dataset / "corpus.jsonl.gz").write_bytes(
        gzip.compress(lines([*CORPUS, {"_id": "d 5", "text": "安全"}]).encode())
    )
    code, _, err = notices_eval(
        "retrieval", "--dataset", tiny_dataset, "--mode", "lexical", "--run-out", tmp_path / "out.run"
    )
    assert code == 2
    assert "must not hold blanks" in err
    assert not (tmp_path / "out.run").exists()
