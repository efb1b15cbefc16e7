"""The topic of a question: what is left of its words when the frame is cut away."""

from __future__ import annotations

import re

from assistant.answer import words as w
from assistant.answer.topic import Group, Term, Topic, make_term, widened
from assistant.answer.view import View
from index.analysis import domain_terms, segmenter, words
from index.english import Translation, stem
from index.fold import fold
from index.synonyms import equivalents, expand

QUOTED = re.compile(r"[“\"]([^”\"]{2,30})[”\"]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASIDE = re.compile(r"([\w“”\"]{2,12})\(([^()]{2,30})\)")
_ENGLISH_WORD = re.compile(r"[a-z][a-z'-]{2,}")
_GENERIC_STEMS = frozenset(stem(word) for word in w.GENERIC_ENGLISH | w.FUNCTION_ENGLISH)


def blank(text: str, start: int, end: int) -> str:
    """``text`` with blanks from ``start`` to ``end``."""
    return text[:start] + " " * (end - start) + text[end:]


def read_topic(view: View, text: str, translations: tuple[Translation, ...]) -> Topic:
    """The topic of a folded question from which years, places and units have been blanked."""
    groups: list[Group] = []
    for match in QUOTED.finditer(text):
        phrase = match.group(1).strip()
        if _HAN.search(phrase) or not translations:
            term = make_term(phrase, exact=True)
            known = view.document_frequency(phrase) > 0
            groups.append(Group((term if known else make_term(phrase),)))
            text = blank(text, *match.span())
    for translation in translations:
        if translation.sort == "term" and not text[translation.start : translation.end].isspace():
            generic = all(stem(word) in _GENERIC_STEMS for word in translation.english.split())
            if not generic and not (set(translation.chinese) & (w.FACT_WORDS | w.GENERIC)):
                groups.append(Group(tuple(make_term(fold(chinese)) for chinese in translation.chinese)))
            text = blank(text, translation.start, translation.end)
        elif translation.sort != "term":
            text = blank(text, translation.start, translation.end)
    groups += _asides(view, text)
    text = _ASIDE.sub(" ", text) if groups else text
    for piece in re.split(r"[\s,，。?？!！;；:：()（）]+", w.FRAME.sub(" ", text)):
        groups += _groups_of(view, piece)
    unique = {group.terms[0].text: group for group in groups if group.terms and _says_something(view, group)}
    return Topic(tuple(unique.values()))


def _says_something(view: View, group: Group) -> bool:
    """Whether a group is content: a word that no notice holds counts only when it is a known noun (充电桩), since a
    stray verb or a slip of the segmenter (要查) would turn an answerable question into a refusal."""
    for term in group.terms:
        if term.exact or any(view.document_frequency(variant) for variant in term.variants):
            return True
        if term.parts and all(any(view.document_frequency(word) for word in part) for part in term.parts):
            return True
    return any(_is_noun(term.text) for term in group.terms)


def _is_noun(word: str) -> bool:
    if word.isascii():
        return True
    if word in domain_terms() or expand(word):
        return True
    tags = segmenter().tag(word, hmm=False)
    return len(tags) == 1 and tags[0][1].startswith("n")


def _asides(view: View, text: str) -> list[Group]:
    """旅游行业(景点、旅行社这些): what stands in the parentheses explains what stands before them."""
    groups = []
    for match in _ASIDE.finditer(text):
        if _ENGLISH_WORD.search(match.group(2)) and not _HAN.search(match.group(2)):
            continue
        inside = [t for part in re.split(r"[、,，/或]", match.group(2)) for t in _content(part)]
        before = _content(w.FRAME.sub(" ", match.group(1)))[-1:]
        terms = [widened(view, make_term(word)) for word in before]
        terms += [widened(view, Term(word, (word, *equivalents(word)))) for word in inside]  # examples, not topics
        if before and terms:
            groups.append(Group(tuple(terms)))
    return groups


def _groups_of(view: View, piece: str) -> list[Group]:
    """Groups of one stretch of a question: alternatives joined by 或 or 、, and the words around them."""
    if re.search(r"或者?|、", piece):
        options = [option for option in re.split(r"或者?|、", piece) if _content(option)]
        if len(options) > 1:
            terms = []
            for option in options:
                content = _content(option)
                phrase = "".join(content)
                terms.append(
                    Term(
                        phrase,
                        make_term(phrase).variants,
                        tuple(make_term(c).variants for c in content) if len(content) > 1 else make_term(phrase).parts,
                    )
                )
            return [Group(tuple(terms))]
    return [Group((widened(view, make_term(word)),)) for word in _content(piece)]


def _content(text: str) -> list[str]:
    kept = []
    for word in words(text):
        english = word.isascii() and word.isalpha()
        if word in w.GENERIC or word in w.FACT_WORDS or word.isdecimal() or (len(word) < 2):
            continue
        if english and (len(word) < 3 or stem(word) in _GENERIC_STEMS):
            continue
        kept.append(word)
    return kept
