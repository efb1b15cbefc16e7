"""From the words of a question to its slots. No rule here knows a particular notice."""

from __future__ import annotations

import re

from assistant.answer import words as w
from assistant.answer.intent import AskedUnit, FactType, Form, Intent
from assistant.answer.naming import family_asked, find_places, find_units
from assistant.answer.topic_words import QUOTED, blank, read_topic
from assistant.answer.view import View
from assistant.types import Lang, Question
from corpus.types import Level
from corpus.units import resolve
from index.english import Translation, translate
from index.fold import fold

_HAN = re.compile(r"[\u4e00-\u9fff]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)\s*年?(?:度)?")
_ENGLISH_WORD = re.compile(r"[a-z][a-z'-]{2,}")

_FACTS: tuple[tuple[FactType, re.Pattern[str]], ...] = (
    ("deadline", re.compile(
        r"截止|期限|时限|最晚|最迟|(?:总结|材料|报送|上报|报表|交|报)[^,。?]{0,12}(?:什么时候|什么时间|哪天|哪一天|几号|何时|多久)|"
        r"(?:什么时候|什么时间|哪天|哪一天|几号|何时)[^,。?]{0,6}(?:之?前|以前)[^,。?]{0,10}(?:报|交|送)|\bdeadlines?\b|\bdue\b|\bby when\b|"
        r"\bwhen\b.*\b(?:submit|send|report|hand)")),
    ("theme", re.compile(r"主题(?!宣传|活动|教育|党日|油画)|\bthemes?\b|\bslogan of\b")),
    ("contact", re.compile(r"联系人|联系电话|联系方式|电话(?:号码)?(?:是|多少|几)|传真|邮箱|\bcontacts?\b|\bphone\b|\be-?mail\b|\bfax\b")),
    ("photo", re.compile(r"(?:照片|图片).{0,10}(?:格式|像素|要求|几张|多少|多大)|\bphotos?\b.*\b(?:format|size|pixel|require)")),
    ("reporting", re.compile(
        r"(?:报送?|上报|提交|交|发|送)(?:给|到|至)\s*(?:谁|哪|什么)|\b(?:send|submit|report|sent|submitted)\b.*\b(?:to whom|where)\b|"
        r"\b(?:to whom|where)\b.*\b(?:send|submit|report)")),
)  # fmt: skip
_ANOMALY = re.compile(
    r"(?:落款|日期|编号|序号|编排|文件|通知).{0,12}(?:问题|错误|有误|不对|矛盾|异常|不一致|笔误|写错)|\b(?:wrong|error|mistake|inconsisten|anomal|contradict)"
)
_UNITS = re.compile(
    r"[哪那](?:几个|几家|几|些)(?:市级|区级|内设)?(?:单位|部门|科室|处室|机构|委办局|区县|区|县|街道|科|局)(?:和|、|或)?|(?:单位|部门|区|科室)(?:都)?有(?:哪些|谁)|"
    r"(?:别的|其他|其它)(?:区|单位|部门|科室)|(?:哪些|什么)市级|责任单位(?:是|有)|都有谁|"
    r"\bwhich\b.{0,40}\b(?:units|departments|districts|agencies|bureaus|offices|organi[sz]ations|authorities|sections|bodies)\b|\bwho (?:are|all)\b"
)
_ONE_UNIT = re.compile(
    r"[哪那]个(?:单位|部门|区|县|科室|科|局|机构|街道|处)|哪家单位|什么(?:单位|部门)|(?:是|由|归)?谁(?:负责|牵头|搞|做|办|管|来)|谁(?:的|搞)|归(?:哪|谁)|"
    r"\bwhich\b.{0,30}\b(?:unit|department|district|agency|bureau|office|organi[sz]ation|authority|section|body)\b|\bwho\b"
)
_ACTIVITIES = re.compile(
    r"(?:哪些|什么|啥|哪几[项个件条]|几项|那几项)(?:\w{0,6})(?:活动|工作|任务|事|项)?|做什么|干什么|做些|安排了|安排有|有何|(?:活动|工作)(?:有哪些|是什么|吗)|呢$|"
    r"\b(?:what|which)\b.*\b(?:activit|items?|events?|campaigns?|plan|do|did|does|organi[sz])|\blist (?:all|every|the)\b"
)
_COUNT = re.compile(
    r"(?:多少|几)个?(?:单位|部门|区|科室|街道)|\bhow many (?:units|departments|districts|sections|agencies)\b"
)


