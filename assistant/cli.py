"""The command line `notices`. Results on stdout, messages on stderr; exit codes 0, 1, 2 as design.md §4 says."""

from __future__ import annotations

import errno
import sqlite3
import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant import (
    backup_commands,
    chat_commands,
    copy_commands,
    dictionary_commands,
    keys_commands,
    mcp_commands,
    migrate_commands,
)
from assistant.completion import notice_ids
from assistant.options import (
    Batch,
    BatchSize,
    Dimensions,
    Explain,
    Export,
    History,
    Json,
    Kind,
    LinkBase,
    LlmModel,
    LlmUrl,
    Model,
    Region,
    RerankerName,
    Store,
    StoreToChange,
    Unit,
    Year,
    filters_of,
    language_model,
    location,
    message,
    print_json,
)  # fmt: skip
from assistant.serve_command import serve
from corpus.errors import CorpusError
from index.errors import BadQuery, StoreError
from index.types import Encoder

app = typer.Typer(
    name="notices",
    help="政府通知问答：答案完整、逐字引用、离线运行。 Complete, cited answers over official notices, offline.",
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(backup_commands.app)
app.add_typer(copy_commands.app)
app.add_typer(dictionary_commands.app)
app.add_typer(keys_commands.app)
app.add_typer(chat_commands.app)
app.add_typer(mcp_commands.app)
app.add_typer(migrate_commands.app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"notices {version('notice-assistant')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def begin(
    ctx: typer.Context,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="不用颜色；环境变量 NO_COLOR 亦可 (no colours; so does NO_COLOR)")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="版本 (print the version)", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """政府通知问答：答案完整、逐字引用、离线运行。 Complete, cited answers over official notices, offline."""
    from assistant import paint

    if no_color:
        paint.switch_off()
    if ctx.invoked_subcommand is None:
        from assistant.welcome import print_welcome

        print_welcome()


@app.command()
def index(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹 (files and folders)")],
    store: StoreToChange,
    prune: Annotated[bool, typer.Option("--prune", help="删除源文件已不存在的通知 (remove what has vanished)")] = False,
    model: Model = None,
    dimensions: Dimensions = None,
    batch_size: BatchSize = None,
    as_json: Json = False,
) -> None:
    """读入通知并建立索引，可重复运行 (read notices into a store; idempotent)."""
    from assistant import as_json as shapes
    from assistant.answer.view import view_of
    from corpus.reading import find_files, read_files
    from index.folder import enter, look
    from index.opening import is_folder, open_store

    encoder = _encoder(model, dimensions, batch_size)
    files = _found(find_files(paths), paths)
    seen = look(paths[0]) if len(paths) == 1 and paths[0].is_dir() else None
    read = []
    with typer.progressbar(
        length=len(files), label="读取 reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for file in read_files(files):
            read.append(file)
            bar.update(1)
    held = open_store(store, encoder)
    if sys.stderr.isatty():
        message("建立索引 building the indexes …")
    report = held.index(read, prune)
    if is_folder(store) and (report.indexed or report.removed):
        view_of(held)  # what answering needs is made now, not when somebody asks
    if seen is not None and held.exists:
        enter(held.folder, paths[0], seen, read, prune)
    for failure in report.failed:
        message(f"未读入 failed: {failure.source}: {failure.failure}")
    for note in report.notes:
        message(note)
    if as_json:
        print_json(shapes.report(report))
    else:
        print(
            f"已索引 indexed {report.indexed}，未变 unchanged {report.unchanged}，移除 removed {report.removed}，"
            f"失败 failed {len(report.failed)}；共 {report.passages} 段 passages → {store}"
        )
    if report.failed:
        raise typer.Exit(1)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="要查找的内容 (what to look for)")] = None,
    store: Store = None,
    k: Annotated[int, typer.Option("-k", help="返回条数 1…100 (number of hits)")] = 10,
    mode: Annotated[str, typer.Option("--mode", help="lexical | dense | hybrid")] = "hybrid",
    year: Year = None,
    region: Region = None,
    unit: Unit = None,
    batch: Batch = None,
    history: History = None,
    model: Model = None,
    reranker: RerankerName = None,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """检索段落 (search passages)."""
    from assistant import as_json as shapes
    from assistant.service import Assistant
    from assistant.terminal_hits import print_hits
    from assistant.types import Question
    from index.types import MODES, Mode

    if mode not in MODES:
        raise BadQuery(f"--mode must be one of {', '.join(MODES)}, not {mode!r}")
    checked: Mode = mode
    if not 1 <= k <= 100:
        raise BadQuery(f"-k must lie between 1 and 100, not {k}")
    filters = filters_of(year, region, unit)
    assistant = Assistant.open(location(store, model), encoder=model, reranker=reranker)

    def run(question: Question) -> shapes.Json:
        limits = (question.filters, question.history)
        found = assistant.search(question.text, k, checked, *limits, explain, question.without)
        return shapes.hit_list(found)

    if batch is not None:
        _print_batch(batch, run)
        return
    result = run(Question(_required(query), tuple(history or ()), filters))
    if as_json:
        print_json(result)
    else:
        print_hits(result)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="问题，中文或英文 (a question)")] = None,
    store: Store = None,
    year: Year = None,
    region: Region = None,
    history: History = None,
    lang: Annotated[str | None, typer.Option("--lang", help="zh | en")] = None,
    batch: Batch = None,
    model: Model = None,
    reranker: RerankerName = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    kind: Kind = None,
    export: Export = None,
    link_base: LinkBase = "",
    as_json: Json = False,
) -> None:
    """提问，答案逐条附原文出处 (ask; every claim is cited)."""
    from assistant import as_json as shapes
    from assistant.service import Assistant
    from assistant.terminal import print_answer
    from assistant.types import ASKABLE, Lang, Question
    from assistant.types import Kind as AnswerKind

    if lang not in (None, "zh", "en"):
        raise BadQuery(f"--lang must be zh or en, not {lang!r}")
    checked: Lang | None = "zh" if lang == "zh" else "en" if lang == "en" else None
    wanted: AnswerKind | None = next((known for known in ASKABLE if known == kind), None)
    if kind is not None and wanted is None:
        raise BadQuery(f"--kind must be one of {', '.join(ASKABLE)}, not {kind!r}")
    if export is not None:
        from assistant.exports import format_of

        format_of(export)  # a wrong name is said before anything is read
    filters = filters_of(year, region)
    if batch is None:
        _required(question)
    llm = language_model(llm_url, llm_model)
    assistant = Assistant.open(location(store, model), encoder=model, reranker=reranker, llm=llm)
    if batch is not None:
        if export is not None:
            raise BadQuery("--export writes one answer; leave out --batch, or use --json for many")
        _print_batch(batch, lambda q: shapes.answer(assistant.ask(q)))
        return
    asked = Question(_required(question), tuple(history or ()), filters, checked, wanted)
    answer = assistant.ask(asked)
    if export is not None:
        from assistant import exports
        from assistant.permalink import link_of, state_of

        link = link_of(asked, state_of(assistant.store))
        exports.write(export, exports.export(answer, exports.format_of(export), link_base, link))
        message(f"已写入 written {export}")
    if as_json:
        print_json(shapes.answer(answer))
    else:
        print_answer(answer)


