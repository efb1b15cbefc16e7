"""The topic of a question: what is left of its words when the frame is cut away."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files

from assistant.answer import words as w
from assistant.answer.topic import QUOTED_WEIGHT, Group, Term, Topic, make_term, make_word, quoted_term
from assistant.answer.view import View
from index.analysis import domain_terms, segmenter, words
from index.english import FUNCTION_WORDS, Translation, near_one_of, stem
from index.fold import fold
from index.synonyms import expand

QUOTED = re.compile(r"[“\"]([^”\"]{2,30})[”\"]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASIDE = re.compile(r"([^,，。?？!！()\s]{2,24})\(([^()]{2,40})\)")
_EXAMPLES = re.compile(r"((?:[\u4e00-\u9fff]{2,8}、)*[\u4e00-\u9fff]{2,8})(?:这些|这类|之类的?)([\u4e00-\u9fff]{2,6})")
_OR = re.compile(r"或者?|、|/|以及|(?<=[\u4e00-\u9fff]{2})[和与及跟](?=[\u4e00-\u9fff]{2})")
_BREAK = re.compile(
    r"[\s,，。?？!！;；:：()（）]+|方面的?|(?:这|那)(?:一)?类|这些|之类|(?:有关|相关)(?=的|活动|工作|安排|事项|事|$|[,，。?？\s])|的|给|把|被|等(?:等)?(?=\s|$)"
)
_GENERIC_STEMS = frozenset(stem(word) for word in w.GENERIC_ENGLISH | w.FUNCTION_ENGLISH)
_ENGLISH_OR = re.compile(
    r"(?:\s|,|/|&|-|\b(?:and|or|such as|including|like|related|activities|activity|events|warnings?)\b)*"
    r"(?:,|/|&|\band\b|\bor\b|\bsuch as\b|\bincluding\b|\blike\b)(?:\s|,|\b(?:and|or|as)\b)*"
)
# What tells one thing from its brothers (第三季度, B类): asked for as it stands.
_ONE_OF_SEVERAL = re.compile(
    r"第[一二三四五六七八九十百\d]+(?:季度|批次?|期|轮|阶段|档|小?组)|(?<![a-z])[a-z]\s*类(?![别似])|(?<!第)(?<![\u4e00-\u9fff])[甲乙丙丁]类"
)
_TEAM = re.compile(r"[\u4e00-\u9fff]{2,20}组(?![织合成建件装])")
_GLOSS = re.compile(r"\s*\([^()]*[\u4e00-\u9fff][^()]*\)")
_GLOSSED = re.compile(r"(?:[\"“][^\"”]{2,40}[\"”]|[a-z][a-z'’-]*)\s*$")
_MOST_GLOSSED = 4  # words
UNKNOWN_ENGLISH = 0.25  # weight of an English word that the glossary lacks
OWN_ENGLISH = 0.5  # weight of one that only the user's dictionary has


@cache
def common_words() -> frozenset[str]:
    """Words that are common in any text."""
    text = files("index").joinpath("data", "common.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def blank(text: str, start: int, end: int) -> str:
    """``text`` with blanks from ``start`` to ``end``."""
    return text[:start] + " " * (end - start) + text[end:]


def without_glossed(text: str) -> str:
    """An English question without the words that its own Chinese gloss stands for: the reply form (回执)."""
    for gloss in _GLOSS.finditer(text):
        end = gloss.start()
        for _ in range(_MOST_GLOSSED):
            word = _GLOSSED.search(text[:end])
            if word is None or word.group().strip() in FUNCTION_WORDS | w.FUNCTION_ENGLISH:
                break
            text, end = blank(text, *word.span()), word.start()
    return text


def read_topic(view: View, text: str, translations: tuple[Translation, ...]) -> Topic:
    """The topic of a folded question from which years, places and units have been blanked."""
    groups: list[Group] = []
    for match in QUOTED.finditer(text):
        phrase = match.group(1).strip()
        if phrase and (_HAN.search(phrase) or not translations):
            groups.append(Group((quoted_term(view, phrase),), QUOTED_WEIGHT))
            text = blank(text, *match.span())
    for match in _ONE_OF_SEVERAL.finditer(text):
        groups.append(Group((Term(match.group(), make_word(view, match.group())),), QUOTED_WEIGHT))
        text = blank(text, *match.span())
    groups += _translated(view, text, translations)
    for translation in translations:
        text = blank(text, translation.start, translation.end)
    for match in list(_ASIDE.finditer(text)):
        group = _aside(view, match)
        if group is not None:
            groups.append(group)
            text = blank(text, match.end(1) - len(_tail(match.group(1))), match.end())
    for match in _EXAMPLES.finditer(text):  # 移动、联通这些运营商: the kind counts where its examples stand nowhere
        before, kind = _tail(match.group(1)), _content(view, match.group(2))[:1]
        examples = _options(view, before, narrow=True)
        if examples and kind and "、" in before:
            kinds = [] if any(_stands(view, term) for term in examples) else [make_term(view, kind)]
            groups.append(Group((*examples, *kinds)))
            text = blank(text, match.end(1) - len(before), match.start(2) + len(kind[0]))
    for piece in _BREAK.split(w.FRAME.sub(" ", text)):
        groups += _groups_of(view, piece)
    unique = {group.terms[0].text: group for group in groups}
    return Topic(tuple(unique.values()))


def _translated(view: View, text: str, translations: tuple[Translation, ...]) -> list[Group]:
    """Groups of the English phrases; those joined by "and" or "or" are alternatives."""
    groups: list[Group] = []
    last_end: int | None = None
    for translation in translations:
        if translation.sort not in ("term", "dictionary") or text[translation.start : translation.end].isspace():
            continue
        generic = all(stem(word) in _GENERIC_STEMS for word in re.findall(r"[a-z']+", translation.english))
        if (
            generic
            or all(len(chinese) < 2 for chinese in translation.chinese)
            or set(translation.chinese) & (w.FACT_WORDS | w.GENERIC)
        ):
            continue
        terms = tuple(make_term(view, [fold(chinese)]) for chinese in translation.chinese)
        if last_end is not None and _ENGLISH_OR.fullmatch(text[last_end : translation.start]):
            groups[-1] = Group((*groups[-1].terms, *terms))
        else:
            groups.append(Group(terms, OWN_ENGLISH if translation.sort == "dictionary" else 1.0))
        last_end = translation.end
    return groups


def _tail(text: str) -> str:
    """The last stretch before a parenthesis: what it explains."""
    return re.split(r"的|给|把|对|在|安排了?|开展了?|涉及|关于|有", text)[-1]


def _aside(view: View, match: re.Match[str]) -> Group | None:
    """旅游行业(景点、旅行社这些): what stands in the parentheses explains what stands before them."""
    before = _options(view, w.FRAME.sub(" ", _tail(match.group(1))), narrow=True)
    inside = []
    listed = _OR.split(match.group(2))
    for option in listed:  # examples, not topics of their own
        content = _content(view, w.FRAME.sub(" ", option))
        if len(listed) > 1 and content:
            inside.append(make_term(view, content, narrow=False))
        else:
            inside += [make_term(view, [word], narrow=False) for word in content]
    return Group((*before, *inside)) if before and inside else None


def _groups_of(view: View, piece: str) -> list[Group]:
    """Groups of one stretch of a question: alternatives joined by 或, 、 or 和, or the words of it."""
    choices = re.split(r"或者?", piece)
    if len(choices) > 1 and not all(_content(view, choice) for choice in choices):
        return []  # 举办或者组队参加: one of them says nothing, so that neither is asked for
    groups = []
    for match in _TEAM.finditer(piece):  # 应急保障组
        name = next((n for i in range(len(match.group()) - 2) if view.document_frequency(n := match.group()[i:])), None)
        if name:
            groups.append(Group((Term(name, make_word(view, name)),)))
            piece = blank(piece, match.end() - len(name), match.end())
    if groups:
        left = _groups_of(view, piece)  # 果树 of 果树保护领导小组 makes it another team
        return [*groups, *(replace(group, factor=QUOTED_WEIGHT) if group.absent else group for group in left)]
    options = _options(view, piece, narrow=True)
    if len(options) > 1:
        return [Group(tuple(options))]
    for word in _content(view, piece):
        term = make_term(view, [word])
        unknown = word.isascii() and not view.document_frequency(word)
        if unknown and near_one_of(stem(word), _GENERIC_STEMS):
            continue  # a slip of a word that says nothing
        absent = not word.isascii() and not _stands(view, term)
        groups.append(Group((term,), UNKNOWN_ENGLISH if unknown else 1.0, unknown=unknown, absent=absent))
    return groups


def _stands(view: View, term: Term) -> bool:
    """Whether passages hold a term, or each of its words, or what means the same: a broader word does not stand for it."""
    return _held(view, term.text) or (bool(term.words) and all(_held(view, word.variants[0]) for word in term.words))


def _held(view: View, word: str) -> bool:
    return any(view.document_frequency(form) for form in (word, *expand(word), *view.long_forms(word)))


def _options(view: View, text: str, narrow: bool) -> list[Term]:
    """The alternatives of a list, each a phrase."""
    contents = [content for option in _OR.split(text) if (content := _content(view, option))]
    return [make_term(view, content, narrow) for content in contents]


def _content(view: View, text: str) -> list[str]:
    return [word for word in words(text) if not _framing(word) and _says_something(view, word)]


def _framing(word: str) -> bool:
    if len(word) < 2 or word.isdecimal() or word in w.GENERIC or word in w.FACT_WORDS:
        return True
    if word.isascii():
        return len(word) < 3 or stem(word) in _GENERIC_STEMS
    return bool(re.fullmatch(r"[一二两三四五六七八九十几\d]+[个项家所条次年月日届份种类]", word))


def _says_something(view: View, word: str) -> bool:
    """Whether a word is content. One that no notice holds counts only when it is a noun that is not common (充电桩):
    a stray verb or a slip of the segmenter (要查) would turn an answerable question into a refusal."""
    if word.isascii() or any(view.document_frequency(variant) for variant in (word, *expand(word))):
        return True
    if word in domain_terms() or expand(word):
        return True
    term = make_term(view, [word])
    if term.words and any(view.document_frequency(v) for part in term.words for v in part.variants):
        return True
    if word in w.HOLIDAYS:
        return True
    tags = segmenter().tag(word, hmm=False)
    return word not in common_words() and len(tags) == 1 and tags[0][1].startswith("n")
