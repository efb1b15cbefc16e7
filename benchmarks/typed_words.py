"""What becomes of the words people type: corrections of clean queries, slips mended, a user's dictionary.

    python benchmarks/typed_words.py NOTICES DATASET… [--dictionary CEDICT]

Clean queries should not be corrected: of each BEIR data set (``xquad_zh``, ``stard:dev``) the share that is, against the
words of its own documents. Slips: words that stand in two passages of the notices at least, one character replaced by a
homophone or a look-alike, in a question; seeded. With a dictionary: nDCG@10 and R@10 of the data sets without and with it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.reading import read_paths
from eval import measures
from eval.formats import beir
from eval.systems.product import build
from eval.types import Dataset, Run
from index.analysis import tokenise
from index.dictionary import Dictionary
from index.encoder import shipped_encoder
from index.english import Lookup
from index.quotes import spellings
from index.ranking import Legs, rank
from index.shapes import lookalikes
from index.sounds import sounds_of
from index.store import LocalStore
from index.training.shapes import characters
from index.typed import terms_of
from index.typos import Holds, correct
from index.vocabulary import Counting, Vocabulary

COMMON = 3755  # the first level of GB 2312: what an input method offers first
WORDS = 250  # of each length


def clean(dataset: Dataset, folder: Path) -> str:
    """A line: how many queries are corrected though nobody damaged them, and what that takes."""
    counting, texts = Counting(), []
    for document in dataset.documents:
        text = f"{document.title} {document.text}"
        counting.add(text, tokenise(text))
        texts.append(spellings(text)[0])
    counting.write(folder)
    vocabulary, everything = Vocabulary.load(folder), "\n".join(texts)
    _ = vocabulary.by_sound
    queries = [query.text for query in dataset.queries.values()]
    started = time.perf_counter()
    found = [correct(query, vocabulary, _holder(everything))[1] for query in queries]
    took = (time.perf_counter() - started) / len(queries) * 1000
    shown = "; ".join(f"{c.typed} → {c.meant}" for corrections in found for c in corrections[:1])[:100]
    fired = sum(map(bool, found))
    return f"{dataset.name:24} {fired:4} of {len(queries):5} corrected ({fired / len(queries):.2%}), {took:.2f} ms each: {shown}"


def _holder(text: str) -> Holds:
    return lambda forms: any(spellings(form)[0] in text for form in forms)


def slips(notices: Path, folder: Path) -> list[str]:
    """Lines: the share of slips that are mended, left alone, and bent to another word, by kind and length."""
    store = LocalStore(folder)
    store.index(read_paths([notices]))
    text = "\n".join(spellings(stored.passage.text)[0] for stored in store.passages())
    vocabulary, chance = store.vocabulary(), random.Random(7)
    usual = characters()[:COMMON]
    homophones: dict[str, list[str]] = defaultdict(list)
    for character in usual:
        homophones[sounds_of(character, exact=True)[0][0]].append(character)
    words = [word for word, count in vocabulary.words.items() if count >= 2 and not word.isascii()]
    out = []
    for kind in ("homophone", "shape"):
        for length in (2, 3, 4):
            some = [word for word in words if len(word) == length]
            outcomes: dict[str, int] = defaultdict(int)
            for word in chance.sample(some, min(WORDS, len(some))):
                place = chance.randrange(length)
                alike = homophones[sounds_of(word[place], exact=True)[0][0]]
                if kind == "shape":
                    alike = [c for c in lookalikes(word[place])[:3] if c in usual]
                others = [c for c in alike if c != word[place]]
                if others:
                    typed = word[:place] + chance.choice(others) + word[place + 1 :]
                    meant, corrections = correct(f"哪些单位负责{typed}活动", vocabulary, _holder(text))
                    outcomes["mended" if word in meant else "bent" if corrections else "left"] += 1
            total = sum(outcomes.values())
            shares = ", ".join(f"{outcome} {outcomes[outcome] / total:.2f}" for outcome in ("mended", "left", "bent"))
            out.append(f"{kind:10} {length} characters, {total:3} slips: {shares}")
    return out


def with_dictionary(dataset: Dataset, file: Path, folder: Path) -> list[str]:
    """Lines: nDCG@10 and R@10 without and with a user's dictionary."""
    legs = build(dataset, folder / "legs", shipped_encoder())
    dictionary = Dictionary(folder)
    dictionary.add(file)
    out = []
    for label, lookup in (("without", None), ("with", terms_of(dictionary, legs.lexical))):
        by_query = measures.by_query(dataset.qrels, _run(dataset, legs, lookup), measures.MEASURES)
        means = {str(m): sum(values.values()) / len(values) for m, values in by_query.items()}
        out.append(f"{dataset.name:24} {label:8} nDCG@10 {means['nDCG@10']:.3f}  R@10 {means['R@10']:.3f}")
    return out


def _run(dataset: Dataset, legs: Legs, lookup: Lookup | None) -> Run:
    run: Run = {}
    ids = [document.doc_id for document in dataset.documents]
    for query_id, query in dataset.queries.items():
        rows, scores, _ = rank(query.text, 100, "hybrid", legs, shipped_encoder(), lookup=lookup)
        run[query_id] = [(ids[row], float(score)) for row, score in zip(rows, scores, strict=True)]
    return run


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notices", type=Path)
    parser.add_argument("datasets", nargs="*")
    parser.add_argument("--dictionary", type=Path)
    options = parser.parse_args()
    for name in options.datasets:
        dataset = beir.load(name)
        with TemporaryDirectory() as folder:
            print(clean(dataset, Path(folder)), flush=True)
        if options.dictionary:
            with TemporaryDirectory() as folder:
                print(*with_dictionary(dataset, options.dictionary, Path(folder)), sep="\n", flush=True)
    with TemporaryDirectory() as folder:
        print(*slips(options.notices, Path(folder) / "store"), sep="\n")


if __name__ == "__main__":
    main()
