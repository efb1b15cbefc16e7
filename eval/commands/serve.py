"""`notices-eval serve`: the assistant's page and API, with reports and labelling under /eval/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.options import Model, RerankerName, Store, message


def serve(
    store: Store = None,
    model: Model = None,
    reranker: RerankerName = None,
    session: Annotated[list[Path] | None, typer.Option("--session", help="标注任务文件，可重复 (labelling session; repeatable)")] = None,
    reports: Annotated[Path | None, typer.Option("--reports", help="报告所在文件夹 (folder of reports)")] = None,
    host: Annotated[str, typer.Option("--host", help="监听地址 (address)")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="端口 (port)", min=0, max=65535)] = 8000,
) -> None:  # fmt: skip
    """启动网页与接口，另加报告与标注页 (serve page and API, with reports and labelling under /eval/)."""
    from assistant.sample import sample_store
    from assistant.service import Assistant
    from assistant.web.server import Server, check_address
    from eval.errors import BadOption
    from eval.labelling.session import Session
    from eval.web.app import create_app

    if reports is not None and not reports.is_dir():
        raise BadOption(f"no folder {reports}; make it, or name the folder that holds the reports")
    opened = {path.stem: Session(path) for path in session or ()}
    if len(opened) < len(session or ()):
        raise BadOption("two sessions have the same name; rename one of the files")
    assistant = Assistant.open(store or sample_store(model), encoder=model, reranker=reranker)
    check_address(host, port)
    assistant.store.warm()
    message(f"评测 evaluation http://{host}:{port}/eval/    网页 page http://{host}:{port}/")
    Server(create_app(assistant, opened, reports), host, port).run()
