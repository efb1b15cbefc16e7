"""Names that people read, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

_SLICES = {
    "lang": ("语言", "language"),
    "kind": ("类型", "kind"),
    "year": ("年份", "year"),
    "length": ("长度", "length"),
    "document": ("文件", "document"),
    "difficulty": ("难度", "difficulty"),
}
_TASKS = {"retrieval": ("检索", "retrieval"), "answers": ("问答", "answers")}
_SUMMARY = {
    "right": ("全对", "all as it should be"),
    "verbatim": ("引文属实", "quotes are the notice's own words"),
    "sound": ("引用可靠", "the citation checker finds nothing"),
    "abstain": ("拒答得当", "answered or refused as it should"),
    "unit_precision": ("单位精确率", "precision of units"),
    "unit_recall": ("单位召回率", "recall of units"),
    "unit_f1": ("单位 F1", "F1 of units"),
    "gold_recall": ("应引段落", "passages that had to be cited"),
    "cite_precision": ("引用精确率", "precision of citations"),
    "facts": ("事实", "required facts"),
}


def slice_name(name: str) -> tuple[str, str]:
    """A slice's name; those that a question set brings itself stay as they are."""
    return _SLICES.get(name, (name, ""))


def task_name(task: str) -> tuple[str, str]:
    """What was measured."""
    return _TASKS[task]


def measure_name(measure: str) -> tuple[str, str]:
    """What a measure of answers says; measures of retrieval have their standard names alone."""
    return _SUMMARY.get(measure, ("", ""))


def mark(mean: float, p: float, alpha: float) -> tuple[str, str, str]:
    """Sign, and what it says in both languages; empty where the difference may be chance."""
    if p >= alpha or mean == 0:
        return ("", "", "")
    return ("▲", "显著高于基准", "significantly better") if mean > 0 else ("▼", "显著低于基准", "significantly worse")


def slices_shown(slices: Mapping[str, str]) -> str:
    """A query's slices on one line."""
    return " · ".join(f"{slice_name(name)[0]} {value}" for name, value in slices.items())
