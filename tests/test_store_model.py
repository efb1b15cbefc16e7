"""A store against a dict: whatever is put, replaced, removed, rebuilt and opened again, small or large.

`make fuzz` runs more of it: NOTICES_EXAMPLES=200 (examples), 5 by default.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from benchmarks.soak.kill_child import LARGE, SERIALS, VERSIONS, notices
from benchmarks.soak.kill_oracle import QUERIES
from corpus.reading import ReadFile
from index import growth
from index.errors import UnknownNotice
from index.store import LocalStore
from index.verify import faults
from tests.quick_disk import quick_disk

KNOWN = notices()
EXAMPLES = int(os.environ.get("NOTICES_EXAMPLES", "5"))
serials, versions = st.integers(0, SERIALS - 1), st.integers(0, VERSIONS - 1)


class StoreModel(RuleBasedStateMachine):
    """Two stores of one folder, a writer and a reader that stays open, against a dict of versions by serial."""

    limit = growth.LARGE

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="model-", dir=quick_disk()))
        self.held: dict[int, int] = {}
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(growth, "LARGE", self.limit)

    @initialize()
    def made(self) -> None:
        self.writer, self.reader = LocalStore(self.folder / "store"), LocalStore(self.folder / "store")
        self.writer.create()

    @rule(some=st.dictionaries(serials, versions, min_size=1, max_size=5))
    def put(self, some: dict[int, int]) -> None:
        new = {s: v for s, v in some.items() if self.held.get(s) != v}
        report = self.writer.index([ReadFile(f"{s}.txt", (KNOWN[s, v],)) for s, v in some.items()])
        assert (report.indexed, report.unchanged) == (len(new), len(some) - len(new))
        self.held |= some

    @rule(some=st.dictionaries(serials, versions, min_size=1, max_size=4))
    def put_and_prune(self, some: dict[int, int]) -> None:
        report = self.writer.index([ReadFile(f"{s}.txt", (KNOWN[s, v],)) for s, v in some.items()], prune=True)
        assert report.removed == len(self.held.keys() - some.keys())
        self.held = dict(some)

    @rule(serial=serials)
    def remove(self, serial: int) -> None:
        if serial in self.held:
            self.writer.remove(KNOWN[serial, 0].notice_id)
            del self.held[serial]
        else:
            with pytest.raises(UnknownNotice):
                self.writer.remove(KNOWN[serial, 0].notice_id)

    @rule()
    def rebuild(self) -> None:
        self.writer.rebuild()

    @rule()
    def open_again(self) -> None:
        self.writer.close()
        self.writer = LocalStore(self.folder / "store")

    @precondition(lambda self: self.held)
    @rule(query=st.sampled_from(QUERIES), year=st.sampled_from([None, 2024, 1999]))
    def search(self, query: str, year: int | None) -> None:
        from index.types import Filters

        wanted = {p.passage_id: p.text for s, v in self.held.items() for p in KNOWN[s, v].passages}
        for store in (self.writer, self.reader):
            hits = store.search(query, 100, filters=Filters(year=year)).hits
            assert all(wanted[hit.stored.passage.passage_id] == hit.stored.passage.text for hit in hits)
            assert bool(hits) == (year != 1999)
            scores = [(-hit.score, hit.stored.passage.passage_id) for hit in hits]
            assert scores == sorted(scores)
        everything = {h.stored.passage.passage_id for h in self.reader.search(query, 100, "dense").hits}
        assert everything == set(wanted) or len(wanted) > 100

    @invariant()
    def both_hold_the_same(self) -> None:
        if hasattr(self, "writer"):
            wanted = {KNOWN[s, v].notice_id: v for s, v in self.held.items()}
            for store in (self.writer, self.reader):
                assert set(store.cards()) == set(wanted)
                assert store.degraded is None
            assert self.reader.sequence == self.writer.sequence

    def teardown(self) -> None:
        try:
            if hasattr(self, "writer"):
                for serial, version in self.held.items():
                    assert self.reader.notice(KNOWN[serial, version].notice_id) == KNOWN[serial, version]
                self.writer.close()
                self.reader.close()
                assert list(faults(self.folder / "store")) == []
        finally:
            self.patch.undo()
            shutil.rmtree(self.folder)


class LargeStoreModel(StoreModel):
    """The same with a store that grows by segments from its sixth notice on."""

    limit = LARGE


for machine in (StoreModel, LargeStoreModel):
    machine.TestCase.settings = settings(
        max_examples=EXAMPLES, stateful_step_count=12, deadline=None, derandomize=EXAMPLES == 5,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip
TestSmallStore = StoreModel.TestCase
TestLargeStore = LargeStoreModel.TestCase
