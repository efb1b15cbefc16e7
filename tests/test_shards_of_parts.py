"""What somebody sees of a store who may not see all of it lies in shards of its own: of that alone, and as they see it."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from assistant import as_json
from assistant.access.masking import mask, masking, without_numbers
from assistant.access.types import Scope
from assistant.answer import shards, view
from assistant.answer.shard import Shard
from assistant.answer.view import view_of
from assistant.service import Assistant
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile
from index.filters import UNDISCLOSED
from index.restricted import Restricted
from index.store import LocalStore
from tests.library_files import notice
from tests.test_access_served import CLOSED, OPEN, REQUESTED, SECRETS, UNLABELLED

PUBLIC = frozenset({"主动公开"})


def files(count: int) -> list[ReadFile]:
    made = [notice(100 + i, f"专题{i}号工作") for i in range(count)]
    return [ReadFile(f"n{i}.txt", tuple(parse(text, f"n{i}.txt"))) for i, text in enumerate(made)]


def of(text: str, name: str) -> ReadFile:
    return ReadFile(name, tuple(parse(text, name)))


def part_of(store: LocalStore, labels: frozenset[str] | None = PUBLIC, masked: bool = True) -> Restricted:
    """As :class:`Assistant` sees it for who has such rights."""
    part = Assistant(store)._part(Scope(labels, masked))
    view_of(part)
    return part


def folder_of(store: LocalStore, part: Restricted) -> Path:
    return store.folder / "answers" / f"seen-{part.key}"


def named(store: LocalStore, part: Restricted) -> list[str]:
    """The shards of the last state of a part."""
    (state,) = folder_of(store, part).glob("state-*.json")
    return [one["name"] for one in json.loads(state.read_text(encoding="utf-8"))["shards"]]


def answers(part: Restricted) -> list[object]:
    found = []
    for one in (*SECRETS, None):
        for form in ("哪些单位负责{}", "{}什么时候报送", "一共有几份通知"):
            topic = str(one.fields["topic"]) if one else "专题3号工作"
            answer = as_json.answer(Assistant(part).ask(Question(form.format(topic))))
            found.append({key: value for key, value in answer.items() if key != "took_ms"})
    return found


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.setattr(shards, "WHOLE", 0)  # as a store of more than some thousand passages
    held = LocalStore(tmp_path / "store")
    held.index([*files(12), *(of(one.text, f"{one.name}.txt") for one in SECRETS)])
    return held


def test_what_is_hidden_stands_in_no_file_of_a_part(store: LocalStore) -> None:
    part = part_of(store)
    lying = b"".join(path.read_bytes() for path in sorted(folder_of(store, part).rglob("*")) if path.is_file())
    for hidden in (REQUESTED, UNLABELLED, CLOSED):
        for word in (*hidden.words, hidden.fields["phone"]):
            assert str(word).encode() not in lying
    assert str(OPEN.fields["topic"]).encode() in lying
    for personal in ("phone", "person"):
        assert str(OPEN.fields[personal]).encode() not in lying
    masked_not = part_of(store, PUBLIC, False)
    lying = b"".join(path.read_bytes() for path in folder_of(store, masked_not).glob("*.shard"))
    assert str(OPEN.fields["phone"]).encode() in lying  # who may see it is shown it


def test_parts_hold_what_is_seen(store: LocalStore) -> None:
    """The same as what is made in memory from what :class:`Restricted` gives of every passage."""
    for labels, masked in ((PUBLIC, True), (None, True), (PUBLIC | {"依申请公开", UNDISCLOSED}, False)):
        part = part_of(store, labels, masked)
        hiding = (mask, without_numbers) if masked else (str, str)
        plain = Restricted(store, labels, *hiding)
        assert set(part.vocabulary().words.items()) == set(plain.vocabulary().words.items())
        seen, cards = view_of(part), plain.cards()
        assert set(seen.cards) == set(cards)
        assert dict(seen.cards) == cards
        assert [e.stored.passage for e in seen.entries] == [s.passage for s in plain.passages()]
        assert sorted(map(str, seen.facts)) == sorted(map(str, plain.facts()))


def test_a_change_adds_a_shard_and_reads_nothing_else(store: LocalStore) -> None:
    part = part_of(store)
    before = named(store, part)
    store.index([of(notice(900, "新增专题工作"), "new.txt")])
    after = named_after(store, part)
    assert set(before) < set(after)
    assert len(after) == len(before) + 1
    assert "新增专题工作" in as_json.answer(Assistant(part).ask(Question("新增专题工作由谁负责")))["answer"]


def named_after(store: LocalStore, part: Restricted) -> list[str]:
    view_of(part)
    return named(store, part)


def test_a_notice_that_becomes_hidden_leaves_the_files(store: LocalStore) -> None:
    part = part_of(store)
    store.index([of(OPEN.text.replace(OPEN.label, CLOSED.label), f"{OPEN.name}.txt")])
    view_of(part)
    lying = b"".join(path.read_bytes() for path in folder_of(store, part).rglob("*") if path.is_file())
    for word in OPEN.words:
        assert str(word).encode() not in lying
    assert not any(word in part.vocabulary().words for word in map(str, OPEN.words))
    assert not any(view_of(part).holds([str(word)]) for word in OPEN.words)


def test_another_process_finds_them_made(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    part_of(store)
    monkeypatch.setattr(shards, "_brought_up", lambda *_: pytest.fail("made again"))
    monkeypatch.setattr(Shard, "over", lambda *_: pytest.fail("made in memory"))
    part_of(LocalStore(store.folder))


def test_rules_that_hold_no_more_leave_no_files(store: LocalStore) -> None:
    old = part_of(store)
    for serial in (801, 802):
        store.index([of(notice(serial, f"第{serial}项工作"), f"{serial}.txt")])
        view_of(store)
    fresh = part_of(store, PUBLIC, False)
    assert not folder_of(store, old).exists()
    assert folder_of(store, fresh).exists()
    assert view_of(old).cards.keys() == view_of(fresh).cards.keys()  # who comes back has them made again


def test_damage_is_found_and_mended(store: LocalStore) -> None:
    part = part_of(store)
    expected = answers(part)
    (name, *_) = named(store, part)
    path = folder_of(store, part) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (said,) = shards.faults(store.folder)
    assert f"seen-{part.key}/{name}" in said
    shards.examine(store)
    assert answers(part) == expected
    assert not list(shards.faults(store.folder))


def test_a_store_that_cannot_be_written_to_is_answered_from_memory(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = part_of(store)
    expected = answers(part)
    shutil.rmtree(folder_of(store, part))
    monkeypatch.setattr(shards, "_making", lambda _: (_ for _ in ()).throw(OSError("read-only")))
    again = part_of(LocalStore(store.folder))
    assert answers(again) == expected
    assert again.vocabulary().words == part.vocabulary().words


def test_a_state_that_cannot_be_read_is_waited_for_and_then_put_together_in_memory(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer is at work: the catalog is a state further than readers are, and theirs has never been asked for as this part."""
    part = Assistant(store)._part(Scope(PUBLIC, True))
    asked = []

    def gone(*arguments: object) -> list[shards.Held]:
        asked.append(arguments)
        raise shards.StateGone

    monkeypatch.setattr(view, "shards_of", gone)
    monkeypatch.setattr(view, "_PATIENCE", 0.1)
    found: list[object] = []
    asking = threading.Thread(target=lambda: found.append(view_of(part).vocabulary.words), daemon=True)
    asking.start()
    asking.join(20)
    assert not asking.is_alive()  # it once waited for itself
    assert len(asked) > 2 * view._TRIES
    monkeypatch.undo()
    assert found == [part_of(LocalStore(store.folder)).vocabulary().words]


def test_another_way_of_hiding_is_another_part(store: LocalStore) -> None:
    one, other = (Restricted(store, PUBLIC, mask, without_numbers, hidden) for hidden in (masking(), "an older one"))
    assert one.key != other.key != Restricted(store, None, mask, without_numbers, masking()).key
