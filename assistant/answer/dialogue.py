"""Follow-ups: what a question leaves out is taken from the questions before it."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.answer import words as w
from assistant.answer.carried import left_out
from assistant.answer.forms import ELLIPSIS
from assistant.answer.intent import Form, Intent
from assistant.answer.reach import covering
from assistant.answer.topic import Matcher, Topic
from assistant.answer.understanding import understand
from assistant.answer.view import View
from assistant.types import Question
from corpus.places import places_in, short_name
from index.fold import fold

MAX_TURNS = 20
_LASTING: tuple[Form, ...] = ("summary", "tasks", "partners", "count", "compare")  # what 那…呢 asks for again
_SHORT = 20  # code points of a question that leaves its form to the one before
_TOGETHER = 0.9  # coverage of words old and new by one passage
_WEAK = 3.0  # weight below which a word needs the earlier topic to say what it is about (重点查哪些地方)


def understand_dialogue(view: View, question: Question) -> Intent:
    """The slots of a question, those that it leaves open filled from its history (oldest first)."""
    current: Intent | None = None
    for text in question.history[-MAX_TURNS:]:
        if text.strip():
            turn = understand(view, replace(question, text=text, history=(), kind=None))
            current = turn if current is None else merge(turn, current, view)
    last = understand(view, question)
    return last if current is None else left_out(merge(last, current, view), last, question.without)


def merge(new: Intent, old: Intent, view: View) -> Intent:
    """``new`` completed by ``old``."""
    folded = fold(new.text)
    among = bool(w.AMONG.search(folded))
    others = bool(w.OTHERS.search(folded)) and not among
    form = old.form if new.form == "ellipsis" else new.form
    if new.form == "lookup" and not new.topic.groups and not new.facts:
        form = "activities" if old.topic.groups or new.units or new.places else old.form
    if old.form in _LASTING and new.form in ("activities", "lookup") and _elliptic(folded):
        form = old.form  # 那2024年滨海新区的呢, after a summary
    excluded = new.excluded
    if others:
        excluded = (*excluded, *(unit.name for unit in old.units), *(short_name(place) for place in old.places))
        if new.unit_level or new.unit_family:
            form = "units"
    units = new.units
    if not units and not (others or new.places or new.facts or (new.form == "units" and not among)):
        units = old.units
        form = old.form if among and not new.topic.groups else form
    topic = new.topic
    if among or (topic.groups and form in ("lookup", "which_unit") and all(g.weight < _WEAK for g in topic.groups)):
        topic = Topic((*old.topic.groups, *new.topic.groups))
    elif not (topic.groups or new.facts or form == "summary") and not (
        new.units and new.form in ("activities", "tasks", "partners")
    ):
        topic = old.topic
    if topic is new.topic and topic.groups and old.form in ("lookup", "which_unit", "fact") and _elliptic(folded):
        topic = _completed(new.topic, old.topic, view)
    places = new.places or (_wider(old.places) if others else old.places)
    if (
        new.units
        and not new.places
        and not among
        and any(re.match(r"[市区县省](?!场)", unit.name) for unit in new.units)
    ):
        places = _wider(old.places)  # 那市应急局呢 leaves the district
    return replace(
        new,
        form=form,
        years=new.years or old.years,
        places=places,
        notice_level=new.notice_level or old.notice_level,
        unit_level=new.unit_level,
        units=units,
        excluded=tuple(dict.fromkeys(excluded)),
        topic=topic,
        counted=new.counted or old.counted,
        facts=new.facts or (old.facts if new.form == "ellipsis" else ()),
        headings=new.headings or old.headings,
    )


def _completed(new: Topic, old: Topic, view: View) -> Topic:
    """A topic with what the earlier one asked of something else: 那铁路沿线的呢, after 谁担任职业教育联席会议的召集人."""
    kept = []
    for group in old.groups:
        matcher = Matcher(Topic((*new.groups, group)))
        if any(covering(matcher, view.bodies, _TOGETHER)):
            kept.append(group)
    return Topic((*new.groups, *kept))


def _elliptic(folded: str) -> bool:
    return len(folded) <= _SHORT and bool(ELLIPSIS.search(folded))


def standalone(view: View, query: str, history: tuple[str, ...], without: tuple[str, ...] = ()) -> str:
    """A query that can be searched for without its history: the words it takes from there put before it.

    :param without: what it is not to take from there, as in :class:`assistant.types.Question`
    """
    if not any(turn.strip() for turn in history):
        return query
    intent = understand_dialogue(view, Question(query, history, without=without))
    own = fold(query)
    parts = [f"{year}年" for year in intent.years] + [short_name(place) for place in intent.places]
    parts += [unit.name for unit in intent.units] + list(intent.topic.words)
    return " ".join([*(part for part in parts if part not in own), query])


def _wider(places: tuple[str, ...]) -> tuple[str, ...]:
    """The cities of places: 别的区 leaves the district, not the city."""
    out = []
    for place in places:
        found = places_in(place)
        out.append(place[: found[-1][0]] if len(found) > 1 else place)
    return tuple(dict.fromkeys(part for part in out if part))
