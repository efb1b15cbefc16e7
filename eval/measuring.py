"""Measuring what a name stands for: the same call for the command line, the gate and reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.errors import BadDataset, BadOption
from eval.evaluation import Evaluation

if TYPE_CHECKING:
    from ir_measures import Measure

    from eval.systems import Progress
    from eval.types import Dataset
    from index.types import Encoder, Reranker


@dataclass(frozen=True, slots=True)
class Models:
    """The models that a measurement names; none: the shipped encoder, no reranker."""

    model: str | None = None
    reranker: str | None = None
    dimensions: int | None = None
    batch_size: int | None = None

    def open(self) -> tuple[Encoder, Reranker | None]:
        """Encoder and reranker. :raises BadModel: one of them is not here"""
        from index.cross_encoder import open_reranker
        from index.encoder import open_encoder

        return open_encoder(self.model, self.dimensions, self.batch_size), open_reranker(self.reranker)

    def source(self) -> dict[str, str]:
        """What names them again; :meth:`of` reads it."""
        named = {"model": _place(self.model), "reranker": _place(self.reranker), "dimensions": self.dimensions}
        return {key: str(value) for key, value in named.items() if value is not None}

    @classmethod
    def of(cls, source: Mapping[str, str]) -> Models:
        """The models that a result or a baseline says it was measured with."""
        dimensions = source.get("dimensions")
        return cls(source.get("model"), source.get("reranker"), int(dimensions) if dimensions else None)


def _place(model: str | None) -> str | None:
    """A folder by its whole path, a name as it is."""
    return str(Path(model).resolve()) if model and Path(model).is_dir() else model


@contextmanager
def opened(dataset: str, notices: Path | None, encoder: Encoder, reranker: Reranker | None = None) -> Iterator[Dataset]:
    """A data set by what names it: a BEIR folder with its split, or a question set with the folder of its notices.

    :raises BadOption: ``notices`` is missing or not wanted
    :raises BadDataset: the data set is missing or broken
    """
    from eval.formats import beir, questions

    if not dataset.endswith((".jsonl", ".jsonl.gz")):
        if notices is not None:
            raise BadOption(f"--notices goes with a question set (.jsonl), and {dataset} is none; leave it out")
        yield beir.load(dataset)
        return
    if notices is None:
        raise BadOption(f"{dataset} is a question set; name the folder of its notices with --notices")
    from eval.collection import open_collection
    from eval.labelled import dataset as labelled

    path = Path(dataset)
    asked = questions.load(path)
    with open_collection(notices, encoder, reranker=reranker) as collection:
        yield labelled(path.name.partition(".")[0], asked, collection)


def retrieval_source(dataset: str, notices: Path | None, models: Models | None = None) -> dict[str, str]:
    """How to measure retrieval again."""
    folder, _, split = dataset.rpartition(":")
    named = (
        f"{Path(folder).resolve()}:{split}" if folder and not Path(dataset).exists() else str(Path(dataset).resolve())
    )
    given = {"notices": str(notices.resolve())} if notices is not None else {}
    return {"dataset": named, **given, **(models or Models()).source()}


def answers(
    questions_file: Path,
    notices: Path,
    optional: Path | None = None,
    given: Path | None = None,
    done: Progress = lambda _: None,
    models: Models | None = None,
) -> Evaluation:
    """A question set asked and scored. :raises EvalError: something is missing or broken"""
    from eval.answers.asking import evaluate, read_answers
    from eval.collection import open_collection
    from eval.formats import questions

    judged = questions.load(questions_file, optional)
    answered = read_answers(given, judged) if given else None
    models = models or Models()
    encoder, reranker = models.open()
    with open_collection(notices, encoder, reranker=reranker) as collection:
        result = evaluate(questions_file.name.partition(".")[0], judged, collection, answered, done)
    own = {"dataset": str(questions_file.resolve()), "notices": str(notices.resolve())}
    return replace(result, source=own | models.source())


def again(task: str, system: str, source: Mapping[str, str], measures: Sequence[Measure]) -> Evaluation:
    """Measure anew what a result or a baseline says of itself.

    :raises BadDataset: its data are not here
    """
    from eval import systems
    from eval.retrieval import evaluate

    if not source.get("dataset"):
        raise BadDataset(f"the {task} of {system} was not measured here; name a result to judge instead")
    dataset, notices, models = source["dataset"], source.get("notices"), Models.of(source)
    if task == "answers":
        if not notices:
            raise BadDataset(f"the answers to {dataset} name no notices; record them anew")
        return answers(Path(dataset), Path(notices), models=models)
    encoder, reranker = models.open()
    with opened(dataset, Path(notices) if notices else None, encoder, reranker) as loaded:
        return evaluate(loaded, systems.named([system], encoder, reranker)[0], measures)


@contextmanager
def judged_only(qrels: Path | None) -> Iterator[Dataset]:
    """Judgements without a corpus, for scoring runs that were made elsewhere."""
    from eval.formats import trec
    from eval.retrieval import digest
    from eval.types import Dataset, Query

    if qrels is None:
        raise BadOption("name the judgements with --qrels FILE")
    judged = trec.read_qrels(qrels)
    queries = {query_id: Query(query_id, query_id) for query_id in judged}
    yield Dataset(qrels.name, "all", (), queries, judged, digest=digest(judged))
