"""A store that is in use compared with its checksums: also what opening only looks at the size of, and what has changed since.

Files are mapped, so a byte that a disk changes after they were opened is read as it is now. Who serves a store asks
:func:`examine` in the background, when it starts and once a day; it reads everything once (about 500 MB a second).
"""

from __future__ import annotations

import logging
from contextlib import closing, suppress

from index import damage, derived, lock
from index.catalog import Catalog
from index.store import LocalStore

_log = logging.getLogger(__name__)


def examine(store: LocalStore) -> list[str]:
    """What is wrong with the last state of a store; what can be mended is mended when this returns.

    Damaged derived indexes are built anew, as a new state, so that all who have the store open go on to them. What only a
    backup can mend is noted (:attr:`LocalStore.degraded`). Searches go on meanwhile.

    :raises StoreBusy: somebody else is writing; ask again later
    :raises OSError: they cannot be built anew (a full disk)
    """
    with closing(Catalog(store.folder / "catalog.sqlite")) as catalog:
        sequence = catalog.begin_read()
        found = list(damage.faults(catalog))
        unsound = derived.fault(store.folder, catalog, store.encoder, thorough=True)
    for what in found:
        damage.note(store.folder, what)
    if unsound is None:
        return found
    with lock.writing(store.folder), closing(Catalog(store.folder / "catalog.sqlite")) as catalog:
        if catalog.sequence != sequence:  # a writer has put a newer state in its place meanwhile
            return found
        with suppress(FileNotFoundError):
            derived.distrust(store.folder, sequence)
    _log.error("%s: derived indexes: %s; they are built anew", store.folder, unsound)
    store.renew()
    return [*found, f"derived indexes: {unsound}; they have been built anew"]
