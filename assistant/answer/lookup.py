"""Look-ups: the passage that answers, found by search and checked by coverage; extracted, never rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from assistant.answer.citing import MAX_QUOTE, CitationBook, span_of
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.naming import names_unit
from assistant.answer.scope import Scope, place_admits, speaks_of
from assistant.answer.searching import best_hits
from assistant.answer.shard import Entry
from assistant.answer.stages import stage
from assistant.answer.topic import Match, Matcher, Term
from assistant.answer.wording import say
from assistant.types import Answer, Coverage
from index.fold import fold_aligned
from index.types import Retriever

_HOW_MANY = re.compile(
    r"(?:多少|(?<![第十哪那])几)\s*(个|项|家|所|人次|人|名|种|届|条|次|万|元|台|件|批|场|天|%)\s*([\u4e00-\u9fff]{0,4})"
)
_WHICH_N = re.compile(
    r"哪\s*([\d一两二三四五六七八九十]+)\s*(个|项|家|所|种|类|大)\s*([\u4e00-\u9fff]{0,4})"
)  # 哪4个工种
_HOW_MUCH = re.compile(
    r"多少\s*(?:钱|奖金|经费|资金|费用|金额|补贴|元)|\bhow much (?:money|funding|is|was|does)\b|\bhow much\b"
)
_ENGLISH_TIMES = {"day": "(?:个?工作)?(?:天|日)", "month": "个?月", "year": "年", "hour": "个?小时", "week": "周|星期"}
_HOW_MANY_ENGLISH = re.compile(r"\bhow many\s+(\w+)")
_WHEN = re.compile(r"哪天|哪一天|几号|什么时候|什么时间|何时|几月|日期|\bwhen\b|\bwhat date\b", re.IGNORECASE)
_HOW_BIG = re.compile(r"多少\s*(?:$|[?,。])|\bwhat (?:\w+ )?(?:size|amount|share|percentage|rate)\b")
_WHAT_TIME = re.compile(r"几点|几时|\bwhat time\b")
_WHERE = re.compile(r"在哪(?!些|个|几|天|一|项|份|年)|什么地方|何处|何地|地点|\bwhere\b|\bvenue\b")
_PLACE = re.compile(r"地点|地址|设在|在[\u4e00-\u9fff\w]{2,16}(?:举行|召开|举办|开展|进行)")
_ISSUED = re.compile(r"印发|发布|下发|发文|成文|落款|出台|签发|署名|\bissued?\b|\bdated\b|\bsigned\b|\bpublished\b")
_ANY_TIME = re.compile(r"\d\s*[年月日]|(?:[\u4e00-\u9fff]{2}之?前|之日起|期间|当[天日])(?=[，,。;；可应须提完报办交])")
_COUNTED = "个项家所名人户条种类次场件批"
_NUMBER = r"[\d一二三四五六七八九十百千两]+\s*(?:余|多)?\s*"
VALUE_BONUS = 0.25  # for a passage that holds values of the kind asked for
CONFIDENT = 0.5  # coverage below which the best passage is no answer
CONFIDENT_TRANSLATED = 0.42  # the same for a question whose words had to be translated
CONFIDENT_RELAXED = 0.7  # the same where only the rest of a question is asked for, or a part of it stands nowhere
WEAK = 0.6  # coverage below which the rest of a question, asked for alone, may find something better
_CANDIDATES = 50
_PLURAL = re.compile(
    r"哪些|哪几|什么(?:材料|条件|要求|证件|资料|文件|东西|内容|手续|情形|措施|程序)|几(?:项|条|种|类|样)|\b(?:what|which) (?:\w+ ){0,2}?\w+[^s\W]s\b(?! to\b)"
)
_SHORT_ITEM, _LONGEST_LIST = 120, 15  # code points; items
_MAX_UNITS = 8  # more are no part of a short answer
_COVERAGE_SHARE = 0.6  # of the ranking; the rest is the search score
_ALSO = 0.97  # of the best one's rank, for a second passage to be quoted too


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer."""

    match: Match
    rank: float