@app.command("list")
def list_notices(store: Store = None, as_json: Json = False) -> None:
    """列出通知 (list the notices of a store)."""
    from assistant.service import Assistant

    notices = Assistant.open(location(store)).notices()
    if as_json:
        print_json({"notices": notices})
        return
    for notice in notices:
        warnings = f"  ⚠ {len(notice['warnings'])}" if notice["warnings"] else ""
        replaced = "  已废止 replaced" if notice["replaced_by"] else ""
        print(f"{notice['notice_id']}  {notice['year'] or '----'}  {notice['title']}{replaced}{warnings}")


@app.command()
def show(
    notice_id: Annotated[str, typer.Argument(help="通知编号，见 list (id of the notice)", autocompletion=notice_ids)],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """显示一份通知 (show one notice: text, sections, passages, facts)."""
    from assistant.service import Assistant
    from assistant.terminal import print_notice

    notice = Assistant.open(location(store)).notice(notice_id)
    if as_json:
        print_json(notice)
    else:
        print_notice(notice)


def _found(files: list[tuple[Path, str]], paths: list[Path]) -> list[tuple[Path, str]]:
    if not files:
        raise CorpusError(f"no files under {', '.join(map(str, paths))}; put the notices there (没有文件)")
    return files


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹 (files and folders)")],
    as_json: Json = False,
) -> None:
    """检查文件本身的问题，不建立索引 (what is wrong or unusual in the files; nothing is stored)."""
    from assistant.as_json import links
    from assistant.terminal import print_check
    from corpus import as_json as shapes
    from corpus.reading import find_files, read_files
    from index.links import links_among

    read = list(read_files(_found(find_files(paths), paths)))
    found, cards = links_among([notice for r in read for notice in r.notices])
    files = [
        {
            "source": r.source,
            "failure": r.failure,
            "notices": [{**shapes.outline(n), "links": links(n.notice_id, found, cards)} for n in r.notices],
        }
        for r in read
    ]
    if as_json:
        print_json({"files": files})
    else:
        print_check(files)
    if any(r.failure or any(n.findings for n in r.notices) for r in read):
        raise typer.Exit(1)


