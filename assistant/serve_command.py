"""`notices serve`."""

from __future__ import annotations

import ipaddress
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.options import LlmModel, LlmUrl, Model, RerankerName, Store, language_model, location, message

if TYPE_CHECKING:
    from assistant.access.guard import Guard
    from assistant.service import Assistant
    from assistant.web.workers import Part
    from index.opening import Location

_Watch = Annotated[
    Path | None,
    typer.Option(
        "--watch", metavar="DIR",
        help="使存储与此文件夹保持一致：新增、修改、删除的文件随时生效 "
        "(keep the store in step with a folder: new, changed and removed files count within seconds)",
    ),
]  # fmt: skip
_Public = Annotated[
    bool, typer.Option("--public", help="只提供主动公开的通知，且不可修改 (only notices marked 主动公开; nothing can be changed)")
]  # fmt: skip
_ReadOnly = Annotated[
    bool, typer.Option("--read-only", help="不可上传、移除或修改 (nothing can be added, removed or changed over HTTP)")
]  # fmt: skip
_Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="密钥文件；省略则在存储目录中 (file of the API keys; default: in the store)"),
]  # fmt: skip
_Policy = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="各角色可见的公开属性，JSON (which disclosure labels each role sees)"),
]  # fmt: skip
_TrustProxy = Annotated[
    list[str] | None,
    typer.Option(
        "--trust-proxy", metavar="ADDRESS",
        help="可信代理的地址或网段，由其以 X-Forwarded-User 告知用户；可重复 (proxies that name the user, for single sign-on)",
    ),
]  # fmt: skip
_Audit = Annotated[
    Path | None, typer.Option("--audit", metavar="FILE", help="审计日志：谁、何时、做了什么 (audit log, JSON lines)")
]
_AuditQuestions = Annotated[
    bool, typer.Option("--audit-questions", help="审计日志记下问题原文，默认只记长度 (write questions down, too)")
]
_Rate = Annotated[
    int | None,
    typer.Option(
        "--rate-limit", metavar="N", min=1,
        help="每个密钥或地址每分钟的请求数 (requests a minute for each key or address)",
    ),
]  # fmt: skip
_AllowOrigin = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin", metavar="ORIGIN",
        help="可嵌入检索组件的网站，如 https://oa.example.cn；可重复，默认不许 (sites whose pages may call the API)",
    ),
]  # fmt: skip

_HostName = Annotated[
    list[str] | None,
    typer.Option(
        "--host-name", metavar="NAME",
        help="本服务的域名，经域名使用 /mcp 时须给出；可重复 (a name of this service, by which /mcp may be reached)",
    ),
]  # fmt: skip
_Reports = Annotated[
    Path | None,
    typer.Option(
        "--reports", metavar="DIR", exists=True, file_okay=False,
        help="评测报告所在文件夹；默认为存储目录下的 reports (folder of evaluation reports; default: reports in the store)",
    ),
]  # fmt: skip

_AtOnce = Annotated[
    int,
    typer.Option("--at-once", metavar="N", min=1, help="同时处理的请求数上限，超出者得 429 (requests under way; more get 429)"),
]  # fmt: skip
_JsonLogs = Annotated[bool, typer.Option("--json-logs", help="日志为 JSON 行，每个请求一行 (logs as JSON lines)")]


_Workers = Annotated[
    int,
    typer.Option(
        "--workers", metavar="N", min=1, max=64,
        help="回答问题的进程数，每个约占一个处理器核 (processes that answer, about one for each core)",
    ),
]  # fmt: skip
_NoCache = Annotated[bool, typer.Option("--no-cache", help="不保留响应，用于测速 (keep no responses: for measuring)")]
_NoPage = Annotated[bool, typer.Option("--no-page", help="只提供接口，不启动问答页 (the API without the page)")]


