"""A dialogue on a terminal: what was asked and answered, and the commands that work on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assistant.answer.dialogue import MAX_TURNS
from assistant.chat_table import table_lines
from assistant.errors import BadRequest
from assistant.paint import paint
from assistant.service import Assistant
from assistant.terminal import print_answer
from assistant.types import Answer, Citation, Lang, Question
from assistant.wording import SOURCE_WORDS, scope_word
from index.filters import from_mapping
from index.types import Filters

# Each command: its names, what comes behind it, what it does.
COMMANDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((":open", ":打开"), "N", "看第 N 条引文所在的原文 · the words around citation N"),
    ((":browse", ":网页"), "N", "在浏览器中打开第 N 条引文（须 --link-base）· open it in the browser"),
    ((":table", ":表格"), "", "上一个答案的表格 · the table of the last answer"),
    ((":export", ":导出"), "FILE", "把上一个答案写入 .md、.csv 或 .xlsx · write the last answer to a file"),
    ((":scope", ":范围"), "[year=2022 region=天津市 … | none]", "查看或设定范围 · show or set what is searched"),
    ((":new", ":新"), "", "开始新的对话 · forget the earlier questions"),
    ((":lang", ":语言"), "zh|en|auto", "答案的语言 · language of the answers"),
    ((":help", ":帮助"), "", "本帮助 · this help"),
    ((":quit", ":退出"), "", "离开，也可用 Ctrl-D · leave (or Ctrl-D)"),
)
_ABOUT = 160  # characters of the notice on each side of a quote
_FILTERS = ("year", "region", "unit", "issuer", "notice_id")


class Leave(Exception):
    """The reader wants to go."""


class Chat:
    """One dialogue.

    :param link_base: where the same store is served, for links that open; empty where it is not
    :param browse: opens an address in the reader's browser
    """

    def __init__(
        self,
        assistant: Assistant,
        filters: Filters | None = None,
        lang: Lang | None = None,
        link_base: str = "",
        browse: Callable[[str], object] | None = None,
    ) -> None:
        self._assistant = assistant
        self._filters = filters or Filters()
        self._lang = lang
        self._base = link_base.rstrip("/")
        self._browse = browse
        self._earlier: tuple[str, ...] = ()
        self._last: tuple[Question, Answer] | None = None

    def hear(self, line: str) -> None:
        """Answer a question, or do what a command says; prints what comes of it.

        :raises Leave: at ``:quit``
        :raises AssistantError, StoreError: what was asked for cannot be done; the dialogue goes on
        """
        line = line.strip()
        if line.startswith((":", "：")):
            name, _, rest = line.replace("：", ":", 1).partition(" ")
            self._command(name.lower(), rest.strip())
        elif line:
            self._ask(line)

    def _ask(self, text: str) -> None:
        question = Question(text, self._earlier, self._filters, self._lang)
        answer = self._assistant.ask(question)
        self._last = question, answer
        self._earlier = (*self._earlier, text)[-MAX_TURNS:]
        print_answer(answer)

    def _command(self, name: str, rest: str) -> None:
        names = next((names for names, *_ in COMMANDS if name in names), None)
        if names is None:
            raise BadRequest(f"没有命令 {name} (no such command); :help")
        actions: dict[str, Callable[[str], None]] = {
            ":open": self._open, ":browse": self._open_in_browser, ":table": self._table, ":export": self._export,
            ":scope": self._scope, ":new": self._new, ":lang": self._speak, ":help": self._help, ":quit": self._quit,
        }  # fmt: skip
        actions[names[0]](rest)

    # -- commands ------------------------------------------------------------------------------------------------------

    def _open(self, rest: str) -> None:
        citation = self._citation(rest)
        number = f" {citation.document_number}" if citation.document_number else ""
        print(paint(f"《{citation.notice_title}》{number}", "title"))
        for depth, heading in enumerate(citation.section_path):
            print(f"{'  ' * depth}# {heading}")
        text = self._assistant.store.notice(citation.notice_id).text
        before, after = _around(text, citation.start, citation.end)
        quote = "\n".join(paint(line, "quote") for line in f"【{text[citation.start : citation.end]}】".splitlines())
        print(f"{before}{quote}{after}")
        print(paint(self._base + citation.url if self._base else citation.passage_id, "faint"))

    def _open_in_browser(self, rest: str) -> None:
        citation = self._citation(rest)
        if not self._base:
            raise BadRequest(
                "不知道服务的地址 (where is the store served?); start with --link-base http://127.0.0.1:8000, or use :open"
            )
        print(self._base + citation.url)
        if self._browse is not None:
            self._browse(self._base + citation.url)

    def _table(self, _: str) -> None:
        answer = self._answered()[1]
        if answer.table is None:
            raise BadRequest("上一个答案没有表格 (the last answer has no table)")
        for line in table_lines(answer.table):
            print(line)

    def _export(self, rest: str) -> None:
        from assistant import exports
        from assistant.permalink import link_of, state_of

        asked, answer = self._answered()
        if not rest:
            raise BadRequest("请写出文件名 (name a file): :export answer.xlsx")
        path = Path(rest).expanduser()
        form = exports.format_of(path)
        exports.write(path, exports.export(answer, form, self._base, link_of(asked, state_of(self._assistant.store))))
        print(f"已写入 written {path}")

    def _scope(self, rest: str) -> None:
        if rest in ("none", "无", "全部"):
            self._filters = Filters()
        elif rest:
            values = {name: getattr(self._filters, name) for name in _FILTERS}
            for word in rest.split():
                name, equals, value = word.partition("=")
                if not equals or name not in _FILTERS:
                    raise BadRequest(
                        f"不明白 {word!r}；例 for example :scope year=2022 region=天津市 ({', '.join(_FILTERS)})"
                    )
                values[name] = value or None
            found: dict[str, object] = {name: value for name, value in values.items() if value is not None}
            self._filters = replace(from_mapping(found), disclosure=self._filters.disclosure)
        chosen = [f"{name}={value}" for name in _FILTERS if (value := getattr(self._filters, name)) is not None]
        print(f"设定 set: {' '.join(chosen) or '不限 everything'}")
        if self._last is not None and (carried := self._last[1].scope):
            print(
                "上一答案 last answer: " + "、".join(f"{scope_word(i)}（{SOURCE_WORDS[i.source][0]}）" for i in carried)
            )

    def _new(self, _: str) -> None:
        self._earlier, self._last = (), None
        print("新的对话 a new dialogue")

    def _speak(self, rest: str) -> None:
        spoken: dict[str, Lang | None] = {"zh": "zh", "en": "en", "auto": None}
        if rest not in spoken:
            raise BadRequest("请写 zh、en 或 auto (zh, en or auto): :lang en")
        self._lang = spoken[rest]
        print({"zh": "答案用中文", "en": "answers in English", "auto": "随问题的语言 as the question"}[rest])

    @staticmethod
    def _help(_: str) -> None:
        for names, behind, what in COMMANDS:
            print(f"  {paint(f'{names[0]} {behind}'.strip(), 'mark')}  {paint(names[1], 'faint')}\n      {what}")

    @staticmethod
    def _quit(_: str) -> None:
        raise Leave

    # -- what they work on ---------------------------------------------------------------------------------------------

    def _answered(self) -> tuple[Question, Answer]:
        if self._last is None:
            raise BadRequest("还没有答案，请先提问 (nothing has been asked yet)")
        return self._last

    def _citation(self, rest: str) -> Citation:
        answer = self._answered()[1]
        known = {citation.number: citation for citation in answer.citations}
        number = re.fullmatch(r"\[?(\d{1,6})\]?", rest)
        if not known:
            raise BadRequest("上一个答案没有引文 (the last answer cites nothing)")
        if number is None or int(number[1]) not in known:
            raise BadRequest(f"引文编号为 {min(known)}…{max(known)} (the citations are {min(known)}…{max(known)})")
        return known[int(number[1])]


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """The words before and behind a quote: to the ends of the lines near it, at most so many characters."""
    low, high = max(0, start - _ABOUT), min(len(text), end + _ABOUT)
    before, after = text[low:start], text[end:high]
    if low and "\n" in before:
        before = before[before.index("\n") + 1 :]
    elif low:
        before = "…" + before
    if high < len(text) and "\n" in after:
        after = after[: after.rindex("\n")]
    elif high < len(text):
        after += "…"
    return before, after
