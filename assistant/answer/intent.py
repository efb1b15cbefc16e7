"""What a question asks for, before anything is looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.answer.topic import Topic
from assistant.types import Lang
from corpus.types import Level, Role
from index.types import Correction, Filters

Form = Literal[
    "units", "which_unit", "activities", "fact", "anomaly", "count", "lookup", "ellipsis",
    "summary", "tasks", "partners", "compare",
]  # fmt: skip
Counted = Literal["units", "items", "notices"]
FactType = Literal["deadline", "theme", "contact", "photo", "reporting", "attachment", "reference"]


@dataclass(frozen=True, slots=True)
class AskedUnit:
    """A unit that the question names, as typed (folded)."""

    name: str


@dataclass(frozen=True, slots=True)
class Intent:
    """The slots of a question. Empty slots ask for nothing and may be filled from the dialogue."""

    text: str
    lang: Lang
    form: Form
    meant: str = ""  # the question with its slips mended, folded
    years: tuple[int, ...] = ()
    places: tuple[str, ...] = ()  # full names: 天津市滨海新区
    notice_level: Level | None = None  # 市级（不是滨海新区）
    unit_level: Level | None = None  # 哪些区, 市级部门, 哪个科
    unit_family: str | None = None  # 哪些区的市场监管局
    units: tuple[AskedUnit, ...] = ()
    excluded: tuple[str, ...] = ()  # names that must not be answered
    topic: Topic = field(default_factory=Topic)
    facts: tuple[FactType, ...] = ()
    contacts: tuple[str, ...] = ()  # 电话, 传真 …: which contact
    headings: tuple[str, ...] = ()
    sole: bool = False  # the only responsible unit
    role: Role | None = None  # 牵头单位, 配合单位
    joint: bool = False  # items of several units only
    compares: bool = False
    relaxed: bool = False  # what describes the notice is not asked of its passages: `Matcher`
    counted: Counted | None = None  # what is to be counted
    corrections: tuple[Correction, ...] = ()
    filters: Filters = field(default_factory=Filters)
    carried: tuple[str, ...] = ()  # what of the scope the dialogue gave: year:2022
