"""benchmarks/peers: the plumbing between BEIR folders, runs and the page, the chunk probe, and one search of each installed peer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests import tiny
from tests.notices import DIGEST

HERE = Path(__file__).resolve().parent.parent / "benchmarks" / "peers"


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The modules of the folder, which is no package: its scripts run in environments without our own."""
    import importlib

    monkeypatch.syspath_prepend(str(HERE))
    names = ("environments", "harness", "runs", "chunk_probe", "chunkers", "results")
    return {name: importlib.import_module(name) for name in names}


def run_peer(python: Path, script: Path, folder: Path, out: Path, variant: str = "default") -> dict[str, Any]:
    """What a peer script prints."""
    command = [python, script, folder, "test", out, "--variant", variant]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


PEER = """
import harness


def backwards(corpus):
    rows = range(len(corpus.texts) - 1, -1, -1)
    return lambda query: [(row, 0.0) for row in rows]


harness.main("backwards", ("pip",), {"default": harness.Variant("last first", backwards)})
"""


def test_a_script_reads_beir_and_writes_a_run(tiny_dataset: Path, tmp_path: Path, peers: dict[str, ModuleType]) -> None:
    script, out = tmp_path / "peer_backwards.py", tmp_path / "out.trec"
    script.write_text(f"import sys; sys.path.insert(0, {str(HERE)!r})\n{PEER}", encoding="utf-8")
    said = run_peer(Path(sys.executable), script, tiny_dataset, out)
    ids, texts = peers["harness"].read_documents(tiny_dataset)
    queries = peers["harness"].judged_queries(tiny_dataset, "test")
    assert (said["documents"], said["queries"], said["setting"]) == (len(ids), len(queries), "last first")
    assert said["versions"]["pip"]
    assert 0 < said["p50_ms"] <= said["p95_ms"]
    rows = [line.split() for line in out.read_text(encoding="utf-8").splitlines()]
    assert {len(row) for row in rows} == {6}
    assert [row[2] for row in rows if row[0] == next(iter(queries))] == ids[::-1]
    assert len(texts) == len(ids)


