"""Errors of the store. Each message says what to do next."""


class StoreError(Exception):
    """Base of everything that a store may raise; shown to the user as it is."""


class StoreMissing(StoreError):
    """There is no store where one was named."""


class BadLocation(StoreError):
    """What ``--store`` names is no place that a store can be at."""


class StoreUnreachable(StoreError):
    """The server that holds the store does not answer in time."""


class StoreMismatch(StoreError):
    """The store was built by another version, analysis or encoder."""


class StoreDamaged(StoreMismatch):
    """The catalog or the manifest of a store cannot be read."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""


class StoreReadOnly(StoreError):
    """A store whose folder cannot be written to."""


class TooLittleMemory(StoreError):
    """The process may not take the memory that indexing needs."""


class UnknownNotice(StoreError):
    """No notice of that id is in the store. What may not be seen is answered with the same words as what is not there."""

    def __init__(self, notice_id: str) -> None:
        super().__init__(f"no notice {notice_id!r} in this store; `notices list` shows the ids (没有这份通知)")


class BadModel(StoreError):
    """A model that is not here, of another kind, or cannot be loaded."""


class BadDictionary(StoreError):
    """A dictionary file that cannot be read, or a dictionary that is not there."""


class BadQuery(StoreError):
    """A query, a number of hits or a filter that cannot be searched for."""


class BadBackup(StoreError):
    """A backup that cannot be written where it was asked for, or read."""
