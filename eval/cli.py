"""The command line `notices-eval`. Results on stdout, messages on stderr; exit codes as design.md §4 says."""

from __future__ import annotations

import sys

import typer

from assistant.errors import AssistantError
from assistant.options import message
from corpus.errors import CorpusError
from eval.commands.answers import answers
from eval.commands.bench import bench
from eval.commands.check import check
from eval.commands.compare import compare
from eval.commands.convert import convert
from eval.commands.gate import gate
from eval.commands.label import label
from eval.commands.report import report
from eval.commands.retrieval import retrieval
from eval.commands.serve import serve
from eval.commands.synthesise import synthesise
from eval.errors import EvalError
from index.errors import StoreError

app = typer.Typer(
    name="notices-eval",
    help="检索与问答的评测，离线运行。 Evaluation of retrieval and answers, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _commands() -> None:
    """Keeps every command one of its own."""


app.command()(retrieval)
app.command()(answers)
app.command()(compare)
app.command()(gate)
app.command()(check)
app.command()(convert)
app.command()(label)
app.command()(serve)
app.command()(report)
app.command()(synthesise)
app.command()(bench)


def main() -> None:
    """Entry point: errors that users can mend are one line on stderr and exit code 2."""
    try:
        app()
    except (EvalError, StoreError, CorpusError, AssistantError) as error:
        message(f"notices-eval: {error}")
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
