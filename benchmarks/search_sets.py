"""What searching is measured on: five public sets in BEIR form, and the development questions over the notices.

Each is opened once, so that any number of rankings can be made of the same requests over the same indexes.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from eval import measures, measuring
from eval.formats import beir, trec
from eval.systems import DEPTH
from eval.systems.product import build
from eval.types import Dataset, Qrels, Run
from index import derived, ranking, store
from index.encoder import StaticEncoder, shipped_encoder
from index.english import Lookup
from index.ranking import Legs
from index.types import Rows, Scores

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BENCHMARKS = ("cmrc2018_dev", "xquad_zh", "xquad_en2zh", "ncp_policies_answers", "stard:dev")
DEVELOPMENT = "dev"
MEASURES = ("nDCG@10", "R@10", "R@100")  # of a table's cell
Values = Mapping[str, Mapping[str, float]]  # measure → query → value


@dataclass(frozen=True, slots=True)
class Request:
    """One question as the ranking takes it: follow-ups joined, slips mended, filters resolved."""

    query: str
    required: list[list[str]]
    allowed: Rows | None = None
    among: Rows | None = None
    lookup: Lookup | None = None


Search = Callable[["SearchSet", Request], tuple[Rows, Scores]]


@dataclass(frozen=True, slots=True)
class SearchSet:
    """A corpus in its indexes, its requests and judgements. ``columns``: the queries behind each column of a table."""

    doc_ids: Sequence[str]
    legs: Legs
    encoder: StaticEncoder
    requests: Mapping[str, Request]
    qrels: Qrels
    columns: Mapping[str, frozenset[str]]

    def values(self, search: Search) -> Values:
        """Every measure of every query, for one way to search."""
        run: Run = {}
        for query_id, request in self.requests.items():
            rows, scores = search(self, request)
            hits = [(self.doc_ids[int(row)], float(score)) for row, score in zip(rows, scores, strict=True)]
            run[query_id] = trec.strictly_decreasing(hits[:DEPTH])
        return measures.by_query(self.qrels, run)


def by_product(found: SearchSet, request: Request) -> tuple[Rows, Scores]:
    """The ranking that users have."""
    rows, scores, _ = ranking.rank(
        request.query, DEPTH, "hybrid", found.legs, found.encoder, request.required, request.allowed,
        among=request.among, lookup=request.lookup,
    )  # fmt: skip
    return rows, scores


def means(values: Values, queries: frozenset[str]) -> dict[str, float]:
    """Means over the queries of a column, by measure."""
    return {m: sum(by_query[q] for q in queries) / len(queries) for m, by_query in values.items()}


def cell(values: Values, queries: frozenset[str]) -> str:
    """``nDCG@10 · R@10 · R@100`` of a column."""
    found = means(values, queries)
    return " · ".join(f"{found[m]:.3f}".removeprefix("0") for m in MEASURES)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options that all of these benchmarks share."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--shared", type=Path, default=SHARED, help="folder with data/benchmarks, questions and notices")
    made.add_argument("--sets", nargs="+", default=[*BENCHMARKS, DEVELOPMENT], help="the sets to measure on")
    return made


def open_set(name: str, shared: Path = SHARED, titles: bool = True) -> contextlib.AbstractContextManager[SearchSet]:
    """One set, indexed in a temporary folder.

    :param titles: whether titles and headings are indexed with the text
    :raises BadDataset: it is not there
    """
    return _development(shared, titles) if name == DEVELOPMENT else _benchmark(shared / "data/benchmarks", name, titles)


@contextlib.contextmanager
def _benchmark(folder: Path, name: str, titles: bool) -> Iterator[SearchSet]:
    dataset, encoder = beir.load(str(folder / name)), shipped_encoder()
    if not titles:
        dataset = replace(dataset, documents=tuple(replace(document, title="") for document in dataset.documents))
    columns = {name: frozenset(dataset.queries)}
    if name == "stard:dev":
        columns["stard unseen"] = unseen(dataset, folder / "stard")
    with TemporaryDirectory() as scratch:
        yield SearchSet(
            [document.doc_id for document in dataset.documents],
            build(dataset, Path(scratch), encoder), encoder,
            {query_id: Request(query.text, []) for query_id, query in dataset.queries.items()},
            dataset.qrels, columns,
        )  # fmt: skip


def unseen(dev: Dataset, folder: Path) -> frozenset[str]:
    """The dev queries none of whose gold articles is one of a training query: what the encoder cannot remember."""
    training = beir.load(f"{folder}:train")
    known = {doc_id for judged in training.qrels.values() for doc_id, score in judged.items() if score > 0}
    return frozenset(q for q, judged in dev.qrels.items() if not any(judged[d] > 0 and d in known for d in judged))


@contextlib.contextmanager
def _development(shared: Path, titles: bool) -> Iterator[SearchSet]:
    """The requests are those that the assistant sends to the ranking: taken down where the store calls it."""
    encoder = shipped_encoder()
    bare = patch.object(derived, "whole_text", lambda stored: stored.passage.text)
    with contextlib.ExitStack() as stack:
        if not titles:
            stack.enter_context(bare)
        dataset = stack.enter_context(
            measuring.opened(str(shared / "questions/dev.jsonl"), shared / "notices", encoder)
        )
        assert dataset.assistant is not None
        taken: list[tuple[Any, ...]] = []

        def rank(*arguments: Any) -> Any:
            taken.append(arguments)
            return ranking.rank(*arguments)

        stack.enter_context(patch.object(store, "rank", rank))
        for query in dataset.queries.values():
            dataset.assistant.search(query.text, DEPTH, "hybrid", query.filters, query.history)
        requests = {
            query_id: Request(text, required, allowed, among, lookup)
            for query_id, (text, _, _, _, _, required, allowed, _, among, lookup, _) in zip(
                dataset.queries, taken, strict=True
            )
        }
        english = frozenset(q for q, query in dataset.queries.items() if query.slices["lang"] == "en")
        everything = frozenset(dataset.queries)
        columns = {"dev": everything, "dev zh": everything - english, "dev en": english}
        doc_ids = [document.doc_id for document in dataset.documents]
        yield SearchSet(doc_ids, taken[0][3], encoder, requests, dataset.qrels, columns)
