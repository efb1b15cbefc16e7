"""Files that want to hang, exhaust or crash the reader: each gets a clear reason in seconds, and the rest is read."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from corpus.parse import parse
from corpus.readers.worker import Limits, read_in_workers
from corpus.readers.worker_alive import still_working
from corpus.readers.worker_wire import BadFrame, Frames, decode, encode, frame
from corpus.reading import ReadFile, read_files, read_paths
from corpus.types import Finding
from tests.pdfs import Pdf, paragraph, text

ROOT = Path(__file__).resolve().parent.parent
GOOD = "关于开展检查的通知\n各区市场监管局：\n一、请认真检查。（责任单位：区市场监管局）\n"
SECONDS = 60  # for a folder on a busy machine; on a quiet one each file takes well under a second, the longest line six


# Readers that go wrong, run in real workers.


def well(path: Path, source: str) -> ReadFile:
    return ReadFile(source, ())


def hangs(path: Path, source: str) -> ReadFile:
    if path.name.startswith("bad"):
        child = subprocess.Popen(["sleep", "600"])
        Path(f"{path}.pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    return ReadFile(source, ())


def hangs_in_a_library(path: Path, source: str) -> ReadFile:
    """Holding Python's lock, so that no thread and no signal handler of the worker runs."""
    Path(f"{path}.pids").write_text(f"{os.getpid()}")
    ctypes.PyDLL(None).sleep(600)
    return ReadFile(source, ())


def eats_memory(path: Path, source: str) -> ReadFile:
    if path.name.startswith("bad"):
        held = []
        while True:
            held.append(bytearray(50 << 20))
    return ReadFile(source, ())


def aborts(path: Path, source: str) -> ReadFile:
    if path.name.startswith("bad"):
        os.abort()
    return ReadFile(source, ())


def raises(path: Path, source: str) -> ReadFile:
    if path.name.startswith("bad"):
        raise IndexError("list index out of range")
    return ReadFile(source, ())


def ended_from_outside(path: Path, source: str) -> ReadFile:
    """As where the parent's thread that started the worker has ended: once, then it works."""
    mark = Path(f"{path}.mark")
    if path.name.startswith("bad") and (path.name == "bad-always" or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(600)
    return ReadFile(source, ())


def slow_but_alive(path: Path, source: str) -> ReadFile:
    for _ in range(6):
        time.sleep(0.5)
        still_working()
    return ReadFile(source, ())


def prints(path: Path, source: str) -> ReadFile:
    print("a library's chatter")
    os.write(1, b"and a C library's\n")
    return ReadFile(source, ())


def failed(source: str, reason: str) -> ReadFile:
    return ReadFile(source, (), reason)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while any(map(alive, pids)):
        assert time.monotonic() < end, "a worker, or what it started, is still there"
        time.sleep(0.05)


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[Path, str]]:
    """Five files, the second and the fourth of them bad."""
    names = ["a", "bad-1", "c", "bad-2", "e"]
    for name in names:
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    return [(tmp_path / name, name) for name in names]


@pytest.mark.parametrize(
    ("reader", "limits", "reason"),
    [
        (hangs, Limits(seconds=1.5), "longer than 2 s"),
        (eats_memory, Limits(memory=600 << 20), "more than 0.6 GB of memory"),
        (aborts, Limits(), "SIGABRT"),
        (raises, Limits(), "IndexError: list index out of range"),
    ],
)
def test_a_bad_file_is_listed_and_the_others_are_read(
    files: list[tuple[Path, str]], reader: object, limits: Limits, reason: str
) -> None:
    start = time.monotonic()
    results = list(read_in_workers(files, reader, failed, limits=limits))  # type: ignore[arg-type]
    assert time.monotonic() - start < SECONDS
    assert [result.source for result in results] == ["a", "bad-1", "c", "bad-2", "e"]
    assert [result.failure is None for result in results] == [True, False, True, False, True]
    assert all(reason in result.failure for result in results if result.failure)


