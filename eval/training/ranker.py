"""Train the ranker: ``python -m eval.training.ranker --data ../shared/data --out index/model/ranker.json``.

The encoder remembers the questions it was trained on, and a ranker trained on the same ones would learn to trust that
(measured: development nDCG@10 .58). So a second encoder is trained on one half of the questions, and the ranker on what
that encoder says of the other half. Sets of law weigh a quarter: their lay questions share few words with the articles.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.systems.product import build
from eval.training.held_out import half_of, sets
from eval.types import Dataset
from index.encoder import StaticEncoder, digest
from index.fusion import convex
from index.late_interaction import late_interaction
from index.query import parse_query
from index.ranker import FEATURES, Features, features
from index.ranking import CANDIDATES, CHINESE_DENSE_WEIGHT, TOP

if TYPE_CHECKING:
    import lightgbm

SEED = 1
TREES = 150
PARAMETERS: dict[str, Any] = {
    "objective": "lambdarank", "lambdarank_truncation_level": 200, "num_leaves": 7, "learning_rate": 0.07, "min_data_in_leaf": 80,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": SEED, "deterministic": True, "num_threads": 2,
    "verbose": -1,
}  # fmt: skip
WEIGHTS = {"stard": 0.25, "lecoqa_train": 0.25, "lawyer_llama_query2law": 0.25}
Labels = npt.NDArray[np.int64]


def main() -> int:
    """Train and write; 0 when the file is written, 2 when the data are not there."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.ranker", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/, text/ and benchmarks/stard")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--encoder", type=Path, help="an encoder trained on the first half; without it, one is trained")
    options = parser.parse_args()
    missing = [name for name in ("train", "text", "benchmarks/stard") if not (options.data / name).is_dir()]
    if missing:
        print(f"{options.data} has no folder {missing[0]!r}; see index/model/README.md, Data.", file=sys.stderr)
        return 2
    with TemporaryDirectory() as scratch:
        folder = options.encoder or _half_encoder(options.data, Path(scratch))
        groups = [group for dataset in sets(options.data, SEED) for group in groups_of(dataset, StaticEncoder(folder))]
        trained = fit(groups)
        content = {
            "features": FEATURES,
            "trained_on": {
                "half_encoder": digest(folder / "model.safetensors"),
                "queries": len(groups),
                "weights": WEIGHTS,
            },
            "trees": trees(trained),
        }
        options.out.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _half_encoder(data: Path, scratch: Path) -> Path:
    from index.training.run import train_and_export
    from index.training.settings import Settings

    half_of(data, scratch / "data")
    train_and_export(scratch / "data", scratch / "encoder", Settings())
    return scratch / "encoder"


def groups_of(dataset: Dataset, encoder: StaticEncoder) -> list[tuple[Features, Labels, float]]:
    """Features and labels of the candidates of each query that has a relevant one among them, and the query's weight."""
    groups = []
    weight = WEIGHTS.get(dataset.name.partition(":")[0], 1.0)
    with TemporaryDirectory() as folder:
        legs = build(dataset, Path(folder), encoder)
        for query_id, query in dataset.queries.items():
            parsed = parse_query(query.text)
            vector = encoder.encode_queries([parsed.dense])[0]
            rows = np.union1d(
                legs.lexical.search(parsed.groups, CANDIDATES, [])[0], legs.vectors.search(vector, CANDIDATES, None)[0]
            )
            relevant = dataset.qrels.get(query_id, {})
            labels = np.array([relevant.get(dataset.documents[row].doc_id, 0) > 0 for row in rows], np.int64)
            if not labels.any():
                continue
            bound = legs.lexical.bound(parsed.groups)
            lexical = legs.lexical.score(parsed.groups, rows) / max(bound, 1e-9)
            dense = np.maximum(legs.vectors.score(vector, rows), 0.0)
            late = late_interaction(encoder.pieces([parsed.dense])[0], rows, legs.tokens, encoder)
            top = np.argsort(-convex(lexical, dense, 1.0, CHINESE_DENSE_WEIGHT), kind="stable")[:TOP]
            best = float(lexical.max()), float(dense.max()), float(late[top].max())
            groups.append((features(lexical, dense, late, best), labels, weight))
    return groups


def fit(groups: list[tuple[Features, Labels, float]]) -> lightgbm.Booster:
    """LambdaMART over all groups."""
    import lightgbm

    data = lightgbm.Dataset(
        np.concatenate([rows for rows, _, _ in groups]),
        np.concatenate([labels for _, labels, _ in groups]),
        group=[len(labels) for _, labels, _ in groups],
        weight=np.concatenate([np.full(len(labels), weight) for _, labels, weight in groups]),
    )
    return lightgbm.train(PARAMETERS, data, TREES)


def trees(booster: lightgbm.Booster) -> list[dict[str, list[float]]]:
    """The trees as :class:`index.ranker.Ranker` reads them: nodes in the order of a walk, parents first."""
    return [_nodes(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]


def _nodes(root: dict[str, Any]) -> dict[str, list[float]]:
    out: dict[str, list[float]] = {"feature": [], "threshold": [], "left": [], "right": [], "value": []}

    def add(node: dict[str, Any]) -> int:
        place = len(out["value"])
        inner = "split_feature" in node
        out["feature"].append(node["split_feature"] if inner else -1)
        out["threshold"].append(node["threshold"] if inner else 0.0)
        out["value"].append(0.0 if inner else node["leaf_value"])
        out["left"].append(0)
        out["right"].append(0)
        if inner:
            out["left"][place] = add(node["left_child"])
            out["right"][place] = add(node["right_child"])
        return place

    add(root)
    return out


if __name__ == "__main__":
    sys.exit(main())