def test_ours_and_theirs_are_scored_alike(
    tiny_dataset: Path, tmp_path: Path, peers: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our row has the figures of our own command; a query that a run lacks counts with 0; a run that breaks says why."""
    runs = peers["runs"]
    monkeypatch.setattr(runs, "WORK", tmp_path / "runs")
    data = runs.DataSet("tiny", tiny_dataset, "test")
    ours = runs.ours("lexical", data)
    assert not ours.error
    result = json.loads((runs.WORK / f"tiny.{runs.OURS}.lexical.json").read_text(encoding="utf-8"))
    assert ours.measures["nDCG@10"] == pytest.approx(result["measures"]["nDCG@10"], abs=1e-9)
    assert ours.documents == len(tiny.CORPUS)
    (tmp_path / "none.trec").write_text("", encoding="utf-8")
    said = {
        "setting": "",
        "versions": {},
        "documents": 1,
        "index_s": 0,
        "p50_ms": 0,
        "p95_ms": 0,
        "rss_mb": 0,
        "load": [],
    }
    empty = runs._scored("txtai", "default", data, tmp_path / "none.trec", said)
    assert empty.measures == {"nDCG@10": 0.0, "R@10": 0.0, "R@100": 0.0}
    assert set(empty.by_query) == set(ours.by_query)
    broken = runs.ours("sideways", data)
    assert "sideways" in broken.error


def test_the_page_says_where_we_do_not_lead(peers: dict[str, ModuleType]) -> None:
    row = peers["runs"].Row

    def of(system: str, variant: str, value: float) -> Any:
        queries = {f"q{n}": value for n in range(60)}
        measures = {"nDCG@10": value, "R@10": value, "R@100": value}
        return row(system, variant, "a setting", {"x": "1"}, measures, queries, 10, load=(0.5,))

    ours, lost = of(peers["runs"].OURS, "hybrid", 0.5), row("milvus", "default", error="no such thing")
    behind, ahead = of("txtai", "default", 0.75), of("txtai", "default", 0.25)
    page = peers["results"].page(
        {"one": [ours, behind, lost], "two": [ours, ahead, lost]}, {"lancedb": "no wheel"}, "TABLE", "make peers", "abc"
    )
    assert "- one: **our hybrid search does not lead**; ahead of it is txtai default" in page
    assert "- two: our hybrid search leads; the best peer is txtai default" in page
    assert "**.750** · .750 · .750" in page
    assert "no such thing" in page
    assert "LanceDB could not be installed here: no wheel." in page


@pytest.mark.parametrize("edition", ["digest", "verbatim"])
def test_the_probe_finds_97_items_and_ours_keeps_them(
    edition: str, peers: dict[str, ModuleType], request: pytest.FixtureRequest
) -> None:
    folder = DIGEST if edition == "digest" else request.getfixturevalue("shared") / "notices"
    probe = peers["chunk_probe"]
    files = probe.files_of(folder)
    items = {path.name[:3]: probe.items_of(path.read_text(encoding="utf-8")) for path in files}
    assert {key: len(found) for key, found in items.items()} == {"000": 53, "001": 25, "002": 19}
    assert items["000"][-1].own.text == "（十六）团市委开展的活动"
    assert items["002"][0].own.text == "活动内容"
    ours = probe.ours(files)
    assert (ours.whole, ours.alone, ours.own_heading, ours.foreign) == (97, 97, 97, 0)


def test_the_probe_counts_what_splitters_do(peers: dict[str, ModuleType]) -> None:
    text = "一、宣传\n1、办启动仪式。\n2、进社区。\n二、检查\n3、查电梯。\n"
    probe = peers["chunk_probe"]

    def counts(*chunks: str, metadata: str = "") -> tuple[int, ...]:
        p = probe.probe("x", {"f": (text, [(chunk, metadata) for chunk in chunks])})
        return p.whole, p.alone, p.own_heading, p.foreign

    assert counts(text) == (3, 0, 3, 2)
    assert counts(*text.splitlines()) == (3, 3, 0, 0)
    assert counts("一、宣传\n1、办启动仪式。", "2、进社区。\n二、检查", "3、查电梯。") == (3, 3, 1, 1)
    assert counts("1、办启动", "仪式。\n2、进社区。", "3、查电梯。", metadata="检查") == (2, 1, 1, 0)


def test_chinese_sentences_keep_every_character(peers: dict[str, ModuleType]) -> None:
    text = (DIGEST / "000_2022_tianjin_activities.txt").read_text(encoding="utf-8")
    found = peers["chunkers"].sentences(text)
    assert "".join(found) == text
    assert max(map(len, found)) < 200


PEERS = ("txtai", "haystack", "llamaindex", "lancedb", "milvus")


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_an_installed_peer_searches(
    name: str, tiny_dataset: Path, tmp_path: Path, peers: dict[str, ModuleType]
) -> None:
    python = peers["environments"].python_of(name)
    if not peers["environments"].installed(name):
        pytest.skip(f"needs {name} in .venv-peers: make peers")
    out = tmp_path / "out.trec"
    said = run_peer(python, HERE / f"peer_{name}.py", tiny_dataset, out, "chinese")
    assert (said["peer"], said["variant"]) == (name, "chinese")
    ids = set(peers["harness"].read_documents(tiny_dataset)[0])
    found = {line.split()[2] for line in out.read_text(encoding="utf-8").splitlines()}
    assert found
    assert found <= ids


def test_every_requirement_is_pinned() -> None:
    for path in HERE.glob("requirements-*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.startswith("#") or line.count("==") == 1, (path.name, line)
    assert {p.stem.removeprefix("requirements-") for p in HERE.glob("requirements-*.txt")} == {*PEERS, "chunkers"}
