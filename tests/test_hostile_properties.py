"""Whatever bytes a reader gets, whatever words a query has: a result or one clear error; and no pickle is ever loaded."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from assistant.sample import sample_store
from assistant.service import Assistant
from assistant.types import Question
from corpus.errors import UnreadableFile
from corpus.parse import parse
from corpus.readers.dispatch import read
from index.errors import BadQuery, StoreError
from index.milvus.expressions import literal
from index.store import LocalStore
from tests.library_files import as_docx, new_store, notice
from tests.test_readers_hostile import printed

BOUNDED = settings(
    max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)  # fmt: skip
TEXT = notice(1, "质量提升")


def workbook() -> bytes:
    from openpyxl import Workbook

    book, content = Workbook(), io.BytesIO()
    for row in (("序号", "活动内容", "责任单位"), (1, "开展检查", "市公安局"), (2, "开展宣传", "市教育局")):
        book.active.append(row)
    book.save(content)
    return content.getvalue()


SEEDS: dict[str, Callable[[], bytes]] = {
    "text": TEXT.encode, "gb18030": lambda: TEXT.encode("gb18030"), "utf16": lambda: TEXT.encode("utf-16"),
    "html": lambda: ("<html><body>" + "".join(f"<p>{line}</p>" for line in TEXT.splitlines()) + "</body></html>").encode(),
    "markdown": lambda: ("# " + TEXT).encode(), "csv": lambda: b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n",
    "docx": lambda: as_docx(TEXT), "xlsx": workbook, "pdf": lambda: printed(1).bytes(),
}  # fmt: skip
seed = cache(lambda kind: SEEDS[kind]())


def is_read_or_refused(data: bytes) -> None:
    """What :func:`corpus.reading.read_file` relies on, in this process, so that a mistake shows with its traceback."""
    try:
        notices = parse(read(data, "file"), "file")
    except UnreadableFile:
        return
    for one in notices:
        one.text.encode("utf-8")
        for passage in one.passages:
            assert one.text[passage.start : passage.end] == passage.text


@given(st.binary(max_size=2000))
@BOUNDED
def test_arbitrary_bytes(data: bytes) -> None:
    is_read_or_refused(data)


@pytest.mark.parametrize("kind", list(SEEDS))
@given(chance=st.randoms(use_true_random=False), share=st.sampled_from([1, 3, 30]))
@settings(BOUNDED, max_examples=12)
def test_mutated_files(kind: str, chance: Random, share: int) -> None:
    data = bytearray(seed(kind))
    for _ in range(share):
        at = chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[at] = chance.randrange(256)
        elif what == 1:
            del data[at : at + chance.randrange(1, 40)]
        elif what == 2:
            data[at:at] = data[at : at + 200] * chance.randrange(1, 5)
        else:
            data[at:at] = chance.randbytes(8)
        if not data:
            break
    is_read_or_refused(bytes(data))


WORDS = st.text(max_size=60) | st.lists(
    st.sampled_from(["哪些", "单位", "负责", "2022年", "“", "”", "除", "外", "市场监管局", "截止", "什么时候", " ", "how many", "\u202e", "１", "第", "？"]), max_size=20
).map("".join)  # fmt: skip


@cache
def assistant() -> Assistant:
    return Assistant.open(sample_store())


@given(question=WORDS, history=st.lists(WORDS, max_size=2))
@BOUNDED
def test_whatever_is_asked(question: str, history: list[str]) -> None:
    try:
        answer = assistant().ask(Question(question, tuple(history)))
        found = assistant().search(question, 5)
    except BadQuery:
        event("refused")
        return
    assert answer.abstained == (answer.reason is not None)
    assert len(found.hits) <= 5


@given(st.text(max_size=40))
@settings(BOUNDED, max_examples=300)
def test_no_text_ends_a_literal(value: str) -> None:
    inside = literal(value)[1:-1]
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")
    assert not inside.replace("\\\\", "").endswith("\\")


class Trap:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    """A pickle in the place of each file of a store and of a model folder, and object arrays in npz: none is loaded."""
    mark = tmp_path / "mark"
    trap = pickle.dumps(Trap(mark))
    arrays = io.BytesIO()
    np.savez(arrays, a=np.array([Trap(mark)], dtype=object))
    original = new_store(tmp_path)
    Assistant.open(original).ask(Question("哪些单位负责电梯安全"))
    assert list(original.glob("answers/*")), "what answering needs is there, too"
    tried = 0
    for number, path in enumerate(sorted(p for p in original.rglob("*") if p.is_file())):
        for content in (trap, arrays.getvalue()):
            store = tmp_path / f"copy{number}"
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(original, store)
            (store / path.relative_to(original)).write_bytes(content)
            tried += 1
            try:
                held = LocalStore(store)
                held.search("电梯安全")
                Assistant(held).ask(Question("哪些单位负责电梯安全"))
            except (StoreError, OSError, ValueError):
                pass  # refused
            assert not mark.exists(), path
    assert tried > 10
    for name in ("model.safetensors", "tokenizer.json"):
        from index.encoder import StaticEncoder

        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_bytes(trap)
        with pytest.raises((StoreError, OSError, ValueError)):
            StaticEncoder(folder).encode_queries(["检查"])
        assert not mark.exists()
    for content in (trap, arrays.getvalue()):
        with pytest.raises(UnreadableFile):
            read(content, "notice.npz")
    assert not mark.exists()
    pickle.loads(trap)
    assert mark.exists(), "the trap works"
