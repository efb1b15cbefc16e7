"""`notices chat`: a dialogue on the terminal, or the lines of a pipe answered one after another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import (
    LinkBase,
    LlmModel,
    LlmUrl,
    Model,
    Region,
    RerankerName,
    Store,
    Year,
    filters_of,
    language_model,
    location,
    message,
)  # fmt: skip

if TYPE_CHECKING:
    from assistant.chat import Chat

app = typer.Typer(rich_markup_mode=None)


@app.command()
def chat(
    store: Store = None,
    year: Year = None,
    region: Region = None,
    lang: Annotated[str | None, typer.Option("--lang", help="zh | en")] = None,
    link_base: LinkBase = "",
    no_history: Annotated[
        bool, typer.Option("--no-history", help="不记下问题 (write no file of what was asked)")
    ] = False,
    model: Model = None,
    reranker: RerankerName = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
) -> None:
    """对话：连续追问，打开出处 (a dialogue: follow-up questions, citations that open)."""
    from assistant.chat import Chat
    from assistant.service import Assistant
    from assistant.types import Lang
    from index.errors import BadQuery

    spoken: dict[str | None, Lang | None] = {None: None, "zh": "zh", "en": "en"}
    if lang not in spoken:
        raise BadQuery(f"--lang must be zh or en, not {lang!r}")
    llm = language_model(llm_url, llm_model)
    assistant = Assistant.open(location(store, model), encoder=model, reranker=reranker, llm=llm)
    dialogue = Chat(assistant, filters_of(year, region), spoken[lang], link_base, typer.launch)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.Exit(_answer_all(dialogue, sys.stdin))
    from assistant.cache import cache_folder
    from assistant.chat_prompt import line_reader

    print(
        f"{len(assistant.store.cards())} 份通知 notices。问题可以连着问；:help 看命令，Ctrl-D 离开 "
        "(ask, and ask on; :help for commands, Ctrl-D to leave)"
    )
    _converse(dialogue, line_reader(None if no_history else cache_folder() / "chat_history"))


def _converse(dialogue: Chat, read: Callable[[], str]) -> None:
    """Until the reader leaves. Ctrl-C gives up the line or the answer, not the dialogue."""
    from assistant.chat import Leave

    while True:
        try:
            line = read()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            _hear(dialogue, line)
        except KeyboardInterrupt:
            message("已中断 interrupted")
        except Leave:
            return


def _answer_all(dialogue: Chat, lines: Iterator[str]) -> int:
    """Each line with what comes of it. Exit code: 1 where one could not be done."""
    from assistant.chat import Leave

    failed = False
    for line in lines:
        if not line.strip():
            continue
        print(f"› {line.strip()}")
        try:
            failed |= not _hear(dialogue, line)
        except Leave:
            break
        print(flush=True)
    return int(failed)


def _hear(dialogue: Chat, line: str) -> bool:
    """Whether it could be done; if not, why is on stderr."""
    from assistant.errors import AssistantError
    from index.errors import StoreError

    try:
        dialogue.hear(line)
    except (AssistantError, StoreError) as error:
        message(f"⚠ {error}")
        return False
    except OSError as error:
        message(f"⚠ {error.filename or ''}: {error.strerror}")
        return False
    return True
