"""The page's words in both languages; every view takes its own from here, by a key."""

from __future__ import annotations

from html import escape
from typing import Final

from assistant.types import Lang

LANGS: Final = {"zh": "zh-CN", "en": "en"}  # a language and its tag in HTML
# Key → (Chinese, English). A view's keys begin with its name.
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("通知问答", "Notice Assistant"),
    "held": ("库中有 {notices} 份通知、{passages} 段", "{notices} notices, {passages} passages"),
    "held_none": (
        "库里还没有通知。请在“通知库”上传，或运行 notices index 文件夹 --store 库",
        "No notices yet. Upload some under Library, or run: notices index FOLDER --store STORE",
    ),
    "problem": ("{problem}", "{problem}"),
    "switch": ("English", "中文"),
    "tab_ask": ("提问", "Ask"),
    "tab_library": ("通知库", "Library"),
    "tab_explore": ("概览", "Explore"),
    "tab_evaluate": ("评测", "Evaluate"),
    "all": ("全部", "All"),
    "ask_new": ("新对话", "New conversation"),
    "ask_welcome": (
        "请用自己的话提问。答案列出<strong>全部</strong>相符的条目，每一条都附有通知原文。",
        "Ask in your own words. Answers are <strong>complete</strong>, and every claim is quoted from a notice.",
    ),
    "ask_placeholder": ("例如：哪些单位负责电动自行车相关活动？", "For example: which units handle e-bike campaigns?"),
    "ask_question": ("问题", "Question"),
    "ask_submit": ("提问", "Ask"),
    "ask_kind": ("类型不对？换一种重新回答", "Not what you meant? Answer as"),
    "ask_filters": ("筛选", "Filters"),
    "ask_year": ("年份", "Year"),
    "ask_region": ("地区", "Region"),
    "ask_unit": ("单位", "Unit"),
    "ask_issuer": ("发文机关", "Issuer"),
    "ask_close": ("关闭原文", "Close"),
    "ask_panel": ("通知原文", "Text of the notice"),
}  # fmt: skip


def said(key: str, lang: str, **values: object) -> str:
    """A text in one language: English for ``en``, else Chinese. ``values`` fill its braces.

    :raises KeyError: there is no such text
    """
    text = TEXTS[key][lang == "en"]
    return text.format(**values) if values else text


def both(key: str, **values: object) -> str:
    """A text in both languages as HTML, of which the page's style shows the one that is chosen.

    Texts may hold markup; ``values`` are escaped. For what is drawn once and is to follow the switch at once.
    """
    kept = {name: escape(str(value)) for name, value in values.items()}
    return "".join(f'<span class="said" lang="{tag}">{said(key, lang, **kept)}</span>' for lang, tag in LANGS.items())


def known_lang(value: object) -> Lang:
    """The language that a request names; Chinese where it names none that the page has."""
    return "en" if value == "en" else "zh"