def serve(
    store: Store = None,
    host: Annotated[str, typer.Option("--host", help="监听地址 (address)")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="端口 (port)", min=0, max=65535)] = 8000,
    watch: _Watch = None,
    public: _Public = False,
    read_only: _ReadOnly = False,
    keys: _Keys = None,
    policy: _Policy = None,
    trust_proxy: _TrustProxy = None,
    audit: _Audit = None,
    audit_questions: _AuditQuestions = False,
    rate_limit: _Rate = None,
    at_once: _AtOnce = 64,
    json_logs: _JsonLogs = False,
    workers: _Workers = 1,
    no_cache: _NoCache = False,
    no_page: _NoPage = False,
    allow_origin: _AllowOrigin = None,
    host_name: _HostName = None,
    reports: _Reports = None,
    model: Model = None,
    reranker: RerankerName = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
) -> None:
    """启动网页与接口 (serve the page and the API)."""
    from assistant.errors import BadRequest
    from assistant.service import Assistant
    from assistant.web.cross_origin import checked
    from assistant.web.server import check_address
    from assistant.web.server import serve as run_server
    from assistant.web.settings import WebSettings
    from assistant.web.workers import supervise

    if json_logs:
        from assistant.web.measured import log_json

        log_json()
    llm = language_model(llm_url, llm_model)
    origins = checked(allow_origin)
    if watch is not None:
        from assistant.watching import prepare_store

        prepare_store(store, watch, model)
    place = location(store, model)
    if workers > 1 and rate_limit is not None:
        raise BadRequest("--rate-limit counts in one process; leave out --workers (限速时只能用一个进程)")
    settings = WebSettings(
        read_only=public or read_only,
        origins=origins,
        hosts=tuple(host_name or ()),
        reports=reports,
        rate=rate_limit,
        at_once=at_once,
        cache=not no_cache,
    )

    def work(part: Part | None) -> None:
        guard = _guard(place, public, keys, policy, trust_proxy, audit, audit_questions)
        assistant = Assistant.open(place, encoder=model, reranker=reranker, llm=llm, guard=guard)
        first = part is None or part.number == 0
        if part is None:
            check_address(host, port)
        assistant.store.warm()
        if first:
            _say_where(host, port, guard, not no_page)
        with _following(assistant, watch) if watch is not None and first else nullcontext():
            run_server(assistant, host, port, not no_page, settings, part)

    if workers == 1:
        work(None)
    else:
        supervise(host, port, workers, work)


def _following(assistant: Assistant, watch: Path) -> AbstractContextManager[None]:
    from assistant.watching import watching

    return watching(assistant, watch)


def _say_where(host: str, port: int, guard: Guard, page: bool) -> None:
    where = f"网页 page http://{host}:{port}/    " if page else ""
    message(f"{where}接口 API http://{host}:{port}/docs")
    if not guard.on and not _is_loopback(host):
        message(
            f"警告：{host} 上任何人都可查看、上传、删除全部通知。请用 notices keys add 建立密钥，或加 --public\n"
            f"WARNING: anybody who reaches {host} can read, add and remove every notice; "
            "make keys with `notices keys add`, or serve with --public"
        )


def _guard(
    place: Location, public: bool, keys: Path | None, policy: Path | None,
    trust_proxy: list[str] | None, audit: Path | None, audit_questions: bool,
) -> Guard:  # fmt: skip
    from assistant.access.audit import AuditLog
    from assistant.access.guard import Guard
    from assistant.access.keys import KeyRing
    from assistant.access.policy import Policy, read_policy
    from assistant.access.proxy import TrustedProxies
    from assistant.keys_commands import KEYS_FILE
    from index.opening import is_folder

    if keys is None and is_folder(place):
        keys = Path(place) / KEYS_FILE
    return Guard(
        keys=KeyRing(keys) if keys else None,
        policy=read_policy(policy) if policy else Policy(),
        proxies=TrustedProxies.read(trust_proxy or []),
        audit=AuditLog(audit, audit_questions) if audit else None,
        public_only=public,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
