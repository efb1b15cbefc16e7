"""Formats of evaluation: what is written is read back, what is broken names its line, labels survive another splitting."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.feedback import FeedbackLog
from eval.collection import Collection, names_file, open_collection
from eval.errors import BadDataset, BadRun
from eval.formats import beir, feedback, questions, trec
from eval.formats.questions import Label
from eval.labelled import dataset as labelled
from eval.labelled import relocated
from tests.notices import DIGEST
from tests.tiny import Run

QUESTIONS = Path(__file__).parent / "questions" / "digest.jsonl"


@pytest.fixture(scope="module")
def collection() -> Iterator[Collection]:
    with open_collection(DIGEST) as opened:
        yield opened


# -- TREC --------------------------------------------------------------------------------------------------------------


def test_a_run_is_sorted_as_trec_eval_does(tmp_path: Path) -> None:
    """By score as a 32-bit float, ties by document id, both descending; the rank column is not looked at."""
    path = tmp_path / "a.run"
    path.write_text("q1 Q0 a 1 0.5 mine\nq1 Q0 b 2 0.5 mine\nq1 Q0 c 3 0.7 mine\nq2 Q0 a 1 1e-3 mine\n")
    tag, run = trec.read_run(path)
    assert tag == "mine"
    assert [doc_id for doc_id, _ in run["q1"]] == ["c", "b", "a"]


@pytest.mark.parametrize("name", ["a.run", "a.run.gz"])
def test_a_run_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    run = {"q1": trec.strictly_decreasing([("d1", 1.0), ("d2", 1.0), ("d3", 0.25)]), "q2": [("d2", 3.5)]}
    trec.write_run(tmp_path / name, run, "tag")
    assert trec.read_run(tmp_path / name) == ("tag", run)
    if name.endswith(".gz"):
        assert gzip.decompress((tmp_path / name).read_bytes()).startswith(b"q1 Q0 d1 1 1.0 tag\n")


def test_judgements_are_read_as_they_were_written(tmp_path: Path) -> None:
    qrels = {"q1": {"d1": 2, "d2": 0}, "q2": {"d1": 1}}
    trec.write_qrels(tmp_path / "a.qrels", qrels)
    assert trec.read_qrels(tmp_path / "a.qrels") == qrels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 Q0 d1 1 0.5\n", r"a\.run:1: 5 columns instead of 6"),
        ("q1 Q0 d1 1 high t\n", r"a\.run:1: the score 'high'"),
        ("q1 Q0 d1 1 nan t\n", r"a\.run:1: the score 'nan'"),
        ("q1 Q0 d1 1 2 t\n\nq1 Q0 d1 2 1 t\n", r"a\.run:3: 'd1' stands twice"),
        ("\n", "holds no ranking"),
    ],
)
def test_broken_runs(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.run").write_text(text)
    with pytest.raises(BadRun, match=message):
        trec.read_run(tmp_path / "a.run")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 0 d1\n", "a.qrels:1: 3 columns instead of 4"),
        ("q1 0 d1 good\n", "a.qrels:1: the score 'good'"),
        ("q1 0 d1 1\nq1 0 d1 0\n", "a.qrels:2: 'd1' is judged twice"),
        ("", "holds no judgements"),
    ],
)
def test_broken_judgements(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.qrels").write_text(text)
    with pytest.raises(BadDataset, match=message):
        trec.read_qrels(tmp_path / "a.qrels")


# -- question sets -----------------------------------------------------------------------------------------------------

GOOD = {"id": "a1", "kind": "lookup", "question": "谁负责？", "gold": [{"notice": "000", "quote": "电动自行车"}]}
BROKEN: dict[str, tuple[object, str]] = {
    "a kind of its own": ({**GOOD, "kind": "magic"}, "\"kind\" 'magic' is none of units"),
    "no question": ({**GOOD, "question": " "}, "a blank question"),
    "history that is no list": ({**GOOD, "history": "甲"}, '"history" must be a list'),
    "an unknown filter": ({**GOOD, "filters": {"colour": "red"}}, "colour"),
    "nothing to find": ({**GOOD, "gold": []}, "a question of kind abstain has no"),
    "an abstention with gold": ({**GOOD, "kind": "abstain"}, "a question of kind abstain has no"),
    "a blank quote": ({**GOOD, "gold": [{"notice": "000", "quote": " "}]}, 'with a blank "quote"'),
    "a label without notice": ({**GOOD, "gold": [{"quote": "甲"}]}, '"notice" must be text'),
    "half an offset": ({**GOOD, "gold": [{"notice": "0", "quote": "甲", "start": 3}]}, "both or none"),
    "names that are no lists": ({**GOOD, "units": ["市公安局"]}, '"units" must be a list of lists'),
    "the same id": (GOOD, "stands in an earlier line"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_question_names_its_line(case: str, tmp_path: Path) -> None:
    value, message = BROKEN[case]
    first = GOOD if case == "the same id" else {**GOOD, "id": "a0"}
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(first) + "\n\n" + json.dumps(value) + "\n", encoding="utf-8")
    with pytest.raises(BadDataset, match=r"q\.jsonl:3: ") as caught:
        questions.load(path)
    assert message in str(caught.value)


def test_optional_labels_of_no_question(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(json.dumps(GOOD))
    (tmp_path / "q_optional.jsonl").write_text(json.dumps({"id": "zz", "optional": GOOD["gold"]}))
    with pytest.raises(BadDataset, match="optional labels for zz"):
        questions.load(tmp_path / "q.jsonl")


@pytest.mark.parametrize(
    ("key", "named"),
    [("000", True), ("000_甲", True), ("000_甲.txt", True), ("a/000_甲.txt", True), ("00", False), ("000_", False), ("甲", False)],
)  # fmt: skip
def test_what_names_a_file(key: str, named: bool) -> None:
    assert names_file(key, "a/000_甲.txt") is named


def test_labels_survive_another_splitting(collection: Collection) -> None:
    """A label lies on words: cut its passage in two, and the part that holds most of them is relevant."""
    notice = next(n for n in collection.notices.values() if n.source.startswith("001"))
    whole = next(p for p in notice.passages if len(p.text) > 60)
    label = Label("001", whole.text[30:50])
    assert collection.passage_ids(label) == {whole.passage_id}
    cut = whole.start + 35
    parts = (
        replace(whole, passage_id="first", end=cut, text=whole.text[:35]),
        replace(whole, passage_id="second", start=cut, text=whole.text[35:]),
    )
    others = tuple(p for p in notice.passages if p is not whole)
    resplit = Collection(collection.assistant, "")
    resplit.__dict__["notices"] = {notice.notice_id: replace(notice, passages=(*others, *parts))}
    assert resplit.passage_ids(label) == {"second"}


def test_labels_that_no_longer_describe_the_notices(collection: Collection) -> None:
    notice = next(n for n in collection.notices.values() if n.source.startswith("003"))
    words = notice.text[100:120].replace("\n", "")
    at = collection.locate(Label("003", words))
    assert at.state == "found"
    assert collection.locate(Label("003", words, (), at.start, at.end)).state == "found"
    assert collection.locate(Label("003", words, (), at.start + 1, at.end + 1)).state == "moved"
    assert collection.locate(Label("003", "的")).state == "ambiguous"
    assert collection.locate(Label("003", "这里没有这句话")).state == "lost"
    assert collection.locate(Label("999", words)).state == "lost"
    assert collection.passage_ids(Label("003", "这里没有这句话")) == frozenset()


def test_a_lost_label_costs_recall(collection: Collection, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({**GOOD, "gold": [*GOOD["gold"], {"notice": "000", "quote": "没有这句话"}]}))  # type: ignore[misc]
    made = labelled("q", questions.load(path), collection)
    assert [doc_id for doc_id in made.qrels["a1"] if doc_id.startswith("lost:")] == ["lost:000#a1.1"]
    assert any("labels lost: 1" in note for note in made.notes)


def test_a_question_set_is_read_as_it_was_written(collection: Collection, tmp_path: Path) -> None:
    """Labels get the offsets of their words, optional ones stay optional, and nothing else changes."""
    asked = questions.load(QUESTIONS)
    written = tmp_path / "again.jsonl"
    questions.write(written, relocated(asked, collection))
    again = questions.load(written)
    assert [(q.question_id, q.asked, q.units, q.contains) for q in again] == [
        (q.question_id, q.asked, q.units, q.contains) for q in asked
    ]
    for before, after in zip(asked, again, strict=True):
        assert [label.quote for label in (*before.gold, *before.optional)] == [
            label.quote for label in (*after.gold, *after.optional)
        ]
        for label in after.gold:
            notice = collection.notices[collection.locate(label).notice_id]
            assert label.start is not None
            assert "".join(notice.text[label.start : label.end].split()) == "".join(label.quote.split())


# -- converting and checking -------------------------------------------------------------------------------------------


def test_a_question_set_becomes_a_beir_folder(tmp_path: Path, notices_eval: Run) -> None:
    code, _, err = notices_eval("convert", QUESTIONS, tmp_path / "out", "--notices", DIGEST)
    made = beir.load(str(tmp_path / "out"))
    assert code == 0
    assert f"{len(made.queries)} 个问题" in err
    assert {"d001", "d002"} <= set(made.queries)
    assert all(doc_id in {d.doc_id for d in made.documents} for judged in made.qrels.values() for doc_id in judged)
    code, _, err = notices_eval("convert", QUESTIONS, tmp_path / "out", "--notices", DIGEST)
    assert code == 2
    assert "there and not empty" in err


def test_a_beir_folder_becomes_trec_judgements(tiny_dataset: Path, tmp_path: Path, notices_eval: Run) -> None:
    code, _, _ = notices_eval("convert", tiny_dataset, tmp_path / "a.qrels")
    assert code == 0
    assert trec.read_qrels(tmp_path / "a.qrels") == beir.load(str(tiny_dataset)).qrels
    code, out, _ = notices_eval("check", tmp_path / "a.qrels", "--json")
    assert json.loads(out) == {"queries": 4, "judgements": 5}


def test_check_says_when_labels_no_longer_describe_the_notices(tmp_path: Path, notices_eval: Run) -> None:
    code, out, _ = notices_eval("check", QUESTIONS, "--notices", DIGEST, "--json")
    assert (code, set(json.loads(out)["labels"])) == (0, {"found"})
    lost = {**GOOD, "gold": [{"notice": "000", "quote": "没有这句话"}]}
    (tmp_path / "q.jsonl").write_text(json.dumps(lost))
    code, out, err = notices_eval("check", tmp_path / "q.jsonl", "--notices", DIGEST)
    assert code == 1
    assert out.startswith("lost       a1  000  没有这句话")
    assert "no longer describe" in err


def test_check_counts_ties_of_a_run(tmp_path: Path, notices_eval: Run) -> None:
    (tmp_path / "a.run").write_text("q1 Q0 a 1 0.5 t\nq1 Q0 b 2 0.5 t\nq1 Q0 c 3 0.1 t\n")
    code, out, _ = notices_eval("check", tmp_path / "a.run", "--json")
    assert (code, json.loads(out)) == (0, {"queries": 1, "documents": 3, "ties": 1})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convert", "{q}", "{t}/x.csv", "--notices", "{n}"], "name a new folder (BEIR), or a file"),
        (["convert", "{q}", "{t}/x.qrels"], "name the folder of its notices"),
        (["convert", "{t}/gone.qrels", "{t}/x.qrels"], "no file"),
        (["convert", "{t}", "{t}/x.jsonl"], "neither a question set (.jsonl) nor a store"),
        (["check", "{t}/gone.jsonl"], "no file"),
        (["retrieval", "--dataset", "{q}"], "name the folder of its notices"),
        (["retrieval", "--dataset", "{q}", "--notices", "{t}/gone"], "no such file or folder"),
    ],
)
def test_bad_arguments_are_one_line(arguments: list[str], message: str, tmp_path: Path, notices_eval: Run) -> None:
    code, out, err = notices_eval(*(a.format(q=QUESTIONS, t=tmp_path, n=DIGEST) for a in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


# -- feedback ----------------------------------------------------------------------------------------------------------


def test_feedback_becomes_a_question_set(collection: Collection) -> None:
    """The latest verdict on the same words holds; a verdict on a whole answer labels nothing."""
    log = FeedbackLog(collection.assistant.store)
    passage = collection.assistant.store.passages()[5].passage
    words = (passage.passage_id, passage.start, passage.start + 8)
    log.add("谁负责？", "good", citations=(words,))
    log.add("谁负责？", "bad", "不对", citations=(words,))
    log.add("谁负责？", "good", "整体不错")
    (made,) = feedback.questions(log.entries())
    (label,) = made.gold
    assert (label.relevance, label.quote) == (0, passage.text[:8])
    assert collection.locate(label).state == "found"


def test_a_line_cut_off_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    with open_collection(DIGEST) as opened:
        log = FeedbackLog(opened.assistant.store)
        log.add("一", "good")
        with (opened.assistant.store.folder / "feedback.jsonl").open("ab") as file:
            file.write(b'{"time": "2026')
        assert [entry.question for entry in log.entries()] == ["一"]


def test_a_store_without_verdicts(tmp_path: Path) -> None:
    with open_collection(DIGEST) as opened, pytest.raises(BadDataset, match="no verdict in the store"):
        feedback.questions(FeedbackLog(opened.assistant.store).entries())