def lookup_answer(store: Retriever, intent: Intent, scope: Scope) -> Answer | None:
    """The best passage (one a year where the question names several years), or None where none is good enough."""
    per_year = len(intent.years) > 1
    patterns = value_patterns(intent.meant)
    chosen: list[Candidate] = []
    for year in intent.years if per_year else (None,):
        candidates = _candidates(store, intent, scope, year, patterns)
        if candidates:
            floor = candidates[0].rank * _ALSO
            chosen += [c for c in candidates[: 1 if per_year else 2] if c.rank >= floor]
            chosen += _for_values(candidates, chosen, patterns)
            chosen += _for_each(intent, candidates, chosen)
            if _PLURAL.search(intent.meant):
                chosen += next(filter(None, (_listed_with(c, chosen, scope) for c in chosen)), [])
    demanded = _demanded(intent.meant, patterns)
    if chosen and not intent.relaxed and max(c.match.coverage for c in chosen) < WEAK:
        stronger = lookup_answer(store, replace(intent, relaxed=True), scope)
        if stronger is not None and stronger.coverage.matched:
            return stronger
    if not chosen or (demanded and not any(_holds(c, pattern) for c in chosen for pattern in demanded)):
        return None
    return _compose(store, intent, scope, chosen, patterns)


def _demanded(text: str, patterns: list[re.Pattern[str]]) -> list[re.Pattern[str]]:
    """What a passage must hold to answer at all: any time for a question when, nothing for a list of so many."""
    if _WHICH_N.search(text):
        return []
    patterns = [pattern for pattern in patterns if pattern is not _PLACE]
    return [*patterns, _ANY_TIME] if _WHEN.search(text) else patterns


def _for_values(
    candidates: list[Candidate], chosen: list[Candidate], patterns: list[re.Pattern[str]]
) -> list[Candidate]:
    """Further passages of the same notice for values that the chosen ones do not hold (a question in several parts)."""
    return _further(candidates, chosen, [partial(_holds, pattern=pattern) for pattern in patterns])


def _for_each(intent: Intent, candidates: list[Candidate], chosen: list[Candidate]) -> list[Candidate]:
    """The best passages of the same notice for the alternatives that are asked for one by one (2024、2025年各叫什么)."""
    terms = [term for group in intent.topic.groups if group.each for term in group.terms]
    return _further(candidates, chosen, [partial(_matches, term=term) for term in terms])


def _further(
    candidates: list[Candidate], chosen: list[Candidate], tests: list[Callable[[Candidate], float]]
) -> list[Candidate]:
    """For each test that nothing chosen passes the best candidate of the same notice that does."""
    notice = chosen[0].match.entry.stored.notice.notice_id
    more: list[Candidate] = []
    for test in tests:
        if not any(test(c) for c in [*chosen, *more]):
            near = (c for c in candidates if c.match.entry.stored.notice.notice_id == notice and test(c))
            more += [c for c in [next(near, None)] if c is not None]
    return more


def _matches(candidate: Candidate, term: Term) -> float:
    return term.match(candidate.match.entry.folded)


def _listed_with(best: Candidate, chosen: list[Candidate], scope: Scope) -> list[Candidate]:
    """The other short items of the list in which a passage stands, for a question that asks for all of it."""
    passage = best.match.entry.stored.passage
    above = passage.passage_id.rpartition(".")[0]
    if passage.kind != "item" or not above or len(passage.text) > _SHORT_ITEM:
        return []
    listed = [
        entry
        for entry in scope.entries.of(best.match.entry.stored.notice.notice_id)
        if entry.stored.passage.kind in ("item", "paragraph")
        and entry.stored.passage.passage_id.startswith(above + ".")
    ]
    if not 2 <= len(listed) <= _LONGEST_LIST or any(len(e.stored.passage.text) > _SHORT_ITEM for e in listed):
        return []
    known = {c.match.entry.stored.passage.passage_id for c in chosen}
    others = [entry for entry in listed if entry.stored.passage.passage_id not in known]
    return [Candidate(Match(entry, best.match.coverage, ()), best.rank) for entry in others]


