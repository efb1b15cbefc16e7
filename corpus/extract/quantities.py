"""Amounts of money and targets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.types import FactKind

_AMOUNT = re.compile(
    r"(?<![\d,.])(?:\d[\d,.]{0,15}\s?[-－—–~～至]\s?)?\d[\d,.]{0,15}\s*+(?:[万亿百千]{1,2})?(?:美|欧)?元|(?<![\u4e00-\u9fff\d])[一二两三四五六七八九十百千]{1,12}[百千万亿]{1,3}元|[一二两三四五六七八九]?[十百千][一二两三四五六七八九十百千]{0,12}[万亿]?元(?![化论素])"
)
_DIGIT = re.compile(r"\d")
_FIGURE = r"(?<![\d,.])\d[\d,.]{0,15}\s*+[万亿]?\s*+(?:%|％|‰|个百分点|人次|平方米|平方公里|公里|立方米|个(?:工作日|月|小时|自然村|行政村)?|[家项人户件吨亩次场篇名倍处所座辆台套条门种批期元天克株头只]|公斤|千瓦时|标准煤)"
_FORCED = r"(?:达到?|不低于|不少于|不得低于|不得少于|不超过|不高于|不得超过|提高到|提高至|提升到|提升至|增加到|增加至|增长到|降低到|降至|下降到|控制在|稳定在|保持在|力争(?:突破|超过)?)"
_TARGET = re.compile(
    rf"{_FORCED}\s*+(?:约|了|[\u4e00-\u9fff]{{2,8}}的)?\s*+(?P<figure>{_FIGURE})(?:以上|以下|以内|左右)?|(?P<bound>{_FIGURE})(?:及?以上|以内)"
)
# Without a verb that demands it, a bound is a target only where it is about a share or about something to be made.
_AIM = re.compile(
    r"[率比]|占|重|增长|下降|建成|建设|创建|培育|新增|打造|引进|实现|完成|确保|力争|开展|组织|举办|形成|发展|覆盖|招"
)
_NO_AIM = re.compile(r"处|罚|违法|死亡|导致|造成|受到|损失|中毒|满|持股|连续|下列|超过$")
_CLAUSE = re.compile(r"[^，。；;！？、\n\t：:（(]*$")  # what stands before the figure in its clause: whose target it is


def amounts_in(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """Sums of money, as printed: ``300万元``."""
    for match in _AMOUNT.finditer(text) if "元" in text else ():
        yield "amount", "".join(match.group().split()), *match.span()


def targets_in(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """Figures that are to be reached or kept: value ``95%``, quote ``秸秆综合利用率达到95%以上``."""
    for match in _TARGET.finditer(text) if _DIGIT.search(text) else ():
        figure = match.group("figure") or match.group("bound")
        clause = _CLAUSE.search(text, max(0, match.start() - 40), match.start())
        start = clause.start() if clause else match.start()
        before = text[start : match.start()]
        if match.group("bound") and (_NO_AIM.search(before) or not (_AIM.search(before) or figure[-1] in "%％点")):
            continue
        while text[start].isspace():
            start += 1
        yield "target", "".join(figure.split()), start, match.end()
