"""`notices mcp`: the Model Context Protocol over stdin and stdout, for programs that start it themselves."""

from __future__ import annotations

import typer

from assistant.options import LinkBase, Model, RerankerName, Store, location

app = typer.Typer(rich_markup_mode=None)


@app.command()
def mcp(
    store: Store = None,
    model: Model = None,
    reranker: RerankerName = None,
    link_base: LinkBase = "",
) -> None:
    """以 MCP 协议供其他程序调用（标准输入输出） (serve the Model Context Protocol over stdio; programs start it)."""
    from assistant.service import Assistant
    from assistant.web.mcp_server import NoticeServer
    from assistant.web.mcp_server import link_base as links

    assistant = Assistant.open(location(store, model), encoder=model, reranker=reranker)
    assistant.store.warm()
    links.set(link_base.rstrip("/"))
    NoticeServer(assistant).run("stdio")
