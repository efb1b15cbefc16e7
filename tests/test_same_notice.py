"""The same notice as text, web page, Word document and PDF is one notice: the same tree, items, units and ids.

The web page is the text with a <p> for each paragraph; LibreOffice makes the Word document and the PDF of that page,
so paragraphs come back from what the formats hold of them: elements, runs, printed lines.
"""

import shutil
import subprocess
from html import escape
from pathlib import Path

import pytest

from corpus.reading import read_file, read_paths
from corpus.types import Notice, Section
from index.store import LocalStore
from tests.notices import DIGEST, check_invariants

FORMATS = ("html", "docx", "pdf")
FILTERS = {"docx": "MS Word 2007 XML", "pdf": "writer_pdf_Export"}
KEYS = ("000", "001", "002", "003", "004")
needs_office = pytest.mark.skipif(
    not shutil.which("soffice"), reason="needs LibreOffice: apt-get install libreoffice-writer fonts-noto-cjk"
)


def page(text: str) -> str:
    """A notice as a simple web page; blank lines only set paragraphs apart."""
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>通知</title></head>'
        f"<body>\n{paragraphs}\n</body></html>\n"
    )


def convert(sources: list[Path], folder: Path) -> None:
    """Put every text into ``folder`` in all formats. LibreOffice converts all files in one go, once for each format."""
    folder.mkdir()
    pages = []
    for source in sources:
        shutil.copy(source, folder / source.name)
        pages.append(folder / f"{source.stem}.html")
        pages[-1].write_text(page(source.read_text(encoding="utf-8")), encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for made in FILTERS.items():
        command = ["soffice", profile, "--headless", "--infilter=HTML (StarWriter)", "--convert-to", ":".join(made)]
        subprocess.run(
            [*command, "--outdir", str(folder), *map(str, pages)], check=True, capture_output=True, timeout=120
        )


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digest edition in all formats."""
    folder = tmp_path_factory.mktemp("same") / "digest"
    convert(sorted(DIGEST.glob("*.txt")), folder)
    return folder


@pytest.fixture(scope="module")
def verbatim(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five notices themselves in all formats."""
    folder = tmp_path_factory.mktemp("same") / "verbatim"
    convert(sorted((shared / "notices").glob("*.txt")), folder)
    return folder


def notices(path: Path) -> tuple[Notice, ...]:
    file = read_file(path, path.name)
    assert file.failure is None
    for notice in file.notices:
        check_invariants(notice)
    return file.notices


def plain(words: str | None) -> str | None:
    """Words without blanks: formats differ in indents, widened names and line breaks."""
    return words and "".join(words.split())


def tree(sections: tuple[Section, ...]) -> list[tuple[object, ...]]:
    return [(s.level, s.number, plain(s.printed_number), plain(s.heading), tree(s.children)) for s in sections]


def passages(notice: Notice) -> list[tuple[object, ...]]:
    """Every passage with its id, its words, the headings above it and its units."""
    return [
        (
            p.passage_id,
            p.kind,
            p.number,
            plain(p.printed_number),
            plain(p.text),
            [plain(heading) for heading in p.section_path],
            [(plain(u.name), u.canonical, u.level, u.place, u.role) for u in p.units],
        )
        for p in notice.passages
    ]


def facts(notice: Notice) -> list[tuple[object, ...]]:
    return [(f.kind, f.value, plain(f.quote), f.passage_id) for f in notice.facts]


def same(folder: Path, key: str, form: str) -> None:
    """Assert that a notice in another format is what its text is."""
    [source] = folder.glob(f"{key}*.txt")
    from_text, from_form = notices(source), notices(source.with_suffix(f".{form}"))
    assert [n.notice_id for n in from_form] == [n.notice_id for n in from_text]
    for a, b in zip(from_text, from_form, strict=True):
        assert b.header == a.header
        assert tree(b.sections) == tree(a.sections)
        assert passages(b) == passages(a)
        assert facts(b) == facts(a)
        assert [(f.code, f.message) for f in b.findings] == [(f.code, f.message) for f in a.findings]


@needs_office
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("key", KEYS)
def test_a_notice_is_the_same_in_every_format(digest: Path, key: str, form: str) -> None:
    same(digest, key, form)


@needs_office
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("key", KEYS)
def test_a_verbatim_notice_is_the_same_in_every_format(verbatim: Path, key: str, form: str) -> None:
    same(verbatim, key, form)


@needs_office
def test_four_files_are_one_notice_of_a_store(digest: Path, tmp_path: Path) -> None:
    files = sorted(path for path in digest.glob("001*") if path.is_file())
    assert len(files) == 1 + len(FORMATS)
    store = LocalStore(tmp_path / "store")
    report = store.index(read_paths(files))
    assert len(store.cards()) == 1
    assert sum("the same notice as" in note for note in report.notes) == len(FORMATS)
    store.index(read_paths(files[:1]))
    assert len(store.cards()) == 1


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("indent", "end"), [("\u3000\u3000", "\n"), ("", " \r\n"), ("  ", "\n\n"), ("\xa0", "\r")])
def test_indents_and_line_ends_do_not_count(key: str, indent: str, end: str, tmp_path: Path) -> None:
    [source] = DIGEST.glob(f"{key}*.txt")
    lines = source.read_text(encoding="utf-8").split("\n")
    path = tmp_path / source.name
    path.write_bytes("".join(f"{indent}{line.strip()}{end}" for line in lines).encode())
    [*a], [*b] = notices(source), notices(path)
    assert list(map(passages, b)) == list(map(passages, a))
    assert [tree(n.sections) for n in b] == [tree(n.sections) for n in a]


@pytest.mark.parametrize("key", KEYS)
def test_there_is_something_to_compare(key: str) -> None:
    """Equality of empty lists would prove nothing."""
    [source] = DIGEST.glob(f"{key}*.txt")
    read = notices(source)
    assert any(p.units for n in read for p in n.passages)
    assert any(p.kind == "item" for n in read for p in n.passages) or len(read) > 1
    assert any(n.sections for n in read) or len(read) > 1
