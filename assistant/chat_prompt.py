"""The line that `notices chat` reads: edited as in a shell, with history, commands completed by Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.output import ColorDepth

from assistant.chat import COMMANDS
from assistant.paint import coloured

_KEPT = 2000  # lines of history that are kept from one dialogue to the next


class _Commands(Completer):
    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The commands that begin like the line."""
        typed = document.text_before_cursor
        if not typed.startswith((":", "：")) or " " in typed:
            return
        for names, behind, what in COMMANDS:
            for name in names:
                if name.startswith(typed.replace("：", ":", 1)):
                    yield Completion(name, -len(typed), f"{name} {behind}", what)


def line_reader(file: Path | None) -> Callable[[], str]:
    """Reads a line at each call; raises EOFError at Ctrl-D, KeyboardInterrupt at Ctrl-C.

    :param file: of the history, None to keep none. It is for its owner's eyes alone.
    """
    depth = None if coloured() else ColorDepth.MONOCHROME
    session: PromptSession[str] = PromptSession(
        history=_history(file), completer=_Commands(), complete_while_typing=False, color_depth=depth
    )
    return lambda: session.prompt("问 ask › ")


def _history(file: Path | None) -> History:
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if len(lines) > 3 * _KEPT:  # prompt_toolkit writes three lines for one: blank, time, text
            file.write_text("".join(lines[-3 * _KEPT :]), encoding="utf-8")
        with file.open("a"):
            return FileHistory(str(file))
    except OSError:  # a home that cannot be written to is no reason not to talk
        return InMemoryHistory()
