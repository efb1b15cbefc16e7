"""The shards of a store on its disk: what answering needs of a state, made from the catalog as the derived indexes are.

``answers/`` holds shards (files of arrays that never change) and ``state-N.json``, which says of which shards state N
consists and which of their notices no longer count. A change writes one shard of what is new and merges small ones into
it, so that there are few of them. What is missing, damaged or behind is made anew; nothing here is the only copy of anything.

Who may not see all of a store has shards of their own in a folder inside it, of what they see as they see it: names that a
shard lists for all its notices must not come from one that is hidden, so there a shard that has lost a notice is written anew.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakValueDictionary
from zlib import crc32

from assistant.answer.packed import checksum_of, open_arrays, write_arrays
from assistant.answer.shard import Shard
from assistant.answer.shard_writer import LAYOUT, Contents, ShardWriter
from index.catalog import Catalog
from index.failpoints import failpoint
from index.sealed import seal, unseal
from index.store import LocalStore
from index.types import NoticeCard
from index.vocabulary import Vocabulary

WHOLE = 5_000  # passages up to which a store is one shard, in the order of its passages
_MOST = 350_000  # passages from which another shard is begun: one of a million takes 4.5 GB to make, three 1.6
_MERGED = 4  # a shard of at most so many times the notices of the next one is merged with it
_CHECKED_BYTES = 64 << 20  # beyond that, opening compares sizes only
_FOLDER, _PART = "answers", "seen-"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A shard of a state, and the ids of its notices that no longer count."""

    shard: Shard
    gone: frozenset[str] = frozenset()
    name: str = ""
    size: int = 0
    checksum: str = ""

    @property
    def alive(self) -> int:
        """How many of its notices count."""
        return self.shard.notices - len(self.gone)


class StateGone(Exception):
    """The catalog has gone on to another state than the one asked for."""


_open: WeakValueDictionary[Path, Shard] = WeakValueDictionary()  # of this process: states share what has not changed


class Part(Protocol):
    """What somebody sees of a store who may not see all of it."""

    @property
    def key(self) -> str:
        """What it depends on, as the name of a folder."""

    def sees(self, card: NoticeCard) -> bool:
        """Whether a notice is seen."""

    def shown(self, contents: Contents) -> Contents:
        """A notice that is seen without what is hidden in it."""


def shards_of(store: Path, sequence: int, part: Part | None = None) -> list[Held]:
    """The shards of a store's state, made where they are not there yet.

    :param part: what is seen of it, None for all
    :raises StateGone: they are not there, and the catalog holds another state by now
    """
    folder = _folder(store, part)
    with closing(Catalog(store / "catalog.sqlite")) as catalog:
        token = catalog.token(sequence)
    held = _known(folder, sequence, token)
    if held is not None:
        return held
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if new:
            _sweep_parts(store, sequence)
        with _making(folder):
            return _known(folder, sequence, token) or _brought_up(store, sequence, part)
    except OSError:  # a store that cannot be written to is answered from memory
        return _in_memory(store, sequence, part)


def words_of(held: Sequence[Held]) -> Vocabulary:
    """The words of what somebody sees of a store."""
    return Vocabulary.of([one.shard.vocabulary for one in held])


def _folder(store: Path, part: Part | None) -> Path:
    return store / _FOLDER if part is None else store / _FOLDER / f"{_PART}{part.key}"


def _folders(store: Path) -> list[Path]:
    """Where shards of a store lie: of all of it, and of what some see of it."""
    return [store / _FOLDER, *(store / _FOLDER).glob(f"{_PART}*")]


def _sweep_parts(store: Path, sequence: int) -> None:
    """Remove what nobody may see any more in this way, since the rules have changed: what has not been asked for of late."""
    for folder in _folders(store)[1:]:
        states = [_number(path) for path in folder.glob("state-*.json")]
        if states and max(states) < sequence - 1:
            rmtree(folder, ignore_errors=True)


def _number(state: Path) -> int:
    return int(state.stem.partition("-")[2])


