"""What `notices` alone prints: three commands to try, then the rest."""

from __future__ import annotations

import sys

from assistant.paint import paint

_FIRST = (
    ('notices ask "哪些单位负责电动自行车相关活动"', "提问：内置示例库，答案逐条附原文", "ask; the sample notices come with the program"),
    ("notices index 通知文件夹 --store 我的库", "读入自己的通知", "read your own notices into a store"),
    ("notices serve --store 我的库", "打开网页 http://127.0.0.1:8000", "serve the page and the API"),
)  # fmt: skip
_MORE = (
    ("notices chat", "连续追问，打开出处", "a dialogue in the terminal"),
    ("notices check 文件", "检查文件本身的问题", "what is wrong in the files"),
    ("notices --help", "全部命令", "all commands"),
    ("notices 命令 --help", "某一命令的选项", "the options of a command"),
)


def print_welcome() -> None:
    """Chinese first, English beside it."""
    print(
        paint("notices · 政府通知问答", "title")
        + "：答案完整、逐字引用、离线运行\n  Complete, cited answers over official notices, offline.\n"
    )
    print("先试这三条 · try these first:")
    _print(_FIRST)
    print("\n然后 · then:")
    _print(_MORE)
    if sys.stdout.isatty():
        print("\n" + paint("补全 completion: notices --install-completion", "faint"))


def _print(lines: tuple[tuple[str, str, str], ...]) -> None:
    for command, chinese, english in lines:
        print(f"  {paint(command, 'mark')}\n      {chinese}  {paint(english, 'faint')}")
