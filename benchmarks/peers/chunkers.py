"""Peers' splitters on text files: one JSON line a chunk, with the chunker's name, the file, the chunk's text.

    python chunkers.py FILE…          (in the environment of requirements-chunkers.txt; nothing of our own package)

The first line names the versions. A chunker that cannot run here gives one line with its error.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

CHINESE = ["\n\n", "\n", "。", "！", "？", "；", "，", ""]
Split = Callable[[str], list[str]]


def langchain(**options: object) -> Split:
    """RecursiveCharacterTextSplitter."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(**options).split_text


def llamaindex(**options: object) -> Split:
    """SentenceSplitter."""
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(**options).split_text


def haystack(**options: object) -> Split:
    """DocumentSplitter."""
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter

    splitter = DocumentSplitter(**options)
    splitter.warm_up()
    return lambda text: [d.content for d in splitter.run([Document(content=text)])["documents"]]


def sentences(text: str) -> list[str]:
    """Chinese sentences and lines, with what ends them."""
    return re.findall(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+", text)


CHUNKERS: dict[str, Callable[[], Split]] = {
    "LangChain RecursiveCharacterTextSplitter (4000/200, its defaults)": langchain,
    "LangChain RecursiveCharacterTextSplitter (500/50)": lambda: langchain(chunk_size=500, chunk_overlap=50),
    "LangChain RecursiveCharacterTextSplitter (500/50, Chinese separators)": lambda: langchain(
        chunk_size=500, chunk_overlap=50, separators=CHINESE, keep_separator="end"
    ),
    "LangChain RecursiveCharacterTextSplitter (100/0, Chinese separators)": lambda: langchain(
        chunk_size=100, chunk_overlap=0, separators=CHINESE, keep_separator="end"
    ),
    "LlamaIndex SentenceSplitter (1024/200 tokens, its defaults)": llamaindex,
    "LlamaIndex SentenceSplitter (256/0 tokens)": lambda: llamaindex(chunk_size=256, chunk_overlap=0),
    "Haystack DocumentSplitter (200 words, its defaults)": haystack,
    "Haystack DocumentSplitter (by sentence)": lambda: haystack(split_by="sentence", split_length=1),
    "Haystack DocumentSplitter (by line)": lambda: haystack(split_by="line", split_length=1),
    "Haystack DocumentSplitter (by Chinese sentence, own function)": lambda: haystack(
        split_by="function", splitting_function=sentences
    ),
}
PACKAGES = ("langchain-text-splitters", "llama-index-core", "haystack-ai")


def chunks(files: list[Path]) -> Iterator[dict[str, object]]:
    """Every chunker's chunks of every file."""
    for name, make in CHUNKERS.items():
        try:
            split = make()
            for file in files:
                for text in split(file.read_text(encoding="utf-8")):
                    yield {"chunker": name, "file": file.name, "text": text}
        except Exception as error:  # whatever a library raises without a network is the finding
            yield {"chunker": name, "error": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}


def main() -> None:
    """Print the versions and all chunks."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    print(json.dumps({"versions": {name: version(name) for name in PACKAGES}}))
    for chunk in chunks([Path(name) for name in sys.argv[1:]]):
        print(json.dumps(chunk, ensure_ascii=False))


if __name__ == "__main__":
    main()
