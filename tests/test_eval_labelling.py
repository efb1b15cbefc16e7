"""Labelling: the pool is blind, what is acknowledged is kept, agreement by a published example, exports are read back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.sample import sample_store
from assistant.service import Assistant
from eval.errors import BadDataset, BadOption
from eval.formats import beir, questions, trec
from eval.labelling.agreement import disagreements, kappa, settled
from eval.labelling.export import export
from eval.labelling.pool import blind_order, pool
from eval.labelling.session import ADJUDICATED, Judgement, Session
from eval.systems import named
from eval.web.app import create_app
from index.encoder import shipped_encoder
from tests.notices import DIGEST
from tests.tiny import Run

HEADERS = {"Content-Type": "application/json", "Origin": "http://testserver"}


@pytest.fixture
def session(tiny_dataset: Path, tmp_path: Path) -> Iterator[Session]:
    """Every query of the tiny data set with all four documents."""
    data = beir.load(str(tiny_dataset))
    made = Session.create(tmp_path / "a.sqlite", pool(data, named(["random"], shipped_encoder()), 4), "seed")
    yield made
    made.close()


# -- the pool ----------------------------------------------------------------------------------------------------------


def test_the_pool_is_the_union(tiny_dataset: Path) -> None:
    data = beir.load(str(tiny_dataset))
    lexical = {
        p.query.query_id: {c.doc_id for c in p.candidates} for p in pool(data, named(["lexical"], shipped_encoder()), 1)
    }
    with_run = pool(
        data, named(["lexical"], shipped_encoder()), 1, [{"q1": [("d4", 2.0), ("d2", 1.0)], "other": [("d1", 1.0)]}]
    )
    assert lexical == {"q1": {"d3"}, "q2": {"d1"}, "q3": set(), "q4": {"d4"}}
    assert {p.query.query_id: {c.doc_id for c in p.candidates} for p in with_run} == {**lexical, "q1": {"d3", "d4"}}
    with pytest.raises(BadDataset, match="a run names 'zz'"):
        pool(data, [], 1, [{"q1": [("zz", 1.0)]}])


def test_the_order_is_blind() -> None:
    """The same each time, another one for another annotator, question or seed."""
    ids = [f"d{n}" for n in range(30)]
    first = blind_order("s", "甲", "q1", ids)
    assert blind_order("s", "甲", "q1", reversed(ids)) == first != ids
    others = [blind_order("s", "乙", "q1", ids), blind_order("s", "甲", "q2", ids), blind_order("t", "甲", "q1", ids)]
    assert all(sorted(other) == sorted(first) and other != first for other in others)


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_judging_again_taking_back_and_resuming(session: Session) -> None:
    session.judge("甲", "q1", "d3", Judgement(1))
    session.judge("甲", "q1", "d3", Judgement(3, "全"))
    session.judge("甲", "q1", "d1", Judgement(None))
    session.judge("甲", "q2", "d1", Judgement(2))
    session.judge("甲", "q2", "d1", None)
    again = Session(session.path)
    assert again.judgements("甲") == {("q1", "d3"): Judgement(3, "全"), ("q1", "d1"): Judgement(None)}
    assert again.annotators() == ["甲"]
    again.close()


def test_what_cannot_be_judged(session: Session) -> None:
    with pytest.raises(BadDataset, match="a grade is one of 0, 1, 2, 3"):
        session.judge("甲", "q1", "d3", Judgement(4))
    with pytest.raises(BadDataset, match="'zz' is not to be judged"):
        session.judge("甲", "q1", "zz", Judgement(1))


def test_an_existing_session_is_never_overwritten(session: Session, tmp_path: Path) -> None:
    before = session.path.read_bytes()
    with pytest.raises(BadOption, match="is there; go on with"):
        Session.create(session.path, [], "s")
    assert session.path.read_bytes() == before
    (tmp_path / "no.sqlite").write_text("something else")
    with pytest.raises(BadOption, match="is no labelling session"):
        Session(tmp_path / "no.sqlite")
    with pytest.raises(BadOption, match="no session"):
        Session(tmp_path / "gone.sqlite")


def test_what_is_acknowledged_survives_kill_9(session: Session) -> None:
    """A process judges and says so after each; it is killed in the middle; nothing that it said is lost."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom eval.labelling.session import Judgement, Session\n"
        "session = Session(Path(sys.argv[1]))\n"
        "for n in range(100000):\n"
        "    session.judge(f'p{n}', 'q1', 'd3', Judgement(n % 4))\n"
        "    print(n, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(session.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    said += [int(line) for line in process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    again = Session(session.path)
    kept = {int(name[1:]) for name in again.annotators()}
    assert set(said) <= kept
    assert all(again.judgements(f"p{n}")["q1", "d3"].grade == n % 4 for n in said)
    again.close()


