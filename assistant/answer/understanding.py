"""From the words of a question to its slots. No rule here knows a particular notice."""

from __future__ import annotations

import re

from assistant.answer import words as w
from assistant.answer.asked_kind import FORMS, asked_kind, counted, without_frame
from assistant.answer.forms import (
    ANOMALY,
    JOINT,
    JOINT_TOO,
    contact_labels,
    facts_asked,
    form_of,
    notice_level,
    role_asked,
    unit_level,
)
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.naming import family_asked, find_places, find_units
from assistant.answer.topic_words import QUOTED, blank, read_topic, without_glossed
from assistant.answer.view import View
from assistant.types import Lang, Question
from corpus.places import city_of
from corpus.units import kinds_by_name, resolve
from index.english import Translation, translate
from index.fold import fold
from index.typos import correct

_HAN = re.compile(r"[\u4e00-\u9fff]")
_YEAR = re.compile(
    r"(?<![\d到至])(?<!by )(?<!until )((?:19|20)\d\d)(?!\d)\s*年?(?:度)?|(?<!\d)([12]\d)年(?!前|来|以|间|级)"
)
_EVERYWHERE = re.compile(
    r"(?:国家|全国|中央)[^,。?]{0,6}(?:和|与|、|跟)[^,。?]{1,10}都(?:算|要|列|查)"
)  # 国家层面和重庆的都算
_POLITE = re.compile(
    r"^\s*(?:(?:你好|您好|请问|请教|麻烦|劳驾|打扰|想(?:问|了解|知道|咨询)|我想(?:问|了解|知道|咨询)|帮(?:我|忙)|能不能|可以|请)(?:一下|你|您|帮我|帮忙|查|问|看|找|说|告诉我)*(?:一下)?[，,。！!：:、\s]*)+"
    r"|[，,。！!？?\s]*(?:谢谢|多谢|感谢|麻烦了|辛苦了)[您你啦了！!。~\s]*$"
    r"|^\s*(?:(?:hello|hi|hey|please|could you|can you|would you|tell me|find out|i would like to know|i want to know|i'd like to know|let me know)[,:!\s]*)+"
    r"|[.,!?\s]*\b(?:thanks|thank you)\b[.!\s]*$",
    re.IGNORECASE,
)
# What is not asked for: 除了各单位共同承担的第1项, (goods, not food)
_ASIDE = re.compile(r"除了?[^,。?]{2,24}(?:以外|之外|外)?,|\([^()]*\bnot\b[^()]*\)")
_PHRASAL = re.compile(
    r"\b(?:makes?|made) up(?: of)?\b|\b(?:carr(?:y|ies|ied)|sets?|set) (?:out|up)\b|\btakes? part\b"
)  # no topic
_ENGLISH_WORD = re.compile(r"[a-z][a-z'-]{2,}")


def understand(view: View, question: Question) -> Intent:
    """The slots of one question, without its history."""
    meant, corrections = correct(_POLITE.sub("", question.text), view.vocabulary, view.holds, view.knows)
    folded = fold(meant)
    lang = question.lang or _language(question.text)
    rest = folded
    excluded = []
    for match in w.EXCEPT.finditer(folded):
        if find_units(view, match.group(1)) or find_places(match.group(1)):
            excluded.append(match.group(1).strip())
            rest = blank(rest, match.start(), match.end())
    rest = _ASIDE.sub(lambda match: " " * len(match.group()), rest)
    headings, rest = _headings(view, rest)
    years = tuple(dict.fromkeys(_year(m) for m in _YEAR.finditer(rest)))
    rest = _YEAR.sub(" ", rest)
    if lang == "en":
        rest = _PHRASAL.sub(lambda match: " " * len(match.group()), without_glossed(rest))
    translations = tuple(translate(rest, view.own_terms)) if _ENGLISH_WORD.search(rest) else ()
    unit_family, rest = family_asked(rest)
    spans = find_units(view, rest)
    units = [AskedUnit(rest[a:b]) for _, a, b in spans]
    qualified = [rest[outer:b] for outer, _, b in spans]
    for outer, _, b in spans:
        rest = blank(_without_gloss(rest, outer), outer, b)
    named, rest = _places(rest, translations)
    places = () if _EVERYWHERE.search(folded) else named
    places = tuple(dict.fromkeys((*places, *(place for name in qualified if (place := resolve(name).place)))))
    if not units and lang == "en" and unit_family is None:
        unit_family = _english_family(rest, translations)
        units = [] if unit_family else _english_units(rest, translations)
    level, rest = notice_level(rest) if not places or lang == "en" or len(places) == 1 else (None, rest)
    facts = facts_asked(folded)
    asked = None
    if question.kind is not None:
        asked = FORMS[question.kind]
    elif not ANOMALY.search(folded):
        asked = asked_kind(
            folded, bool(units or places), bool(units), bool(facts), question.filters.notice_id is not None
        )
    topic = read_topic(view, without_frame(rest, asked), translations)
    if asked in ("summary", "tasks", "partners", "count"):
        facts = ()  # by when is part of a task list
    form = asked or form_of(folded, facts, bool(units or places), bool(topic.groups), len(years))
    if asked == "tasks" and not units and question.filters.unit:  # my unit is the one chosen
        units = [AskedUnit(fold(question.filters.unit))]
    return Intent(
        text=question.text,
        lang=lang,
        form=form,
        meant=folded,
        years=years,
        places=places,
        notice_level=level,
        unit_level=unit_level(folded),
        unit_family=unit_family,
        units=tuple(units),
        excluded=tuple(excluded),
        topic=topic,
        facts=facts,
        contacts=contact_labels(folded) if "contact" in facts else (),
        headings=headings,
        sole=bool(w.SOLE.search(folded)),
        role=role_asked(folded),
        joint=bool(JOINT.search(folded)) and not JOINT_TOO.search(folded),
        compares=bool(w.COMPARES.search(folded)),
        counted=counted(folded),
        filters=question.filters,
        corrections=corrections,
    )


