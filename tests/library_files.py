"""Notices to upload: one text in several forms, and files that are none."""

from __future__ import annotations

import io
from pathlib import Path


def notice(serial: int, topic: str, year: int = 2024) -> str:
    """A short notice with two items; its id comes from the number."""
    return f"""滨河市质量工作办公室文件
滨质办〔{year}〕{serial}号
关于开展{year}年{topic}活动的通知
各有关单位：
现就开展{topic}活动有关事项通知如下。
一、主要活动
1、开展{topic}宣传进社区活动。（市市场监管委）
2、组织{topic}专项检查。（市公安局、市消防救援总队）
滨河市质量工作办公室
{year}年3月5日
（此件主动公开）
"""


def as_docx(text: str) -> bytes:
    """A text as a Word file, a paragraph a line."""
    from docx import Document

    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def new_store(folder: Path, *texts: str) -> Path:
    """A store with notices whose files are not kept there."""
    from corpus.reading import read_paths
    from index.store import LocalStore

    source = folder / "indexed"
    source.mkdir()
    for number, text in enumerate(texts or (notice(1, "电梯安全"),)):
        (source / f"{number}.txt").write_text(text, encoding="utf-8")
    LocalStore(folder / "store").index(read_paths([source]))
    return folder / "store"


BROKEN_PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nnothing more"
ARCHIVE = b"7z\xbc\xaf\x27\x1c" + bytes(100)
