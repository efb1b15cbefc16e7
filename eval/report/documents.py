"""The words of the documents that rankings name: from the data set where it is still there, else from the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError
from eval.errors import EvalError
from eval.evaluation import Evaluation
from eval.measuring import opened
from eval.report.warnings import Said
from index.encoder import shipped_encoder
from index.errors import StoreError

LONG, SHORT = 240, 90  # characters of a document that regressions and the list of queries show


@dataclass(frozen=True, slots=True)
class Texts:
    """Document id → its words, as long as they are known."""

    known: Mapping[str, str]

    def shown(self, doc_id: str, limit: int = SHORT) -> str:
        """The beginning of a document on one line; empty when its words are not known."""
        text = " ".join(self.known.get(doc_id, "").split())
        return text if len(text) <= limit else text[:limit] + "…"


def texts_of(results: Sequence[Evaluation]) -> tuple[Texts, list[Said]]:
    """The words of the documents found and judged, and what is to be said where they are shortened."""
    titles: dict[str, str] = {}
    for result in results:
        titles.update(result.titles)
    wanted = {
        doc_id
        for result in results
        for query in result.queries.values()
        for doc_id in (*(doc_id for doc_id, _ in query.ranking[:10]), *query.relevant)
    }
    whole = _whole(results[0], wanted)
    if whole is not None:
        return Texts({**titles, **whole}), []
    return Texts(titles), [(
        "原数据不在原处或已改变，文档只显示结果文件中保存的开头部分",
        "the data set is not where it was, or has changed: documents show only the beginnings that the result keeps",
    )]  # fmt: skip


def _whole(result: Evaluation, wanted: Iterable[str]) -> dict[str, str] | None:
    """The documents of the data set that a result names, if it is there and the very same."""
    source = result.source
    if "dataset" not in source:
        return None
    notices = source.get("notices")
    try:
        with opened(source["dataset"], Path(notices) if notices else None, shipped_encoder()) as dataset:
            if dataset.digest[:12] != result.data:
                return None
            chosen = set(wanted)
            return {d.doc_id: d.text or d.title for d in dataset.documents if d.doc_id in chosen}
    except (EvalError, CorpusError, StoreError, OSError):
        return None