def _year(match: re.Match[str]) -> int:
    return int(match.group(1)) if match.group(1) else 2000 + int(match.group(2))


def _language(text: str) -> Lang:
    outside = re.sub(r"[（(\"“][^（）()\"”]*[）)\"”]", "", text)
    return "zh" if _HAN.search(outside) else "en"


def _without_gloss(text: str, start: int) -> str:
    """English words that only paraphrase the Chinese name in parentheses: the housing commission (市住建委)."""
    match = re.search(r"\b(?:the|of|by|for|did|does)\s+([a-z][a-z' -]{3,60})\($", text[:start])
    return blank(text, *match.span(1)) if match else text


def _headings(view: View, text: str) -> tuple[tuple[str, ...], str]:
    """Quoted phrases that are headings in the corpus limit the scope to what stands below them."""
    found = []
    for match in QUOTED.finditer(text):
        if view.is_heading(match.group(1).strip()):
            found.append(match.group(1).strip())
            text = blank(text, match.start(), match.end())
    return tuple(found), text


def _places(text: str, translations: tuple[Translation, ...]) -> tuple[tuple[str, ...], str]:
    places = []
    quoted = [match.span() for match in QUOTED.finditer(text)]
    for start, end, path in find_places(text):
        if any(a <= start and end <= b for a, b in quoted):  # “天津食安河北” is a name
            continue
        places.append(path)
        text = blank(text, start, end)
    if places and re.search(r"市级|全市|市里", text):
        places += [city for place in places if (city := city_of(place))]
    for translation in translations:
        if translation.sort == "place":
            places += [path for _, _, path in find_places(translation.chinese[0])]
    return tuple(dict.fromkeys(places)), text


def _english_units(text: str, translations: tuple[Translation, ...]) -> list[AskedUnit]:
    units = []
    for translation in translations:
        if translation.sort == "unit":
            before = text[max(0, translation.start - 16) : translation.start]
            prefix = _place_before(text, translation.start, translations)
            if not prefix and re.search(r"district|local", before):
                prefix = "区"
            elif not prefix and re.search(r"city|municipal|tianjin", before):
                prefix = "市"
            units.append(AskedUnit(prefix + fold(translation.chinese[0])))
    return units


def _place_before(text: str, start: int, translations: tuple[Translation, ...]) -> str:
    """the Binhai market regulation bureau: the place that stands before a unit and says whose it is."""
    for place in translations:
        if place.sort == "place" and place.end <= start:
            between = text[place.end : start].replace("'s", "").strip()
            if between in ("", "district", "new area", "municipal", "city"):
                return fold(place.chinese[0])
    return ""


def _english_family(text: str, translations: tuple[Translation, ...]) -> str | None:
    """which district market regulation bureaus: the kind of unit that is asked about."""
    for translation in translations:
        kind = kinds_by_name().get(translation.chinese[0]) if translation.sort == "unit" else None
        if kind and re.search(r"which\s+(?:\w+\s+){0,2}$", text[: translation.start]):
            return kind.family
    return None
