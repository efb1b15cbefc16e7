"""What a reader must know before believing a difference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from eval.comparing import Comparison
from eval.evaluation import Evaluation
from eval.significance import FEW

Said = tuple[str, str]  # the same in Chinese and in English
_MOSTLY = 0.9  # share of queries without a difference from which on the test rests on few


def section_warnings(
    results: Sequence[Evaluation], labels: Sequence[str], comparisons: Sequence[Comparison], same_name: bool
) -> list[Said]:
    """Few queries, queries without a difference, tied scores, lost labels, unlike machines, unlike data of one name."""
    first = results[0]
    said: list[Said] = []
    if same_name:
        said.append((
            f"另有同名数据集，但数据不同（本节指纹 {first.data}），两者不可比较",
            f"another data set of this name holds other data (here: {first.data}); the two are not compared",
        ))  # fmt: skip
    if len(first.queries) < FEW:
        said.append((
            f"只有 {len(first.queries)} 个问题（少于 {FEW}）：实际存在的差别可能显示为不显著",
            f"only {len(first.queries)} queries (fewer than {FEW}): real differences may not show as significant",
        ))  # fmt: skip
    for label, comparison in zip(labels[1:], comparisons, strict=True):
        said += _without_difference(label, comparison)
    for label, result in zip(labels, results, strict=True):
        tied = sum(any(a[1] == b[1] for a, b in pairwise(q.ranking)) for q in result.queries.values())
        if tied:
            said.append((
                f"{label}：{tied} 个问题的结果中有同分文档，次序由文档号决定",
                f"{label}: in {tied} queries documents share a score; their order is that of their ids",
            ))  # fmt: skip
    lost = sum(doc_id.startswith("lost:") for q in first.queries.values() for doc_id in q.relevant)
    if lost:
        said.append((
            f"{lost} 条标注的原文已不在通知中，按未找到计；用 notices-eval check 查看",
            f"the words of {lost} labels are gone from the notices and count as missed; `notices-eval check` names them",
        ))  # fmt: skip
    return said + _environments(results)


def _without_difference(label: str, comparison: Comparison) -> list[Said]:
    measure, d = next(iter(comparison.differences.items()))
    total = d.wins + d.ties + d.losses
    if total == 0 or d.ties < _MOSTLY * total:
        return []
    return [(
        f"{label}：{total} 个问题中有 {d.ties} 个的 {measure} 与基准相同，检验只依据其余 {total - d.ties} 个",
        f"{label}: {d.ties} of {total} queries have the same {measure} as the baseline; the test rests on {total - d.ties}",
    )]  # fmt: skip


def _environments(results: Sequence[Evaluation]) -> list[Said]:
    keys = dict.fromkeys(key for result in results for key in result.environment)
    unlike = [key for key in keys if len({result.environment.get(key) for result in results}) > 1]
    if not unlike:
        return []
    names = ", ".join(unlike)
    return [(
        f"各结果的环境不同（{names}）：耗时与内存不宜直接比较",
        f"the results come from unlike environments ({names}): do not compare times and memory",
    )]  # fmt: skip