def _holds(candidate: Candidate, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(candidate.match.entry.folded))


def _candidates(
    store: Retriever, intent: Intent, scope: Scope, year: int | None, patterns: list[re.Pattern[str]]
) -> list[Candidate]:
    filters = replace(intent.filters, year=year) if year else intent.filters
    if year is None and len(intent.years) == 1:
        filters = replace(filters, year=intent.years[0])
    matcher, issued = Matcher(intent.topic, intent.relaxed), bool(_ISSUED.search(intent.meant))
    if matcher.empty:
        return []
    known = [asked for asked in intent.units if speaks_of(scope, asked)]
    floor = _confident(intent) if len(known) == len(intent.units) else CONFIDENT_RELAXED
    with stage("searching"):  # not exact: coverage asks for quotes
        hits = best_hits(store, query_of(intent), _CANDIDATES, filters)
    top = max((hit.score for hit in hits), default=0.0) or 1.0
    out = []
    for hit in hits:
        entry = scope.entries.get(hit.stored.passage.passage_id)
        if entry is None or (entry.stored.passage.kind == "signature" if not issued else not _dated(entry)):
            continue
        if not entry.body and entry.stored.passage.kind == "title":
            continue
        if not place_admits(intent.places, entry):
            continue
        if known and not any(_names(asked, entry) for asked in known):
            continue
        match = matcher.match(entry)
        asked = matcher.asks(entry) or not (intent.facts or intent.relaxed or len(known) < len(intent.units))
        if match.coverage >= floor and (asked or any(pattern.search(entry.folded) for pattern in patterns)):
            values = (
                sum(bool(pattern.search(entry.folded)) for pattern in patterns) / len(patterns) if patterns else 0.0
            )
            rank = _COVERAGE_SHARE * match.coverage + (1 - _COVERAGE_SHARE) * hit.score / top + VALUE_BONUS * values
            out.append(Candidate(match, rank))
    return sorted(out, key=lambda c: (-c.rank, c.match.entry.stored.passage.passage_id))


def _confident(intent: Intent) -> float:
    if intent.relaxed or any(group.absent for group in intent.topic.groups):
        return CONFIDENT_RELAXED
    return CONFIDENT if intent.lang == "zh" else CONFIDENT_TRANSLATED


def _names(asked: AskedUnit, entry: Entry) -> bool:
    """Whether a passage speaks of a unit, by a unit's name or in its words."""
    stored = entry.stored
    issued = f"{stored.notice.issuer or ''}\n{stored.notice.title}"  # 国务院的意见里怎么说
    return asked.name in fold_aligned(f"{issued}\n{stored.passage.text}") or any(
        names_unit(asked, unit, stored.notice) for unit in stored.units
    )


def _dated(entry: Entry) -> bool:
    """Whether a passage can say when its notice was issued."""
    return entry.body or (entry.stored.passage.kind == "signature" and "日" in entry.folded)


