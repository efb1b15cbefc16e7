"""Why a passage was found: what each part said of it, and what of that is in its score."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Literal

import numpy as np
import numpy.typing as npt

from index.formula import Formula
from index.legs import LexicalLeg
from index.lexical import TermGroup
from index.trace import Trace
from index.types import Mode, Rows, Scores

Via = Literal["typed", "synonym", "translation"]
_PARTS = ("lexical", "dense", "late interaction")


@dataclass(frozen=True, slots=True)
class MatchedTerm:
    """A term of the query that stands in a passage.

    ``typed``: the words of the query behind it; ``weight``: of this term against the word itself; ``score``: its share
    of the BM25 score, 0 where another term for the same words scores more.
    """

    term: str
    typed: str
    via: Via
    weight: float
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was said of a passage, and how its score came about.

    ``bm25`` is the sum of the matched terms' scores, ``share`` what that is of ``bound``, the most that any passage
    could score. Ranks count from 1; None where a leg did not find the passage among its candidates or was not asked.
    ``contributions`` of the parts add up to the score; that of ``base`` is what a passage gets of which no part says
    anything.
    """

    terms: tuple[MatchedTerm, ...]
    bm25: float
    bound: float
    share: float
    lexical_rank: int | None
    cosine: float | None
    dense_rank: int | None
    late_interaction: float | None
    fused: float | None
    fused_rank: int | None
    dense_weight: float | None
    method: str
    contributions: dict[str, float]


def explain(
    mode: Mode, trace: Trace, lexical: LexicalLeg, rows: Rows, scores: Scores, reranked: bool = False
) -> list[Explanation]:
    """Explanations of the rows found, in their order.

    :param trace: as the ranking of the same query has filled it
    :param reranked: whether a cross-encoder has given the scores after that
    """
    assert trace.parsed is not None
    groups = trace.parsed.groups
    bound = lexical.bound(groups)
    terms = _matched_terms(lexical, groups, rows)
    if mode == "lexical":
        trace.lexical_rows = rows
    place = {int(row): i for i, row in enumerate(trace.rows)}
    by_leg = [{int(row): i + 1 for i, row in enumerate(leg)} for leg in (trace.lexical_rows, trace.dense_rows)]
    if mode == "dense":
        by_leg[1] = {row: i + 1 for row, i in place.items()}
    contributions = _contributions(trace)
    fused = trace.formula.fused(trace.share, trace.cosine).tolist() if trace.formula else []
    out = []
    for matched, row, score in zip(terms, rows.tolist(), scores.tolist(), strict=True):
        bm25 = sum(term.score for term in matched)
        i = place.get(row, len(place))
        late = float(trace.late[i]) if i < len(trace.late) else None
        out.append(
            Explanation(
                terms=matched,
                bm25=bm25,
                bound=bound,
                share=bm25 / bound if bound else 0.0,
                lexical_rank=by_leg[0].get(row),
                cosine=float(trace.cosine[i]) if i < len(trace.cosine) else None,
                dense_rank=by_leg[1].get(row),
                late_interaction=late,
                fused=fused[i] if i < len(fused) else None,
                fused_rank=i + 1 if i < len(fused) else None,
                dense_weight=trace.formula.dense_weight if trace.formula else None,
                method="reranker" if reranked else _method(mode, trace.formula, late),
                contributions=contributions[i]
                if i < len(contributions) and not reranked
                else {_only(mode, reranked): score},
            )
        )
    return out


def _only(mode: Mode, reranked: bool) -> str:
    return "reranker" if reranked else "lexical" if mode == "lexical" else "dense"


def _method(mode: Mode, formula: Formula | None, late: float | None) -> str:
    """What ordered a passage: one leg, the fusion, the fusion with late interaction, or the ranker."""
    if formula is None:
        return mode
    return formula.method if late is not None else "convex"


# -- terms -------------------------------------------------------------------------------------------------------------


def _matched_terms(lexical: LexicalLeg, groups: Iterable[TermGroup], rows: Rows) -> list[tuple[MatchedTerm, ...]]:
    """The terms that match in each row, the highest score first. Of a group the best alternative alone scores."""
    found: list[list[MatchedTerm]] = [[] for _ in rows]
    for group in groups:
        each = [lexical.score([TermGroup((option,))], rows) for option in group.alternatives]
        scores = np.stack(each) if each else np.empty((0, len(rows)), np.float32)
        for column in range(len(rows)):
            best = int(scores[:, column].argmax()) if len(scores) else 0
            for i, (term, weight) in enumerate(group.alternatives):
                if scores[i, column] > 0:
                    counted = float(scores[i, column]) if i == best else 0.0
                    found[column].append(MatchedTerm(term, group.typed, _via(group, term), weight, counted))
    return [tuple(sorted(terms, key=lambda t: (-t.score, t.term))) for terms in found]


def _via(group: TermGroup, term: str) -> Via:
    if group.translated:
        return "translation"
    return "typed" if term == group.typed else "synonym"


# -- contributions -----------------------------------------------------------------------------------------------------


def _contributions(trace: Trace) -> list[dict[str, float]]:
    """What each part adds to the score of each candidate, in the order of the fusion; they add up to the score.

    Shapley values (Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions", 2017), exact over the
    three parts, against a passage of which no part says anything. For a linear formula they are its terms.
    """
    if trace.formula is None:
        return []
    formula, anew = trace.formula, len(trace.late)
    first = _shapley(lambda s, c, t: formula.first(s, c, t), trace.share[:anew], trace.cosine[:anew], trace.late)
    rest = _shapley(lambda s, c, _: formula.rest(s, c), trace.share[anew:], trace.cosine[anew:])
    return first + rest


def _shapley(value: Callable[[Scores, Scores, Scores], Scores], *parts: Scores) -> list[dict[str, float]]:
    count, size = len(parts[0]), len(parts)
    nothing = np.zeros(count, np.float32)
    players = range(size)

    def worth(present: Iterable[int]) -> npt.NDArray[np.float64]:
        chosen = set(present)
        given = [parts[p] if p < size and p in chosen else nothing for p in range(len(_PARTS))]
        return np.asarray(value(given[0], given[1], given[2]), np.float64)

    known = {subset: worth(subset) for n in range(size + 1) for subset in combinations(players, n)}
    added: dict[str, npt.NDArray[np.float64]] = {"base": known[()]}
    for player in players:
        total = np.zeros(count, np.float64)
        for subset, before in known.items():
            if player not in subset:
                share = factorial(len(subset)) * factorial(size - len(subset) - 1) / factorial(size)
                total += share * (known[tuple(sorted((*subset, player)))] - before)
        added[_PARTS[player]] = total
    return [{name: float(values[i]) for name, values in added.items()} for i in range(count)]
