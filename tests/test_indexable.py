"""What is read in bulk for the indexes is what one gets passage by passage."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from corpus.parse import parse
from corpus.reading import ReadFile, read_paths
from eval.bench.generator import generate
from index.catalog import Catalog
from index.filters import passage_terms
from index.indexable import plain, whole_text
from index.store import LocalStore
from tests.conftest import ROOT


def test_what_is_read_in_bulk_is_what_passages_say(tmp_path: Path) -> None:
    made = [ReadFile(m.name, tuple(parse(m.text, m.name))) for m in generate(300, 7)]
    LocalStore(tmp_path / "store").index([*read_paths([ROOT / "corpus" / "notices"]), *made])
    with closing(Catalog(tmp_path / "store" / "catalog.sqlite")) as catalog:
        stored = list(catalog.stored())
        read = list(catalog.indexable(0, catalog.rows))
        assert list(catalog.indexable(5, 9)) == read[5:9]
    assert len(stored) > 400
    assert any(s.passage.units for s in stored)
    for one, passage in zip(stored, read, strict=True):
        headings = (one.notice.title, *one.passage.section_path)
        assert passage.row == one.row
        assert f"{passage.head} {passage.text}" == " ".join([*headings, one.passage.text]) == whole_text(one)
        assert passage.plain == "\n".join(plain(part) for part in (*headings, one.passage.text))
        assert passage.terms == passage_terms(one.passage, one.notice)