# -- agreement ---------------------------------------------------------------------------------------------------------


def test_kappa_by_a_published_example() -> None:
    """Two readers, 50 cases: 20 both yes, 15 both no, 5 and 10 apart: 0.4 (J. Cohen's table as usually printed)."""
    pairs = [(1, 1)] * 20 + [(0, 0)] * 15 + [(1, 0)] * 5 + [(0, 1)] * 10
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa(pairs, weighted=True) == pytest.approx(0.4)  # two grades: both are the same
    assert kappa([(0, 0), (3, 3)]) == 1
    assert kappa([]) is None
    assert kappa([(2, 2)] * 5) is None


def test_weighted_kappa_forgives_near_grades() -> None:
    near, far = [(0, 1), (1, 1), (2, 3), (3, 3)], [(0, 3), (1, 1), (2, 0), (3, 3)]
    found = kappa(near, weighted=True), kappa(far, weighted=True)
    assert found[0] is not None
    assert found[1] is not None
    assert found[0] > found[1]


def test_several_judgements_become_one(session: Session) -> None:
    """The mean, halves rounded up; a skip counts as nothing; the adjudicated grade is the last word."""
    for person, grade in (("甲", 1), ("乙", 2), ("丙", None)):
        session.judge(person, "q1", "d3", Judgement(grade))
    session.judge("甲", "q2", "d1", Judgement(0))
    session.judge("丙", "q2", "d2", Judgement(None))
    assert settled(session) == {("q1", "d3"): 2, ("q2", "d1"): 0}
    assert disagreements(session) == {("q1", "d3"): {"甲": 1, "乙": 2}}
    session.judge(ADJUDICATED, "q1", "d3", Judgement(3))
    assert settled(session)["q1", "d3"] == 3
    assert disagreements(session) == {}


# -- export ------------------------------------------------------------------------------------------------------------


def test_unjudged_is_not_irrelevant(session: Session, tmp_path: Path) -> None:
    session.judge("甲", "q1", "d3", Judgement(3))
    session.judge("甲", "q1", "d1", Judgement(0))
    assert export(session, tmp_path / "a.qrels") == (1, 2)
    assert trec.read_qrels(tmp_path / "a.qrels") == {"q1": {"d1": 0, "d3": 3}}
    export(session, tmp_path / "folder")
    assert beir.load(str(tmp_path / "folder")).qrels == {"q1": {"d1": 0, "d3": 3}}
    with pytest.raises(BadDataset, match="no passages of notices"):
        export(session, tmp_path / "a.jsonl")