@app.command()
def remove(
    notice_id: Annotated[str, typer.Argument(help="通知编号 (id of the notice)", autocompletion=notice_ids)],
    store: StoreToChange,
    as_json: Json = False,
) -> None:
    """移除一份通知 (remove a notice; it is gone from every answer when this returns)."""
    from index.opening import open_store

    open_store(store).remove(notice_id)
    if as_json:
        print_json({"removed": notice_id})
    else:
        print(f"已移除 removed {notice_id}")


@app.command()
def rebuild(
    store: StoreToChange,
    model: Model = None,
    dimensions: Dimensions = None,
    batch_size: BatchSize = None,
) -> None:
    """用当前的分词与编码器重建索引 (rebuild the derived indexes from the catalog, with another encoder if one is named)."""
    from index.opening import open_store

    open_store(store, _encoder(model, dimensions, batch_size)).rebuild()
    print(f"已重建 rebuilt {store}")


app.command()(serve)


def _encoder(model: str | None, dimensions: int | None, batch_size: int | None) -> Encoder | None:
    """The encoder named, None for the one that the store remembers."""
    from index.encoder import open_encoder

    if model is None and (dimensions or batch_size):
        raise BadQuery("--dimensions and --batch-size go with --model; name the model, too (须同时给出 --model)")
    return open_encoder(model, dimensions, batch_size) if model else None


def _required(text: str | None) -> str:
    if text is None or not text.strip():
        raise BadQuery("the question is blank; type what you want to know (请输入问题)")
    return text


def _print_batch(batch: Path, run: object) -> None:
    import json

    from assistant.batch import run_batch

    failed = False
    for result in run_batch(batch, run):  # type: ignore[arg-type]
        failed |= "error" in result
        print(json.dumps(result, ensure_ascii=False))
    if failed:
        raise typer.Exit(1)


def main() -> None:
    """Entry point: errors that users can mend are one line on stderr and exit code 2."""
    from assistant.errors import AssistantError

    try:
        app()
    except (CorpusError, StoreError, AssistantError) as error:
        message(f"notices: {error}")
        sys.exit(2)
    except MemoryError:
        message("notices: 内存不足 (there is too little memory): raise the limit, or index fewer files at a time")
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except sqlite3.OperationalError as error:  # no room, no right, a disk that fails
        message(
            f"notices: 存储无法读写 (the store cannot be written: {error}); check the free space and its permissions"
        )
        sys.exit(2)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "free some space and run it again (磁盘已满)" if full else "name another folder with --store"
        message(f"notices: {error.filename or 'the store'} cannot be used ({error.strerror}); {advice}")
        sys.exit(2)


if __name__ == "__main__":
    main()
