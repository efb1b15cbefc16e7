"""``notices-eval retrieval``: a tiny data set whose figures are worked by hand, the run it writes, and bad input."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from itertools import pairwise
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import cli, measures
from eval.errors import BadDataset
from eval.formats import beir, trec
from eval.retrieval import evaluate, steps
from eval.systems.product import product
from index.types import Mode, Vectors

MEASURES = ["nDCG@10", "RR@10", "R@10", "R@100"]
CORPUS = [
    {"_id": "d1", "title": "", "text": "充电安全"},
    {"_id": "d2", "title": "", "text": "食品安全"},
    {"_id": "d3", "title": "特种设备", "text": "电梯检验"},
    {"_id": "d4", "text": "产品抽检"},
]
QUERIES = [
    {"_id": "q1", "text": "电梯如何检验？"},
    {"_id": "q2", "text": "安全"},
    {"_id": "q3", "text": "火箭"},
    {"_id": "q4", "text": "抽检"},
    {"_id": "q5", "text": "没有标注的问题"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td3\t1\nq2\td2\t1\nq3\td1\t1\nq4\td4\t1\nq4\td9\t1\n"
#: q1: d3 first. q2: d1 and d2 are as good and come in their order. q3: nothing found. q4: d4 first, d9 is nowhere.
BY_HAND = {
    "nDCG@10": (1 + 1 / log2(3) + 0 + 1 / (1 + 1 / log2(3))) / 4,
    "RR@10": (1 + 1 / 2 + 0 + 1) / 4,
    "R@10": (1 + 1 + 0 + 1 / 2) / 4,
    "R@100": (1 + 1 + 0 + 1 / 2) / 4,
}


class HashedEncoder:
    """Character pairs, hashed into a few dimensions: a pure function of the text."""

    name = "hashed"
    dimensions = 64

    def encode_queries(self, texts: list[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: list[str]) -> Vectors:
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for a, b in pairwise(text):
                out[row, zlib.crc32((a + b).encode()) % self.dimensions] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def lines(values: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data set, its corpus gzipped."""
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines(CORPUS).encode()))
    (folder / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return folder


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout and stderr of ``notices-eval …``."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return call


# -- figures ---------------------------------------------------------------------------------------------------------


def test_figures_worked_by_hand(folder: Path, run: Run) -> None:
    code, out, err = run("retrieval", "--dataset", folder, "--mode", "lexical", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["measures"] == pytest.approx(BY_HAND)
    assert list(result) == ["dataset", "split", "mode", "queries", "measures", "latency_ms", "fingerprint"]
    assert list(result["measures"]) == MEASURES
    assert (result["dataset"], result["split"], result["mode"], result["queries"]) == ("tiny", "test", "lexical", 4)
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p95"]
    assert err == f"{folder}: judged documents that are not in the corpus: 1; they count as not found\n"


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_ir_measures_own_command_gives_the_same_figures(mode: str, folder: Path, tmp_path: Path, run: Run) -> None:
    written, qrels = tmp_path / "out.run", tmp_path / "trec.qrels"
    _, out, _ = run("retrieval", "--dataset", folder, "--mode", mode, "--json", "--run-out", written)
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


def fingerprint(folder: Path, mode: Mode, encoder: HashedEncoder) -> tuple[str, str]:
    found = evaluate(beir.load(str(folder)), product(mode, encoder))
    return found.data, found.setup


def test_the_fingerprint_tells_data_from_system(folder: Path) -> None:
    encoder = HashedEncoder()
    data, system = fingerprint(folder, "hybrid", encoder)
    assert fingerprint(folder, "hybrid", encoder) == (data, system)
    assert fingerprint(folder, "lexical", encoder)[0] == data
    assert fingerprint(folder, "lexical", encoder)[1] != system
    encoder.name = "another"
    assert fingerprint(folder, "hybrid", encoder)[1] != system
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q4\td1\t1\n")
    assert fingerprint(folder, "hybrid", encoder)[0] != data


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_progress_reaches_its_end(mode: Mode, folder: Path) -> None:
    dataset = beir.load(str(folder))
    seen: list[int] = []
    evaluate(dataset, product(mode, HashedEncoder()), done=seen.append)
    assert sum(seen) == steps(dataset)


def test_a_table_for_people(folder: Path, run: Run) -> None:
    code, out, _ = run("retrieval", "--dataset", folder, "--mode", "lexical")
    head, columns, row = out.splitlines()
    assert code == 0
    assert head.startswith("tiny:test  4 个问题 queries  ")
    assert columns.split()[:4] == MEASURES
    assert row.split()[:2] == ["lexical", "0.561"]


def test_splits(folder: Path, tmp_path: Path) -> None:
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert beir.load(str(folder)).split == "dev"  # the only one
    (folder / "qrels" / "train.tsv.gz").write_bytes(gzip.compress(b"q1\td1\t1\n"))  # no header
    assert beir.load(f"{folder}:train").qrels == {"q1": {"d1": 1}}
    with pytest.raises(BadDataset, match=r"has the splits dev, train; choose one"):
        beir.load(str(folder))
    with_colon = tmp_path / "a:b"
    folder.rename(with_colon)
    assert beir.load(f"{with_colon}:dev").split == "dev"


# -- bad input -------------------------------------------------------------------------------------------------------


def queries(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "queries.jsonl").write_text(text, encoding="utf-8")


def qrels(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "qrels" / "test.tsv").write_text(text, encoding="utf-8")


def corpus(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "corpus.jsonl.gz").write_bytes(data)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no queries file": (lambda folder: (folder / "queries.jsonl").unlink(), "no {folder}/queries.jsonl (nor"),
    "no judgements": (lambda folder: (folder / "qrels" / "test.tsv").unlink(), "no judgements in {folder}/qrels"),
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
def test_broken_data_sets(case: str, folder: Path, run: Run) -> None:
    damage, message = BROKEN[case]
    damage(folder)
    code, out, err = run("retrieval", "--dataset", folder, "--mode", "lexical", "--json")
    assert (code, out) == (2, "")
    assert err.startswith("notices-eval: " + message.format(folder=folder))
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
def test_bad_options(arguments: list[str], message: str, folder: Path, run: Run) -> None:
    code, out, err = run("retrieval", *(a.format(folder=folder) for a in arguments), "--json")
    assert (code, out) == (2, "")
    assert err.startswith("notices-eval: " + message.format(folder=folder))
    assert len(err.splitlines()) == 1


def test_ids_with_blanks_cannot_be_written(folder: Path, tmp_path: Path, run: Run) -> None:
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines([*CORPUS, {"_id": "d 5", "text": "安全"}]).encode()))
    code, _, err = run("retrieval", "--dataset", folder, "--mode", "lexical", "--run-out", tmp_path / "out.run")
    assert code == 2
    assert "must not hold blanks" in err
    assert not (tmp_path / "out.run").exists()