def test_a_labelled_question_set_is_read_back(tmp_path: Path, notices_eval: Run) -> None:
    """From questions without labels to labels that `check` finds and `retrieval` uses."""
    asked, made, out = tmp_path / "q.jsonl", tmp_path / "s.sqlite", tmp_path / "labels.jsonl"
    asked.write_text(json.dumps({"id": "a1", "question": "哪些单位负责电动自行车", "filters": {"year": 2024}}))
    code, _, err = notices_eval("label", asked, "--notices", DIGEST, "--session", made, "--depth", "3")
    assert code == 0, err
    session = Session(made)
    candidates = session.candidates("a1")
    assert all(found.notice.startswith("001") for found in candidates.values())  # the only notice of 2024
    for grade, doc_id in enumerate(session.order("甲", "a1")[:3]):
        session.judge("甲", "a1", doc_id, Judgement(grade))
    session.close()
    assert notices_eval("label", "--session", made, "--export", out)[0] == 0
    (labelled,) = questions.load(out)
    assert sorted(label.relevance for label in labelled.gold) == [0, 1, 2]
    code, printed, _ = notices_eval("check", out, "--notices", DIGEST, "--json")
    assert (code, json.loads(printed)["labels"]) == (0, {"found": 3})
    assert notices_eval("retrieval", "--dataset", out, "--notices", DIGEST)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name the questions to label"),
        (["q.jsonl"], "name the folder of its notices"),
        (["q.jsonl", "--export", "x.qrels"], "leave out the questions"),
        (["--export", "x.qrels", "--session", "gone.sqlite"], "no session gone.sqlite"),
        (["q.jsonl", "--notices", str(DIGEST), "--system", "magic"], "no system 'magic'"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notices_eval: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.jsonl").write_text(json.dumps({"id": "a1", "question": "谁"}))
    code, out, err = notices_eval("label", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(session: Session, tmp_path: Path) -> Iterator[TestClient]:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "一<b>.html").write_text("<script>1</script>", encoding="utf-8")
    (reports / "secret.txt").write_text("no")
    (tmp_path / "outside.html").write_text("no")
    (reports / "link.html").symlink_to(tmp_path / "outside.html")
    with TestClient(create_app(Assistant.open(sample_store()), {"a": session}, reports, page=False)) as opened:
        yield opened


def test_a_document_is_judged_and_taken_back(client: TestClient, session: Session) -> None:
    asked = client.get("/eval/label/a/question/q1?annotator=甲").json()
    assert [d["id"] for d in asked["documents"]] == session.order("甲", "q1")
    body = {"annotator": "甲", "question": "q1", "document": "d3", "grade": 2, "note": "可"}
    assert client.post("/eval/label/a/judgement", headers=HEADERS, json=body).json() == {"kept": True}
    assert session.judgements("甲") == {("q1", "d3"): Judgement(2, "可")}
    assert {q["id"]: q["done"] for q in client.get("/eval/label/a/state?annotator=甲").json()["questions"]}["q1"] == 1
    client.post("/eval/label/a/judgement", headers=HEADERS, json={**body, "undo": True})
    assert session.judgements("甲") == {}


def test_nothing_tells_which_system_found_what(client: TestClient) -> None:
    shown = (
        client.get("/eval/label/a/question/q1?annotator=甲").text + client.get("/eval/label/a/state?annotator=甲").text
    )
    assert not any(word in shown for word in ("random", "score", "rank", "system"))


def test_the_adjudicator_sees_what_others_disagree_on(client: TestClient, session: Session) -> None:
    for person, grade in (("甲", 0), ("乙", 3)):
        session.judge(person, "q1", "d3", Judgement(grade))
        session.judge(person, "q1", "d1", Judgement(1))
    assert client.get(f"/eval/label/a/state?annotator={ADJUDICATED}").json()["questions"] == [
        {"id": "q1", "text": "电梯如何检验？", "total": 1, "done": 0}
    ]
    (shown,) = client.get(f"/eval/label/a/question/q1?annotator={ADJUDICATED}").json()["documents"]
    assert shown["grades"] == {"甲": 0, "乙": 3}
    assert all(d["grades"] == {} for d in client.get("/eval/label/a/question/q1?annotator=甲").json()["documents"])
    page = client.get("/eval/").text
    assert "裁定 1 处分歧" in page
    assert "κ" in page


@pytest.mark.parametrize(
    "headers",
    [
        {**HEADERS, "Origin": "http://evil.example"}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
        {**HEADERS, "Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
def test_other_sites_cannot_judge(headers: dict[str, str], client: TestClient, session: Session) -> None:
    body = json.dumps({"annotator": "甲", "question": "q1", "document": "d3", "grade": 2})
    assert client.post("/eval/label/a/judgement", headers=headers, content=body).status_code in (403, 422)
    assert session.annotators() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"grade": 4}, 422),
        ({"document": "zz"}, 422),
        ({"annotator": "=boss"}, 422),
        ({"annotator": ""}, 422),
        ({"more": 1}, 422),
    ],
)
def test_bad_judgements(change: dict[str, object], status: int, client: TestClient, session: Session) -> None:
    body = {"annotator": "甲", "question": "q1", "document": "d3", "grade": 2, **change}
    response = client.post("/eval/label/a/judgement", headers=HEADERS, json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert session.annotators() == []


def test_reports_are_listed_and_served_without_rights(client: TestClient) -> None:
    page = client.get("/eval/")
    assert "一&lt;b&gt;.html" in page.text
    assert "secret.txt" not in page.text
    assert "link.html" not in page.text
    report = client.get("/eval/reports/一<b>.html")
    assert report.text == "<script>1</script>"
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert report.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["secret.txt", "link.html", "../outside.html", "..%2Foutside.html", "%2e%2e/outside.html", "gone.html"]
)
def test_nothing_else_is_served(name: str, client: TestClient) -> None:
    assert client.get(f"/eval/reports/{name}").status_code == 404


def test_unknown_sessions_and_questions(client: TestClient) -> None:
    assert client.get("/eval/label/zz").status_code == 404
    assert client.get("/eval/label/zz/state?annotator=甲").status_code == 404
    assert client.get("/eval/label/a/question/zz?annotator=甲").status_code == 404
    assert client.get("/eval/label/a/state").status_code == 422


def test_the_assistant_is_still_there(client: TestClient) -> None:
    assert client.get("/v1/search?q=电动自行车").status_code == 200
    assert client.get("/eval/label/a").headers["content-security-policy"].startswith("default-src 'none'")


def test_two_sessions_of_one_name(tmp_path: Path, session: Session, notices_eval: Run) -> None:
    (tmp_path / "b").mkdir()
    Session.create(tmp_path / "b" / "a.sqlite", [], "s").close()
    code, _, err = notices_eval("serve", "--session", session.path, "--session", tmp_path / "b" / "a.sqlite")
    assert code == 2
    assert "the same name" in err
