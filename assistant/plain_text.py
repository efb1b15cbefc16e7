"""An answer as plain text with its sources below it, for surfaces that show no more than text."""

from __future__ import annotations

from assistant.types import Answer

_SOURCES = {"zh": "出处：", "en": "Sources:"}


def sources(answer: Answer, base: str = "") -> str:
    """What the marks of an answer stand for, a line each; empty where there are none.

    :param base: what stands before the links, ``http://host:port``
    """
    lines = [
        " ".join(filter(None, (f"[{c.number}]", f"《{c.notice_title}》", c.document_number, base + c.url)))
        for c in answer.citations
    ]
    return "\n".join([_SOURCES[answer.lang], *lines]) if lines else ""