def test_what_a_killed_worker_started_is_killed_too(files: list[tuple[Path, str]]) -> None:
    list(read_in_workers(files[:2], hangs, failed, limits=Limits(seconds=1.5)))
    worker, child = map(int, Path(f"{files[1][0]}.pids").read_text().split())
    wait_until_gone([worker, child])


@pytest.mark.parametrize("reader", ["hangs", "hangs_in_a_library"])
def test_workers_die_with_their_parent(files: list[tuple[Path, str]], reader: str) -> None:
    bad = files[1][0]
    code = (
        "from pathlib import Path; from tests import test_readers_hostile as t; from corpus.readers.worker import *;"
        f"list(read_in_workers([(Path({str(bad)!r}), 'bad')], t.{reader}, t.failed))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    pids = Path(f"{bad}.pids")
    end = time.monotonic() + 30
    while not pids.exists() or not pids.read_text():
        assert parent.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    worker, *children = map(int, pids.read_text().split())
    try:
        parent.kill()
        parent.wait()
        wait_until_gone([worker])
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


def test_a_worker_that_somebody_else_ended_gets_one_more_try(tmp_path: Path) -> None:
    names = ["bad-once", "bad-always", "c"]
    results = list(read_in_workers([(tmp_path / name, name) for name in names], ended_from_outside, failed))
    assert [result.source for result in results] == names
    assert results[0].failure is None
    assert "SIGTERM" in (results[1].failure or "")
    assert results[2].failure is None


def test_a_sign_of_life_gives_time(files: list[tuple[Path, str]]) -> None:
    [result] = read_in_workers(files[:1], slow_but_alive, failed, limits=Limits(seconds=2))
    assert result.failure is None


def test_what_is_printed_is_no_answer(files: list[tuple[Path, str]]) -> None:
    assert [result.failure for result in read_in_workers(files, prints, failed)] == [None] * 5


def test_workers_end_when_nobody_wants_more(files: list[tuple[Path, str]]) -> None:
    results = read_in_workers(files, hangs, failed, limits=Limits(workers=2))
    assert next(results).source == "a"
    end = time.monotonic() + 30
    pids = Path(f"{files[1][0]}.pids")
    while not pids.exists() or not pids.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    results.close()  # type: ignore[attr-defined]
    wait_until_gone(list(map(int, pids.read_text().split())))


def test_workers_give_what_reading_here_gives(tmp_path: Path) -> None:
    source = sorted((ROOT / "corpus" / "notices").glob("*.txt"))
    files = [(path, path.name) for path in source]
    results = list(read_in_workers(files, read_one_text, failed))
    assert results == [read_one_text(*file) for file in files]
    assert all(result.notices for result in results)


def read_one_text(path: Path, source: str) -> ReadFile:
    return ReadFile(source, tuple(parse(path.read_text(encoding="utf-8"), source)))


@dataclass(frozen=True)
class Nested:
    inner: tuple["Nested", ...]
    names: tuple[str, int] | None
    share: float


def test_the_wire_keeps_values_and_refuses_others() -> None:
    value = Nested((Nested((), ("\ud800 lone", 7), 0.5),), None, 1.0)
    assert decode(encode(value), Nested) == value
    stream = frame(b"=", encode(value)) + frame(b".")
    frames = Frames()
    pieces = [list(frames.feed(stream[n : n + 7])) for n in range(0, len(stream), 7)]
    assert [kind for piece in pieces for kind, _ in piece] == [b"=", b"."]
    for wrong in (b"[]", b"[[],null]", b'[[],null,"1"]', b'[[],["a","b"],1.0]', b"{}", b"nonsense", b"[" * 100_000):
        with pytest.raises(BadFrame):
            decode(wrong, Nested)
    with pytest.raises(BadFrame):
        list(Frames().feed(b"cposix\nsystem\n"))
    assert decode(encode(Finding("a", "b", 1, 2)), Finding) == Finding("a", "b", 1, 2)


# Files, read as `notices index` reads them.


def read_folder(folder: Path) -> dict[str, ReadFile]:
    """What becomes of a folder's files. A good notice lies beside them, before and behind, and must be read."""
    for name in ("000 good.txt", "zzz good.txt"):
        (folder / name).write_text(GOOD, encoding="utf-8")
    start = time.monotonic()
    results = list(read_paths([folder]))
    assert time.monotonic() - start < SECONDS
    assert [result.source for result in results] == sorted(path.name for path in folder.iterdir())
    for result in results:
        if result.source.endswith("good.txt"):
            assert result.failure is None
            assert result.notices[0].header.title == "关于开展检查的通知"
    return {result.source: result for result in results if not result.source.endswith("good.txt")}


def is_clear(reason: str | None) -> bool:
    """One line that says what to do, and no traceback."""
    return reason is not None and "\n" not in reason and "Traceback" not in reason and len(reason) > 20


def docx(path: Path, document: bytes | None = None) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    archive.writestr(
        "[Content_Types].xml",
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>',
    )
    archive.writestr(
        "_rels/.rels",
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
    )
    if document is not None:
        archive.writestr("word/document.xml", document)
        archive.close()
    return archive


W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    with docx(tmp_path / "bomb.docx") as archive, archive.open("word/document.xml", "w", force_zip64=True) as part:
        part.write(b'<?xml version="1.0"?><w:document ' + W + b"><w:body><w:p><w:r><w:t>")
        for _ in range(200):
            part.write(b"A" * (1 << 20))
        part.write(b"</w:t></w:r></w:p></w:body></w:document>")
    with docx(tmp_path / "nested.docx") as archive:
        archive.writestr("word/document.xml", b"<w:document " + W + b"/>")
        for n in range(300):
            archive.writestr(f"word/media/{n}.bin", b"\0" * (1 << 20))
    assert (tmp_path / "bomb.docx").stat().st_size < 1 << 20
    results = read_folder(tmp_path)
    for result in results.values():
        assert is_clear(result.failure), result


def test_entities_open_no_files_and_do_not_grow(tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("绝密内容", encoding="utf-8")
    external = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    body = b"<w:document " + W + b"><w:body><w:p><w:r><w:t>&%s;</w:t></w:r></w:p></w:body></w:document>"
    docx(tmp_path / "xxe.docx", external + body % b"x")
    docx(tmp_path / "laughs.docx", b'<!DOCTYPE d [<!ENTITY l0 "haha">' + laughs + b"]>" + body % b"l9")
    (tmp_path / "xxe.html").write_bytes(external + b"<html><body><p>&x;</p></body></html>")
    for result in read_folder(tmp_path).values():
        assert is_clear(result.failure) or result.notices
        for notice in result.notices:
            assert "绝密" not in notice.text
            assert len(notice.text) < 10_000


def test_ten_thousand_nested_tags(tmp_path: Path) -> None:
    head, tail = b"<html><body>" + b"<div>" * 10_000, b"</div>" * 10_000 + b"</body></html>"
    (tmp_path / "deep.html").write_bytes(head + f"<p>{GOOD}</p>".encode() + tail)
    runs = b"<w:p>" * 10_000 + b"</w:p>" * 10_000
    docx(tmp_path / "deep.docx", b"<w:document " + W + b"><w:body>" + runs + b"</w:body></w:document>")
    for result in read_folder(tmp_path).values():
        assert is_clear(result.failure) or (result.notices and "请认真检查" in result.notices[0].text)


def printed(pages: int) -> Pdf:
    document = Pdf()
    for n in range(pages):
        lines = [f"{n}-{k} 为做好今年的质量工作，现将有关事项通知如下。" for k in range(20)]
        document.page(paragraph(780, lines) + text(280, 40, f"- {n + 1} -", 12))
    return document


def test_a_pdf_with_a_password(tmp_path: Path) -> None:
    document = printed(1)
    entry = "3a" * 32
    document.extra[100] = (
        f"<</Filter/Standard/V 2/R 3/Length 128/P -1/O <{entry}>/U <{entry}>>>".encode()  # no password fits
    )
    document.trailer = f"/Encrypt 100 0 R/ID[<{entry[:32]}><{entry[:32]}>]"
    (tmp_path / "locked.pdf").write_bytes(document.bytes())
    [result] = read_folder(tmp_path).values()
    assert is_clear(result.failure)
    assert "需要密码" in (result.failure or "")


def test_pdfs_whose_objects_go_round_in_circles(tmp_path: Path) -> None:
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F 100 0 R>>>>/Length 5>>stream\n/F Do\nendstream"
    itself = printed(1).page("/F Do\n")
    itself.xobjects, itself.extra = "/F 100 0 R ", {100: form}
    tree = printed(1)
    tree.extra = {2: b"<</Type/Pages/Count 1000000/Kids[2 0 R 2 0 R 10000 0 R]>>"}
    length = printed(1)
    length.extra = {10_001: b"<</Length 10001 0 R>>stream\nBT ET\nendstream"}
    chain = printed(1)
    chain.extra = {1: b"<</Type/Catalog/Pages 100 0 R>>", 100: b"101 0 R", 101: b"100 0 R"}
    xref = printed(1).bytes().replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 0")
    (tmp_path / "form.pdf").write_bytes(itself.bytes())
    (tmp_path / "tree.pdf").write_bytes(tree.bytes())
    (tmp_path / "length.pdf").write_bytes(length.bytes())
    (tmp_path / "chain.pdf").write_bytes(chain.bytes())
    (tmp_path / "xref.pdf").write_bytes(xref)
    results = read_folder(tmp_path)
    assert results["form.pdf"].failure is None
    for result in results.values():
        assert is_clear(result.failure) or result.notices


def test_damage_anywhere_in_a_pdf(tmp_path: Path) -> None:
    random, whole = Random(4), printed(3).bytes()
    for n in range(60):
        damaged = bytearray(whole)
        for _ in range(random.choice([1, 10, 100])):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        (tmp_path / f"damaged {n:02}.pdf").write_bytes(damaged)
    for result in read_folder(tmp_path).values():
        assert is_clear(result.failure) or result.notices
        assert "读取时出错" not in (result.failure or "")  # a mistake of ours


@pytest.mark.slow
def test_long_lines_nulls_and_lone_surrogates(tmp_path: Path) -> None:
    sentence = "各单位要认真组织开展质量月活动，加强宣传。（责任单位：市市场监管局）"
    (tmp_path / "line.txt").write_text(sentence * (10_000_000 // len(sentence.encode())), encoding="utf-8")
    (tmp_path / "nulls.txt").write_bytes(b"\0" * 100_000)
    (tmp_path / "some nulls.txt").write_bytes(GOOD.encode() + b"\0\0\0" + GOOD.encode())
    (tmp_path / "surrogates.txt").write_bytes(GOOD.encode("utf-16-le") + b"\x00\xd8\x41\x00" * 20)
    (tmp_path / "surrogates8.txt").write_bytes(GOOD.encode() + b"\xed\xa0\x80" * 20)
    (tmp_path / "surrogates.html").write_bytes(
        b"<html><body><p>&#xD800;&#xDFFF;&#0;" + GOOD.encode() + b"</p></body></html>"
    )
    results = read_folder(tmp_path)
    assert results["line.txt"].failure is None
    assert sum(len(notice.text) for notice in results["line.txt"].notices) > 3_000_000
    assert is_clear(results["nulls.txt"].failure)
    for result in results.values():
        assert is_clear(result.failure) or result.notices
        for notice in result.notices:
            notice.text.encode("utf-8")  # no lone surrogate goes into a store


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    [result] = read_files([(Path("/dev/zero"), "zero")])
    assert is_clear(result.failure)
    [result] = read_files([(tmp_path / "gone.txt", "gone.txt")])
    assert is_clear(result.failure)