def _known(folder: Path, sequence: int, token: int | None) -> list[Held] | None:
    """The shards of a state as they lie there; None where one is missing, damaged, or of changes that were lost."""
    state = _state(folder / f"state-{sequence}.json")
    if state is None or state.get("token") != token:
        return None
    held = [_opened(folder, one) for one in state["shards"]]
    return [one for one in held if one is not None] if None not in held else None


def _state(path: Path) -> dict[str, Any] | None:
    """What a state consists of, and what the catalog calls it (see :meth:`Catalog.token`); None for one of another program."""
    try:
        record = _record(path)
        return record if record["made_by"] == _made_by() and record["shards"] is not None else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _record(path: Path) -> dict[str, Any]:
    return unseal(path.read_text(encoding="utf-8"), ("made_by", "shards"))


def _opened(folder: Path, record: dict[str, object]) -> Held | None:
    """A shard as a state names it; None where it is missing or damaged."""
    try:
        name, size, checksum = str(record["name"]), int(str(record["size"])), str(record["sha256"])
        gone, path = frozenset(record["gone"]), folder / name  # type: ignore[call-overload]
        shard = _open.get(path)
        if shard is None:
            if path.stat().st_size != size or (size <= _CHECKED_BYTES and checksum_of(path) != checksum):
                return None
            shard = _open[path] = Shard(open_arrays(path))
        return Held(shard, gone, name, size, checksum)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _brought_up(store: Path, sequence: int, part: Part | None) -> list[Held]:
    """Make what is missing of a state; the lock is ours."""
    folder = _folder(store, part)
    catalog = Catalog(store / "catalog.sqlite")
    try:
        if catalog.begin_read() != sequence:
            raise StateGone
        now, token = _seen(catalog, part), catalog.token(sequence)
        kept = [_without(one, now) for one in _latest(folder)]
        if part is not None:
            kept = [one for one in kept if not one.gone]
        if sum(len(one.shard) for one in kept) <= WHOLE:
            kept = []
        counted = {i for one in kept for i in one.shard.fingerprints.keys() - one.gone}
        new = now.keys() - counted
        while kept and (2 * kept[-1].alive < kept[-1].shard.notices or (new and kept[-1].alive <= _MERGED * len(new))):
            last = kept.pop()
            new |= last.shard.fingerprints.keys() - last.gone
        if new or not kept:
            kept.extend(_written(folder, catalog, new, now, part))
    finally:
        catalog.close()
    listed = [{"name": h.name, "size": h.size, "sha256": h.checksum, "gone": sorted(h.gone)} for h in kept]
    _put(folder / f"state-{sequence}.json", seal({"made_by": _made_by(), "token": token, "shards": listed}))
    failpoint("shards.stated")
    _sweep(folder, sequence)
    failpoint("shards.swept")
    return kept


def _seen(catalog: Catalog, part: Part | None) -> dict[str, str]:
    """What tells of each notice that is seen that it has changed, by its id."""
    prints = catalog.fingerprints()
    if part is None:
        return prints
    cards = catalog.cards()
    return {notice_id: print_ for notice_id, print_ in prints.items() if part.sees(cards[notice_id])}


def _without(held: Held, now: dict[str, str]) -> Held:
    """A shard without what has changed or is gone."""
    gone = {i for i, print_ in held.shard.fingerprints.items() if now.get(i) != print_}
    return Held(held.shard, held.gone | gone, held.name, held.size, held.checksum)


def _latest(folder: Path) -> list[Held]:
    """What can be used of the last state that was put in place."""
    states = sorted(folder.glob("state-*.json"), key=_number)
    state = _state(states[-1]) if states else None
    return [held for record in (state["shards"] if state else []) if (held := _opened(folder, record)) is not None]


def _written(
    folder: Path, catalog: Catalog, ids: Collection[str], prints: dict[str, str], part: Part | None
) -> Iterator[Held]:
    """Shards of some notices: one, or of very many several, so that not all are in memory at once."""
    writer = ShardWriter(vocabulary=part is not None)
    ordered = sorted(ids, key=lambda notice_id: f"{notice_id}/")  # as their passages are ordered
    for notice_id, contents in zip(ordered, catalog.contents(ordered), strict=True):
        if len(writer) >= _MOST:
            yield _closed(folder, writer)
            writer = ShardWriter(vocabulary=part is not None)
        writer.add(contents if part is None else part.shown(contents), prints[notice_id])
    yield _closed(folder, writer)


