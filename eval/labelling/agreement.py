"""How far annotators agree, what they disagree on, and the one judgement that comes of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from eval.labelling.session import ADJUDICATED, GRADES, Session

Pair = tuple[str, str]  # question, document


def kappa(pairs: Sequence[tuple[int, int]], weighted: bool = False) -> float | None:
    """Cohen's κ of two annotators' grades; None when nothing was judged by both, or chance alone would agree on all.

    κ = 1 − observed ÷ expected disagreement: J. Cohen, A coefficient of agreement for nominal scales, Educational and
    Psychological Measurement 20, 1960. Weighted: squared distances of the grades, Psychological Bulletin 70, 1968.
    """
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)

    def distance(a: int, b: int) -> float:
        return float((a - b) ** 2) if weighted else float(a != b)

    observed = sum(distance(a, b) for a, b in pairs) / len(pairs)
    expected = sum(first[a] * second[b] * distance(a, b) for a in GRADES for b in GRADES) / len(pairs) ** 2
    return 1 - observed / expected if expected else None


def both(session: Session, one: str, other: str) -> dict[Pair, tuple[int, int]]:
    """The grades of what two annotators have both judged; skipped documents are left out."""
    first, second = session.judgements(one), session.judgements(other)
    return {
        key: (a.grade, b.grade)
        for key, a in first.items()
        if (b := second.get(key)) is not None and a.grade is not None and b.grade is not None
    }


def disagreements(session: Session) -> dict[Pair, dict[str, int]]:
    """What was graded differently, with everybody's grade, as far as it is not adjudicated."""
    settled = session.judgements(ADJUDICATED)
    return {
        key: grades for key, grades in _grades(session).items() if len(set(grades.values())) > 1 and key not in settled
    }


def settled(session: Session) -> dict[Pair, int]:
    """One grade for each document that was judged: the adjudicated one, else the mean, halves rounded up.

    Skipped documents are as unjudged as those that nobody was shown.
    """
    final = {key: _mean(grades) for key, grades in _grades(session).items()}
    last = session.judgements(ADJUDICATED)
    return {**final, **{key: j.grade for key, j in last.items() if j.grade is not None}}


def _mean(grades: Mapping[str, int]) -> int:
    return int(sum(grades.values()) / len(grades) + 0.5)


def _grades(session: Session) -> dict[Pair, dict[str, int]]:
    found: dict[Pair, dict[str, int]] = {}
    for annotator in session.annotators():
        for key, judgement in session.judgements(annotator).items():
            if judgement.grade is not None:
                found.setdefault(key, {})[annotator] = judgement.grade
    return found
