"""The words of the notice page around the notice, in both languages. The notice itself stays as it is printed."""

from __future__ import annotations

import re
from html import escape

from assistant.types import Lang

TEXTS: dict[str, tuple[str, str]] = {
    "document_number": ("文号", "Number"),
    "issuer": ("发文机关", "Issuer"),
    "region": ("地区", "Region"),
    "year": ("年份", "Year"),
    "issued_on": ("成文日期", "Issued"),
    "disclosure": ("公开属性", "Disclosure"),
    "source": ("来源", "Source"),
    "skip": ("跳到正文", "Skip to the text"),
    "skip_mark": ("跳到引文", "Skip to the quote"),
    "switch": ("English", "中文"),
    "home": ("提问", "Ask"),
    "tools": ("页面", "Page"),
    "quote": ("引文", "Quote"),
    "place": ("引文位置", "Place of the quote"),
    "text": ("通知原文", "Text of the notice"),
    "warnings": ("文件提示", "About this document"),
    "show": ("查看位置", "show"),
    "links": ("相关文件", "Related notices"),
    "more_links": ("另有{count}份", "{count} more"),
    "editions": ("各版", "Editions"),
    "earlier": ("上一版", "Earlier edition"),
    "later": ("新版", "Newer edition"),
    "replaced": ("本通知已被废止", "This notice has been replaced"),
    "replaced_see": ("见", "See"),
    "newer": ("本通知有新版", "There is a newer edition of this notice"),
    "amended": ("本通知已被修改", "This notice has been amended"),
    "outline": ("读出的内容", "What was read out"),
    "outline_counts": ("{acting} 段有单位 · {facts} 条事实", "{acting} passages name units · {facts} facts"),
    "units": ("单位", "Units"),
    "facts": ("事实", "Facts"),
    "item": ("条目", "Item"),
    "kind": ("类别", "Kind"),
    "value": ("内容", "Value"),
    "words": ("原文", "Words"),
    "more_rows": ("另有 {count} 条，见正文旁注", "{count} more, beside the text"),
    "deadline": ("期限", "Due"),
    "reporting": ("报送", "Report to"),
    "page": ("第{number}页", "Page {number}"),
    "permanent": ("这一段的链接：{name}", "Link to this passage: {name}"),
    "copy_link": ("复制链接", "Copy link"),
    "copy_quote": ("复制引文", "Copy quote"),
    "copied": ("已复制", "Copied"),
    "missing": ("没有这份通知", "No such notice"),
    "missing_why": (
        "编号 {notice_id} 不在库中：可能已被移除，或链接不完整。",
        "There is no notice {notice_id} here: it may have been removed, or the link is not complete.",
    ),
    "back": ("返回提问页", "Back to the questions"),
}
_PAIR = re.compile(r"(.*[\u4e00-\u9fff].*?)\s*\(([^()\u4e00-\u9fff]+)\)", re.DOTALL)


def said(key: str, lang: Lang, **values: object) -> str:
    """One of the texts, escaped for HTML."""
    return escape(TEXTS[key][lang == "en"].format(**values))


def message(text: str, lang: Lang) -> str:
    """The part of a warning in one language, escaped: those of the parser say it in Chinese, then (in English)."""
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return chinese(text) if lang == "en" else escape(text)
    return chinese_in(pair.group(2)) if lang == "en" else escape(pair.group(1))


def chinese(text: str) -> str:
    """Words of the notice, marked as Chinese whatever language is around them."""
    return f'<span lang="zh-CN">{escape(text)}</span>'


def chinese_in(text: str) -> str:
    """An English text, in which a stretch of Chinese is marked as such."""
    return "".join(
        chinese(part) if re.search(r"[\u3400-\u9fff]", part) else escape(part)
        for part in re.split(r"([\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+)", text)
        if part
    )


def address(notice_id: str, lang: Lang, start: int | None = None, end: int | None = None, anchor: str = "") -> str:
    """The path of a notice, or of a place in it, in the language of the page; escaped."""
    query = [] if start is None else [f"start={start}", f"end={end}"]
    if lang == "en":
        query.append("lang=en")
    return escape(f"/n/{notice_id}{'?' if query else ''}{'&'.join(query)}{f'#{anchor}' if anchor else ''}")
