"""Every peer and every mode of ours on a data set: the run, scored by ir-measures, with times, memory and versions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import environments
import ir_measures
from harness import MODEL, read_documents
from ir_measures import Qrel, R, nDCG

PEERS = {
    "txtai": ("default", "chinese", "hybrid"),
    "haystack": ("default", "chinese", "hybrid"),
    "llamaindex": ("default", "chinese", "hybrid"),
    "lancedb": ("default", "icu", "chinese", "hybrid"),
    "milvus": ("default", "chinese", "hybrid"),
}
MODES = ("lexical", "dense", "hybrid")
OURS = "notice-assistant"
MEASURES = (nDCG @ 10, R @ 10, R @ 100)
WORK = environments.ENVIRONMENTS / "runs"
LIMIT_S = 1800  # a run that takes longer is ended, and the table says so


@dataclass(frozen=True)
class DataSet:
    """A BEIR folder and the split that is judged."""

    name: str
    folder: Path
    split: str

    def judgements(self) -> list[Qrel]:
        """The judgements as ir-measures wants them."""
        lines = (self.folder / "qrels" / f"{self.split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        rows = [line.split("\t") for line in lines if line]
        return [Qrel(query, document, int(score)) for query, document, score in rows]


@dataclass(frozen=True)
class Row:
    """One system on one data set. ``error`` says why there are no figures; ``by_query`` holds nDCG@10."""

    system: str
    variant: str
    setting: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    by_query: dict[str, float] = field(default_factory=dict)
    documents: int = 0
    index_s: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    rss_mb: float = 0.0
    load: tuple[float, ...] = ()  # the machine's load average over a minute, when the run began and when it ended
    error: str = ""


def peer(name: str, variant: str, data: DataSet) -> Row:
    """A peer's run. What was measured with the same scripts, versions and data before is kept."""
    script = environments.HERE / f"peer_{name}.py"
    kept = WORK / f"{data.name}.{name}.{variant}.{_digest(name, script, data)}.json"
    run = kept.with_suffix(".trec")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        command = [environments.python_of(name), script, data.folder, data.split, run, "--variant", variant]
        load = [os.getloadavg()[0]]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=_offline())
        except subprocess.TimeoutExpired:
            return Row(name, variant, error=f"not done in {LIMIT_S} s")
        if done.returncode:
            return Row(name, variant, error=environments.last_line(done.stderr))
        load.append(os.getloadavg()[0])
        kept.write_text(json.dumps(json.loads(environments.last_line(done.stdout)) | {"load": load}), encoding="utf-8")
    said = json.loads(kept.read_text(encoding="utf-8"))
    return _scored(name, variant, data, run, said)


def ours(mode: str, data: DataSet) -> Row:
    """Our run, by the command that anyone would type; measured anew each time."""
    WORK.mkdir(parents=True, exist_ok=True)
    run, out = (WORK / f"{data.name}.{OURS}.{mode}.{ending}" for ending in ("trec", "json"))
    program = Path(sys.executable).with_name("notices-eval")
    command = [
        program, "retrieval", "--dataset", f"{data.folder}:{data.split}", "--mode", mode,
        "--run-out", run, "--out", out,
    ]  # fmt: skip
    load = [os.getloadavg()[0]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode:
        return Row(OURS, mode, error=environments.last_line(done.stderr))
    result = json.loads(out.read_text(encoding="utf-8"))
    times = sorted(query["ms"] for query in result["queries"].values())
    names = ("notice-assistant", "tantivy", "faiss-cpu", "rjieba")
    said = {
        "setting": f"--mode {mode}",
        "versions": {name: result["environment"][name] for name in names},
        "documents": len(read_documents(data.folder)[0]),
        "index_s": result["cost"]["build_s"],
        "p50_ms": times[len(times) // 2],
        "p95_ms": times[int(len(times) * 0.95)],
        "rss_mb": result["cost"]["rss_mb"],
        "load": [*load, os.getloadavg()[0]],
    }
    return _scored(OURS, mode, data, run, said)


def _scored(name: str, variant: str, data: DataSet, run: Path, said: dict[str, object]) -> Row:
    """Score a run: every judged query counts, one that the run lacks with 0."""
    qrels = data.judgements()
    asked = {q.query_id for q in qrels}
    values = {str(m): dict.fromkeys(sorted(asked), 0.0) for m in MEASURES}
    for metric in ir_measures.iter_calc(list(MEASURES), qrels, ir_measures.read_trec_run(str(run))):
        values[str(metric.measure)][metric.query_id] = metric.value
    means = {measure: sum(found.values()) / len(asked) for measure, found in values.items()}
    known = {key: said[key] for key in ("setting", "versions", "documents", "index_s", "p50_ms", "p95_ms", "rss_mb")}
    return Row(name, variant, measures=means, by_query=values["nDCG@10"], load=tuple(said["load"]), **known)


def _digest(name: str, script: Path, data: DataSet) -> str:
    """Everything that a peer's figures depend on, in 12 digits."""
    parts = [script, environments.HERE / "harness.py", environments.requirements_of(name), MODEL / "model.safetensors"]
    parts += [p for p in sorted(data.folder.rglob("*")) if p.is_file()]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _offline() -> dict[str, str]:
    """Peers that want to load something from a hub are to fail at once."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
