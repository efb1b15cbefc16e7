"""Records what the gate holds the project to: benchmarks/baselines/digest.json, and shared.json where ../shared is there.

make baselines        (after a change that is meant to move figures; the commit says which and why)
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from eval import gate, measuring
from eval.evaluation import Evaluation
from eval.retrieval import evaluate
from eval.systems import named
from index.encoder import shipped_encoder

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BENCHMARKS = ("xquad_zh", "xquad_en2zh", "cmrc2018_dev", "ncp_policies_answers")


def main() -> None:
    """Measure and write both baselines."""
    sets = {"digest": (ROOT / "tests" / "questions" / "digest.jsonl", ROOT / "corpus" / "notices")}
    if SHARED.is_dir():
        sets["shared"] = (SHARED / "questions" / "dev.jsonl", SHARED / "notices")
    for name, (questions, notices) in sets.items():
        results = [retrieval(str(questions), notices), measuring.answers(questions, notices)]
        if name == "shared":
            results += [retrieval(str(SHARED / "data" / "benchmarks" / folder), None) for folder in BENCHMARKS]
        path = ROOT / "benchmarks" / "baselines" / f"{name}.json"
        gate.write(path, [gate.expect(result) for result in results])
        print(f"{path.relative_to(ROOT)}: {len(results)} tasks")


def retrieval(dataset: str, notices: Path | None) -> Evaluation:
    """The hybrid search on one data set."""
    encoder = shipped_encoder()
    with measuring.opened(dataset, notices, encoder) as loaded:
        result = evaluate(loaded, named(["hybrid"], encoder)[0])
    return replace(result, source=measuring.retrieval_source(dataset, notices, None))


if __name__ == "__main__":
    main()