def value_patterns(text: str) -> list[re.Pattern[str]]:
    """What the values asked for look like: 多少个部门 → a number before 个部门; 哪天 → a date; how much → yuan.

    :param text: the question, folded
    """
    patterns = []
    for match in _HOW_MANY.finditer(text):
        noun = re.sub(r"^的|(?:选|多少|几|参加|参与|开展|负责|的|是|有|都|了|呢|吗|过).*$", "", match.group(2))
        measure = match.group(1)
        if measure == "天":
            measure = "(?:个?工作)?(?:天|日)"
        elif measure in _COUNTED:
            measure = f"[{_COUNTED}]"
        counted = rf"(?:{measure}[^，,。；;]{{0,10}}{noun[:2]}|{noun[:2]})" if noun else measure
        patterns.append(re.compile(_NUMBER + counted))
    for match in _WHICH_N.finditer(text):
        patterns.append(re.compile(rf"{match.group(1)}\s*{match.group(2)}\s*{match.group(3)[:2]}"))
    for match in _HOW_MANY_ENGLISH.finditer(text):
        if measure := _ENGLISH_TIMES.get(match.group(1).rstrip("s")):
            patterns.append(re.compile(_NUMBER + measure))
            continue
        people = match.group(1) in ("people", "persons", "participants", "attendees")
        patterns.append(re.compile(_NUMBER + ("(?:人|名)" if people else "(?:个|项|家|所|名|人|种|次|条|场|件|批)")))
    if _WHAT_TIME.search(text):
        patterns.append(re.compile(r"\d{1,2}\s*:\s*\d{2}|\d{1,2}\s*[时点](?!间)"))
    if _HOW_MUCH.search(text):
        patterns.append(re.compile(r"\d[\d,.]*\s*(?:万|亿|百|千)?元"))
    if _WHEN.search(text):
        patterns.append(
            re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*日|\d{4}\s*年\s*\d{1,2}\s*月|\d{1,2}月(?:[上中下]旬|底|初)")
        )
    if not patterns and _HOW_BIG.search(text):
        patterns.append(re.compile(r"\d|[一二三四五六七八九十百千]+(?:万|亿|元|倍|成)"))
    if not patterns and _WHERE.search(text):
        patterns.append(_PLACE)
    return patterns


def query_of(intent: Intent) -> str:
    """What the search looks for: the words of the topic, or the question as it stands."""
    return " ".join(intent.topic.words) if intent.topic.words and intent.lang == "zh" else intent.text


def _compose(
    store: Retriever, intent: Intent, scope: Scope, chosen: list[Candidate], patterns: list[re.Pattern[str]]
) -> Answer:
    lang = intent.lang
    book = CitationBook(store)
    lines = []
    for candidate in chosen:
        stored = candidate.match.entry.stored
        notice = stored.notice
        spans = _spans(candidate.match, patterns)
        title = say("year" if notice.year else "no_year", lang, year=notice.year, title=notice.title)
        numbers = [book.cite(stored, a, b) for a, b in spans]
        lines.append(f"{title}：" + "……".join(f"“{book.quote(n)}”[{n}]" for n in numbers))
        units = list({unit.canonical: unit for unit in stored.units}.values())
        named = []
        for unit in units if len(units) <= _MAX_UNITS else []:
            inside = any(a <= unit.start and unit.end <= b for a, b in spans)
            named.append(unit.name if inside else f"{unit.name}[{book.cite_unit(stored, unit)}]")
        if named:
            lines.append(say("unit_label", lang, units="、".join(named)))
    return Answer(
        question=intent.text,
        lang=lang,
        kind="compare" if len(intent.years) > 1 else ("fact" if _asks_value(intent.text) else "lookup"),
        text="\n".join(lines),
        citations=book.citations,
        coverage=Coverage(len(scope.notices), len(scope.entries), len(chosen)),
    )


def _asks_value(text: str) -> bool:
    return any(word in text for word in ("多少", "几", "哪天", "什么时候", "how many", "how much", "when", "where"))


def _spans(match: Match, patterns: list[re.Pattern[str]]) -> list[tuple[int, int]]:
    """The whole passage when it is short, else its first sentence, those that match, and those with the values."""
    entry = match.entry
    passage = entry.stored.passage
    if len(passage.text) <= MAX_QUOTE or not entry.segments:
        return [(passage.start, passage.end)]
    lead = entry.segments[0]
    valued = [s for s in entry.segments if any(pattern.search(s.folded) for pattern in patterns)]
    parts = [lead, *match.segments, *valued]
    return span_of(entry, [s.start for s in parts], [s.end for s in parts])
