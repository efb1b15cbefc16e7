"""A citation names its page where the file has pages."""

from __future__ import annotations

from pathlib import Path

from assistant.answer.citing import citation
from corpus.parse import parse
from corpus.readers.types import Extract
from corpus.reading import ReadFile
from index.store import LocalStore

TEXT = (
    "某市人民政府关于开展活动的通知\n某政发〔2024〕5号\n各区人民政府：\n现将有关事项通知如下，请认真贯彻执行。\n"
    "一、开展电梯安全检查。（责任单位：市市场监管局）\n二、开展消防演练。（责任单位：市应急局）\n"
)


def pages(tmp_path: Path, starts: tuple[int, ...]) -> dict[str, int | None]:
    """The page of each item's citation, by printed number."""
    store = LocalStore(tmp_path / "store")
    store.index([ReadFile("a.pdf", tuple(parse(Extract(TEXT, pages=starts), "a.pdf")))])
    hits = [stored for stored in store.passages() if stored.passage.kind == "item"]
    return {
        hit.passage.printed_number or "": citation(store, hit, hit.passage.start, hit.passage.end, 1).page
        for hit in hits
    }


def test_page_of_a_citation(tmp_path: Path) -> None:
    assert pages(tmp_path, (0, TEXT.index("二、"))) == {"一、": 1, "二、": 2}


def test_no_page_where_the_format_has_none(tmp_path: Path) -> None:
    assert pages(tmp_path, ()) == {"一、": None, "二、": None}