def _closed(folder: Path, writer: ShardWriter) -> Held:
    """A shard put in place."""
    name = f"{uuid4().hex}.shard"
    path, making = folder / name, folder / f"{name}.making"
    with _nothing_left(making):
        checksum = write_arrays(making, writer.arrays())
        failpoint("shards.written")
        os.replace(making, path)
    failpoint("shards.placed")
    shard = _open[path] = Shard(open_arrays(path))
    return Held(shard, frozenset(), name, path.stat().st_size, checksum)


def _in_memory(store: Path, sequence: int, part: Part | None) -> list[Held]:
    catalog = Catalog(store / "catalog.sqlite")
    try:
        if catalog.begin_read() != sequence:
            raise StateGone
        ordered = sorted(_seen(catalog, part), key=lambda notice_id: f"{notice_id}/")
        contents = catalog.contents(ordered)
        if part is None:
            return [Held(Shard.over(contents))]
        return [Held(Shard.over(map(part.shown, contents), vocabulary=True))]
    finally:
        catalog.close()


@contextmanager
def _nothing_left(making: Path) -> Iterator[None]:
    """Where a file cannot be written whole (a full disk), remove what there is of it."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            making.unlink()
        raise


def _put(path: Path, text: str) -> None:
    """Put a small file in place whole."""
    making = path.with_suffix(".making")
    with _nothing_left(making):
        with making.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(making, path)


def _sweep(folder: Path, sequence: int) -> None:
    """Remove earlier states, and what no state holds. Who has a shard open keeps it."""
    for path in folder.glob("state-*.json"):
        if _number(path) < sequence:
            path.unlink(missing_ok=True)
    held = {
        str(record["name"]) for state in map(_state, folder.glob("state-*.json")) if state for record in state["shards"]
    }
    for path in folder.iterdir():
        if path.suffix == ".making" or (path.suffix == ".shard" and path.name not in held):
            with suppress(OSError):
                path.unlink()


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """One process at a time makes shards; the lock goes with it."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def _made_by() -> str:
    """What shards depend on besides the notices."""
    data = files("corpus").joinpath("data")
    read = b"".join(data.joinpath(name).read_bytes() for name in ("places.tsv", "counties.tsv"))
    return f"{LAYOUT}-{crc32(read):08x}"


def faults(store: Path) -> Iterator[str]:
    """What is wrong with the shards of a store's last state, however large they are; `notices verify` says it."""
    for folder in _folders(store):
        states = sorted(folder.glob("state-*.json"), key=_number)
        for path in states[-1:]:
            for name in _damaged(folder, path):
                yield f"{(folder / name).relative_to(store)} is damaged; it is made anew when somebody next asks"


def _damaged(folder: Path, state: Path) -> Iterator[str]:
    try:
        records = _record(state)["shards"]
    except (OSError, ValueError, KeyError):
        yield state.name
        return
    for record in records:
        try:
            sound = checksum_of(folder / str(record["name"])) == record["sha256"]
        except (OSError, KeyError):
            sound = False
        if not sound:
            yield str(record.get("name"))


def examine(store: LocalStore) -> list[str]:
    """What is wrong with the shards of a store that is in use; they are made anew, as parts of a new state of the store.

    Large shards are mapped when they are opened and only their sizes are compared then (as :mod:`index.examining` says of
    derived indexes). Whoever has a damaged one open goes on to the new state.

    :raises StoreBusy: somebody else is writing; ask again later
    :raises OSError: the store cannot be written to
    """
    found = list(faults(store.folder))
    if not found:
        return []
    for folder in _folders(store.folder):
        with _making(folder):
            for path in [*folder.glob("state-*.json"), *folder.glob("*.shard")]:
                path.unlink(missing_ok=True)
                _open.pop(path, None)
    _log.error("%s: %s", store.folder, "; ".join(found))
    store.renew()
    return found
