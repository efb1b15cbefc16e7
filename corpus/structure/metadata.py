"""What content systems print beside a notice: 索引号, 发文字号, 发文机关, 成文日期, 来源 … in lines or in a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Literal

from corpus.dates import iso_date

Field = Literal["title", "document_number", "issuer", "date", "published", "disclosure", "other"]

_FIRST_LINES = 25  # in which such lines stand, above the notice
_LABELS: tuple[tuple[Field, str], ...] = (
    ("title", r"标\s*题|文件名称|信息名称"),
    ("document_number", r"发文字号|发文文号|文件编号|公文文号|文\s*号"),
    ("issuer", r"发文(?:机关|机构|单位)|制发(?:机关|机构|单位)|印发单位"),
    ("date", r"成文日期|发文日期|印发日期|生成日期|落款日期"),
    ("published", r"(?:公开)?发布(?:日期|时间)|公开日期|更新时间"),
    ("disclosure", r"公开(?:方式|属性|类别|形式)"),
    ("other", r"索\s*引\s*号|(?:主题|组配|体裁|信息|服务对象)分类|主\s*题\s*词|公文时效|有\s*效\s*性|时\s*效\s*性|效力状态|(?:废止|失效|生效|施行|执行|实施)日期|"
     r"(?:信息|文章|稿件)?来\s*源|发布(?:机构|单位)|公开(?:责任部门|范围|时限|主体)|(?:浏览|阅读|点击|访问)(?:次数|量|数)|点击数|责任编辑|"
     r"(?:您|你)?(?:当前|现在|所在)?的?位置|签发人|份\s*号|密\s*级|紧急程度|字体(?:大小)?|字号|撰稿|供稿|统一登记号|登记号"),
)  # fmt: skip
_LABEL = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS))
_OPENING = re.compile(rf"[\[【（(]?\s*(?:{_LABEL.pattern})\s*[\]】]?\s*(?:[:：\t]|$)")
_PAIR = re.compile(rf"(?<![\u4e00-\u9fff])(?:{_LABEL.pattern})\s*[\]】]?\s*[:：\t]\s*")
_GLUED = re.compile(rf"(?:{_LABEL.pattern})\s*[:：\t]\s*")
_DATE = re.compile(r"((?:19|20)\d\d)\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
# Printed above the banner, GB/T 9704: copy number, secrecy, urgency
_PLAIN = re.compile(r"\d{6}|(?:绝密|机密|秘密)(?:★.{0,8})?|特急|特提|加急|平急|急件")
_PLAIN_LINES = 4
MAX_LENGTH = 160


def is_metadata(text: str, index: int) -> bool:
    """Whether a line is such a line: it opens with a label, and stands above the notice."""
    if index < _PLAIN_LINES and _PLAIN.fullmatch(text):
        return True
    return index < _FIRST_LINES and len(text) <= MAX_LENGTH and "。" not in text and bool(_OPENING.match(text))


def pairs(text: str) -> Iterator[tuple[Field, str]]:
    """Fields and values of a line; several may stand on it, with or without blanks between them."""
    labels = list(_PAIR.finditer(text)) and list(_GLUED.finditer(text))
    for label, following in zip_longest(labels, labels[1:]):
        value = text[label.end() : following.start() if following else len(text)].split("\t")[0].strip(" 　\xa0】]")
        if value:
            yield label.lastgroup, value  # type: ignore[misc]


def fields(texts: Iterable[str]) -> dict[Field, str]:
    """The first value of each field in lines of metadata; dates in ISO form."""
    found: dict[Field, str] = {}
    for text in texts:
        for name, value in pairs(text):
            if name in ("date", "published"):
                iso = _iso(value)
                if iso:
                    found.setdefault(name, iso)
            elif name != "other" and not re.fullmatch(r"[-—/无]+", value):
                found.setdefault(name, value)
    return found


def _iso(text: str) -> str | None:
    match = _DATE.search(text)
    if match:
        text = "{}年{}月{}日".format(*match.groups())
    return iso_date(text)
