"""What a user has typed, read with a store in hand: slips mended, quoted words found, English words looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index import english
from index.analysis import tokenise
from index.dictionary import Dictionary
from index.english import Key, Lookup
from index.fold import fold
from index.legs import LexicalLeg
from index.quotes import quoted_spans, spellings
from index.types import Correction, Rows
from index.typos import correct
from index.vocabulary import Vocabulary


class Texts(Protocol):
    """What knows which passages hold some words: the catalog of a folder, or a server."""

    def rows_holding(self, forms: Sequence[str], limit: int = -1) -> list[int]:
        """Rows of passages that hold one of the forms in their text, their headings or the title of their notice."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A query as it is searched for, how that differs from what was typed, and the words in quotation marks.

    ``rows``: the passages that hold all quoted words, None where nothing is quoted.
    """

    text: str
    corrections: tuple[Correction, ...]
    quoted: tuple[str, ...]
    rows: Rows | None


def read_typed(
    query: str, texts: Texts, vocabulary: Vocabulary, dictionary: Dictionary, visible: Rows | None = None
) -> Typed:
    """Read a query. What stands in quotation marks is left as it is.

    :param visible: rows of the passages that the asker may know of, None for all
    """

    def held(forms: Sequence[str], limit: int = -1) -> Rows:
        rows = np.array(texts.rows_holding(forms, limit if visible is None else -1), np.int64)
        return rows if visible is None else np.intersect1d(rows, visible)

    def knows(word: str) -> bool:
        return english.knows(word) or bool(dictionary.lookup([english.key_of(word)]))

    def holds(forms: Collection[str]) -> bool:
        plain = [spelling for form in forms for spelling in spellings(form)[:1]]
        return bool(len(held(plain, limit=1)))

    text, corrections = correct(query, vocabulary, holds, knows)
    quoted: list[str] = []
    rows: Rows | None = None
    for start, end in quoted_spans(query):
        phrase = query[start:end].strip()
        found = held(spellings(phrase))
        if not len(found) and _only_translated(phrase, dictionary):
            continue
        quoted.append(phrase)
        rows = found if rows is None else np.intersect1d(rows, found)
    return Typed(text, corrections, tuple(quoted), rows)


def _only_translated(phrase: str, dictionary: Dictionary) -> bool:
    """Whether a phrase is English and can be translated: where no notice holds it, it is a name from another language."""
    return phrase.isascii() and bool(english.translate(fold(phrase), dictionary.lookup))


def terms_of(dictionary: Dictionary, lexical: LexicalLeg) -> Lookup:
    """A look-up in the user's dictionary of the words that the notices hold."""

    def lookup(keys: Collection[Key]) -> Mapping[Key, tuple[str, ...]]:
        found = {
            key: tuple(word for word in chinese if _stands(word, lexical))
            for key, chinese in dictionary.lookup(keys).items()
        }
        return {key: chinese for key, chinese in found.items() if chinese}

    return lookup


def _stands(word: str, lexical: LexicalLeg) -> bool:
    tokens = tokenise(word)
    return bool(tokens) and all(lexical.document_frequency(token) for token in tokens)
