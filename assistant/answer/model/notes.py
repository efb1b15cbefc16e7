"""Every warning that the language model may add to an answer, in Chinese and English. A closed list."""

from __future__ import annotations

from assistant.types import Lang

_NOTES: dict[str, dict[Lang, str]] = {
    "routed": {
        "zh": "问题的类别由语言模型判断。",
        "en": "What kind of question this is was judged by the language model.",
    },
    "dropped": {
        "zh": "语言模型写的{dropped}句未通过核对，已删去。",
        "en": "{dropped} sentence(s) of the language model were not borne out by what they cite and were left out.",
    },
    "extract": {"zh": "答案为原文摘录。", "en": " The answer is the extract."},
    "unverified": {
        "zh": "未用语言模型的写法：{dropped}句都未通过核对。",
        "en": "None of the language model's {dropped} sentence(s) was borne out by what it cites.",
    },
    "empty": {
        "zh": "未用语言模型的写法：没有写出一个完整的句子。",
        "en": "The language model wrote no whole sentence.",
    },
    "incomplete": {
        "zh": "未用语言模型的写法：缺少答案所需的引文。",
        "en": "The language model's wording left out citations that the answer needs.",
    },
    "long": {
        "zh": "未用语言模型：引文过长。",
        "en": "The citations are too long for the language model.",
    },
    "instruction": {
        "zh": "未用语言模型：引文中有疑似写给人工智能的指令。",
        "en": "The language model was not asked: what is cited holds what looks like an instruction to one.",
    },
    "unreachable": {
        "zh": "未用语言模型：连接不上。",
        "en": "The language model could not be reached.",
    },
    "slow": {
        "zh": "未用语言模型：没有在{seconds}秒内答复。",
        "en": "The language model did not answer within {seconds} s.",
    },
    "redirect": {
        "zh": "未用语言模型：所设地址要求转到别处（HTTP {status}），没有跟随。",
        "en": "The language model's address redirects elsewhere (HTTP {status}), which is not followed.",
    },
    "status": {
        "zh": "未用语言模型：它报错（HTTP {status}）。",
        "en": "The language model reported an error (HTTP {status}).",
    },
    "too_large": {
        "zh": "未用语言模型：答复过大。",
        "en": "The language model's reply was too large.",
    },
    "nonsense": {
        "zh": "未用语言模型：答复不是约定的格式。",
        "en": "The language model's reply was not a chat completion.",
    },
    "busy": {
        "zh": "未用语言模型：它正忙。",
        "en": "The language model is busy.",
    },
    "paused": {
        "zh": "未用语言模型：它接连出错，暂停片刻。",
        "en": "The language model failed several times and is left alone for a while.",
    },
    "left": {
        "zh": "未用语言模型：提问者已离开。",
        "en": "The language model was not waited for: whoever asked has left.",
    },
}  # fmt: skip


def note(key: str, lang: Lang, **values: object) -> str:
    """One of the warnings, filled in."""
    return _NOTES[key][lang].format(**values)
