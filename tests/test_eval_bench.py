"""The benchmark's notices are read as they were made, their known answers are found, and the report has its keys."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile
from eval.bench.generator import PASSAGES, Made, generate, questions
from eval.bench.running import ITEMS, fragments, mixture
from index.store import LocalStore
from tests.notices import check_invariants
from tests.tiny import Run


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(generate(1000, 3))


def test_the_same_seed_gives_the_same_notices(made: list[Made]) -> None:
    assert list(generate(1000, 3)) == made
    assert list(generate(1000, 4)) != made
    assert questions(made, 5, 3) == questions(made, 5, 3)


def test_notices_are_parsed_as_they_were_made(made: list[Made]) -> None:
    """Every item alone, under its heading, with the units that its line names; about as many passages as promised."""
    passages = 0
    for one in made:
        (notice,) = parse(one.text, one.name)
        check_invariants(notice)
        passages += len(notice.passages)
        items = [line for line in one.text.splitlines() if "责任单位" in line]
        by_text = {p.text: p for p in notice.passages}
        for line in items:
            passage = by_text[line]
            assert passage.section_path[-1] in ("重点任务", "日常监管", "服务保障")
            assert {u.name for u in passage.units} == set(line.partition("（责任单位：")[2].rstrip("）").split("、"))
    assert passages == pytest.approx(len(made) * PASSAGES, rel=0.1)


def test_known_answers_are_found(made: list[Made], tmp_path: Path) -> None:
    """No unit is missing for at least 95 of 100 questions; the expected words stand in the answers to the others.

    Units beside the expected ones are no fault here: a question about one campaign may list its neighbours.
    """
    store = LocalStore(tmp_path / "store")
    store.index([ReadFile(one.name, tuple(parse(one.text, one.name))) for one in made])
    assistant = Assistant(store)
    right: dict[str, list[bool]] = {}
    for asked in questions(made, 20, 3):
        answer = assistant.ask(Question(asked.text))
        if asked.kind == "units":
            rows = answer.table.rows if answer.table else ()
            found = {row.cells["unit"] for row in rows} >= asked.expected
        else:
            found = all(
                any(words in text for text in (answer.text, *(c.quote for c in answer.citations)))
                for words in asked.expected
            )
        right.setdefault(asked.kind, []).append(found)
    shares = {kind: sum(found) / len(found) for kind, found in right.items()}
    store.close()
    assert shares["units"] >= 0.95, shares
    assert all(share >= 0.8 for share in shares.values()), shares


def test_the_report_has_the_keys_of_the_contract(notices_eval: Run) -> None:
    code, out, _ = notices_eval("bench", "--passages", "300", "--json")
    report = json.loads(out)
    assert code == 0
    assert set(report) >= {
        "passages", "build_s", "open_s", "add_one_s", "remove_one_s", "search_ms", "ask_ms", "rss_mb", "disk_mb",
        "recall_at_10", "peers", "machine",
    }  # fmt: skip
    assert report["filtered_ms"].keys() == {"year", "region", "unit"}
    assert report["passages"] == pytest.approx(300, rel=0.2)
    assert set(report["search_ms"]) == {"lexical", "dense", "hybrid"}
    assert set(report["ask_ms"]) == {"units", "activities", "lookup", "fact", "count"}
    assert set(report["peers"]) == {"rank-bm25", "bm25s", "faiss-flat"}
    assert all(
        0 < ms["p50"] <= ms["p95"] for group in ("search_ms", "ask_ms", "peers") for ms in report[group].values()
    )
    assert report["recall_at_10"] == 1.0  # flat: exact


@pytest.mark.parametrize("passages", ["10", "3000000", "many"])
def test_sizes_out_of_bounds(passages: str, notices_eval: Run) -> None:
    assert notices_eval("bench", "--passages", passages)[0] == 2


def test_half_of_the_notices_can_be_running_text(tmp_path: Path) -> None:
    """Sentences become items, by turns with generated notices; the same again for the same seed."""
    lines = [json.dumps({"text": f"第{n}条规定了办理程序和所需材料清单。" * 3}, ensure_ascii=False) for n in range(400)]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    made = list(mixture(600, 1, tmp_path))
    assert made == list(mixture(600, 1, tmp_path))
    assert sum(one.name.startswith("r") for one in made) == pytest.approx(len(made) / 2, abs=1)
    running = next(one for one in made if one.name.startswith("r"))
    (notice,) = parse(running.text, running.name)
    assert len(notice.passages) >= ITEMS
    assert notice.header.year == int(running.name[8:12])
    assert all(text in "".join(one.text for one in made) for text in fragments(tmp_path, 5, 1))
