"""What an upload may hold: several files as a form, or texts as JSON; what is refused before a reader sees it."""

from __future__ import annotations

import io
import re
from typing import BinaryIO

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from assistant.errors import BadRequest
from assistant.library.errors import NotAccepted
from assistant.library.library import Library
from assistant.library.names import clean
from assistant.library.types import Incoming
from assistant.web.bodies import Label
from corpus.errors import UnreadableFile
from corpus.readers.sniff import sniff
from corpus.readers.text import MAX_BYTES

MAX_FILES = 100
MAX_UPLOAD = 256 * 1024 * 1024  # bytes of one request
_HEAD = 20_000  # bytes that tell the kind of a file
_ZIP = b"PK\x03\x04"  # only its reader, in a process that can be killed, looks into it
FORM, JSON = "multipart/form-data", "application/json"
_EMPTY = "空文件 (the file is empty); put the notice's text into it"
_TOO_LARGE = f"超过 {MAX_BYTES >> 20} MB (larger than {MAX_BYTES >> 20} MB); split the file and send the parts"
_NO_FILE = "没有文件 (there is no file in this request); curl -F file=@通知.docx, or JSON as /docs shows"
_KIND = f"请用 {FORM} 或 {JSON} (send files as {FORM}, such as curl -F file=@notice.docx, or texts as {JSON})"


class TextBody(BaseModel):
    """A notice as text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Label = Field(description="under which it is listed, as a file's name", examples=["市场监管通知.txt"])
    text: str = Field(
        min_length=1,
        max_length=MAX_BYTES,
        json_schema_extra={"pattern": r"\S"},
        examples=["关于开展质量月活动的通知\n…"],
    )


class UploadBody(BaseModel):
    """Notices as texts."""

    model_config = ConfigDict(extra="forbid", strict=True)

    files: list[TextBody] = Field(min_length=1, max_length=MAX_FILES)


async def received(request: Request, library: Library) -> list[Incoming]:
    """The files of an upload, kept on disk; those that no reader would take carry the reason.

    :raises NotAccepted: none of them can be taken, or the request is of another kind
    :raises BadRequest: the request holds no file or cannot be read
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        body = _body(await request.body())
        files = [
            await _received(library, text.name, io.BytesIO(text.text.encode("utf-8", "replace")))
            for text in body.files
        ]  # fmt: skip
    elif kind == FORM:
        files = await _of_form(request, library)
    else:
        raise NotAccepted(_KIND, 415)
    if not files:
        raise BadRequest(_NO_FILE)
    refused = [status for _, status in files if status]
    if len(refused) == len(files):
        raise NotAccepted("；".join(f"{file.name}: {file.failure}" for file, _ in files)[:2000], refused[0])
    return [file for file, _ in files]


def _body(content: bytes) -> UploadBody:
    try:
        return UploadBody.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:100]
        raise BadRequest(
            f"请求体有误 (invalid body): {place}: {first['msg'][:200]}; /docs shows what is expected"
        ) from None


async def _of_form(request: Request, library: Library) -> list[tuple[Incoming, int]]:
    try:
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FILES) as form:
            parts = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
            return [await _received(library, _decoded(part.filename or ""), part.file) for part in parts]
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise BadRequest(f"表单无法读取 (the form cannot be read): {error.detail}; {_NO_FILE}") from None


async def _received(library: Library, name: str, content: BinaryIO) -> tuple[Incoming, int]:
    """A file with the status of the reason why it is refused, 0 where it is taken."""
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    head = content.read(_HEAD)
    content.seek(0)
    reason, status = _refused(head, size)
    if status:
        return Incoming(clean(name), size, failure=reason), status
    return await run_in_threadpool(library.receive, name, content), 0


def _refused(head: bytes, size: int) -> tuple[str, int]:
    if size > MAX_BYTES:
        return _TOO_LARGE, 413
    if not head.strip():
        return (_EMPTY, 422) if size <= _HEAD else ("", 0)
    if not head.startswith(_ZIP):
        try:
            sniff(head)
        except UnreadableFile as error:
            return str(error), 415
    return "", 0


def _decoded(name: str) -> str:
    """A file's name; some clients send it percent-encoded."""
    from urllib.parse import unquote

    return unquote(name) if re.search(r"%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}", name) else name