def understand(view: View, question: Question) -> Intent:
    """The slots of one question, without its history."""
    folded = fold(question.text)
    lang = question.lang or _language(question.text)
    rest = folded
    excluded = []
    for match in w.EXCEPT.finditer(folded):
        if find_units(view, match.group(1)) or find_places(match.group(1)):
            excluded.append(match.group(1).strip())
            rest = blank(rest, match.start(), match.end())
    headings, rest = _headings(view, rest)
    years = tuple(dict.fromkeys(int(m.group(1)) for m in _YEAR.finditer(rest)))
    rest = _YEAR.sub(" ", rest)
    notice_level, rest = _notice_level(rest)
    translations = tuple(translate(rest)) if _ENGLISH_WORD.search(rest) else ()
    unit_family, rest = family_asked(rest)
    spans = find_units(view, rest)
    units = [AskedUnit(rest[a:b]) for _, a, b in spans]
    qualified = [rest[outer:b] for outer, _, b in spans]
    for outer, _, b in spans:
        rest = blank(_without_gloss(rest, outer), outer, b)
    places, rest = _places(rest, translations)
    places = tuple(dict.fromkeys((*places, *(place for name in qualified if (place := resolve(name).place)))))
    if not units and lang == "en":
        units = _english_units(rest, translations)
    topic = read_topic(view, rest, translations)
    facts = tuple(kind for kind, pattern in _FACTS if pattern.search(folded))
    form = _form(folded, facts, bool(units or places), bool(topic.groups))
    return Intent(
        text=question.text,
        lang=lang,
        form=form,
        years=years,
        places=places,
        notice_level=notice_level,
        unit_level=_unit_level(folded),
        unit_family=unit_family,
        units=tuple(units),
        excluded=tuple(excluded),
        topic=topic,
        facts=facts,
        headings=headings,
        sole=bool(w.SOLE.search(folded)),
        compares=bool(w.COMPARES.search(folded)),
        filters=question.filters,
    )


def _language(text: str) -> Lang:
    outside = re.sub(r"[（(\"“][^（）()\"”]*[）)\"”]", "", text)
    return "zh" if _HAN.search(outside) else "en"


def _without_gloss(text: str, start: int) -> str:
    """English words that only paraphrase the Chinese name in parentheses: the housing commission (市住建委)."""
    match = re.search(r"\b(?:the|of|by|for|did|does)\s+([a-z][a-z' -]{3,60})\($", text[:start])
    return blank(text, *match.span(1)) if match else text


def _headings(view: View, text: str) -> tuple[tuple[str, ...], str]:
    """Quoted phrases that are headings in the corpus limit the scope to what stands below them."""
    known = {fold(h) for entry in view.entries for h in entry.stored.passage.section_path}
    found = []
    for match in QUOTED.finditer(text):
        if match.group(1).strip() in known:
            found.append(match.group(1).strip())
            text = blank(text, match.start(), match.end())
    return tuple(found), text


def _notice_level(text: str) -> tuple[Level | None, str]:
    """市级“质量月”的主题: the level of the notice asked about, where it does not qualify units."""
    match = re.search(
        r"市级(?!部门|单位|和|、|机构)|全市性|\bcity-wide\b|\bmunicipal(?!\s+(?:department|unit|bureau|commission))",
        text,
    )
    return ("city", blank(text, *match.span())) if match else (None, text)


def _unit_level(text: str) -> Level | None:
    if re.search(r"都算|都要|不限|不论", text):
        return None
    levels: list[Level] = []
    if re.search(r"市级(?:部门|单位|机构)|市直|\bcity[- ]level\b|\bmunicipal (?:departments|units|bureaus)", text):
        levels.append("city")
    if re.search(
        r"[哪那]几?(?:些|个)?区|别的区|其他区|其它区|各区(?:的|都|分别|有)|\bwhich districts?\b|\bdistricts\b", text
    ):
        levels.append("district")
    if re.search(r"[哪那]几?(?:些|个)?(?:科室|科|股|处室)|内设机构|\bwhich sections?\b", text):
        levels.append("office")
    return levels[0] if len(levels) == 1 else None


def _places(text: str, translations: tuple[Translation, ...]) -> tuple[tuple[str, ...], str]:
    places = []
    for start, end, path in find_places(text):
        places.append(path)
        text = blank(text, start, end)
    for translation in translations:
        if translation.sort == "place":
            places += [path for _, _, path in find_places(translation.chinese[0])]
    return tuple(dict.fromkeys(places)), text


def _english_units(text: str, translations: tuple[Translation, ...]) -> list[AskedUnit]:
    units = []
    for translation in translations:
        if translation.sort == "unit":
            before = text[max(0, translation.start - 16) : translation.start]
            prefix = ""
            if re.search(r"district|local", before):
                prefix = "区"
            elif re.search(r"city|municipal|tianjin", before):
                prefix = "市"
            units.append(AskedUnit(prefix + fold(translation.chinese[0])))
    return units


def _form(text: str, facts: tuple[FactType, ...], named: bool, topical: bool) -> Form:
    if _ANOMALY.search(text):
        return "anomaly"
    if _UNITS.search(text):
        return "units"
    if facts:
        return "fact"
    if _COUNT.search(text) and not re.search(r"多少个?项|多少项|how many (?:items|activities)", text):
        return "count"
    if _ONE_UNIT.search(text) and topical:
        return "which_unit"
    if _ACTIVITIES.search(text) and named:
        return "activities"
    if len(text) <= 12 and (named or topical) and re.search(r"呢|^那|\bwhat about\b|\band\b", text):
        return "ellipsis"
    return "lookup"
