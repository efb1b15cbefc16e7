"""Talking to Milvus: time budgets, and one clear error for whatever goes wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import BadLocation, StoreError, StoreUnreachable
from index.milvus.breaker import Breaker
from index.milvus.location import MilvusLocation

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_WRITING = 10  # times as long as a read may a write take
_PAGE = 16_384 - 1  # rows that one query may give, less one: a full page tells that there may be more
_NOT_LOADED = 101  # Milvus' code for it
_BYTES = 4 << 20  # of rows that one request carries at most
_T = TypeVar("_T")
Row = dict[str, Any]


class Refused(StoreError):
    """The server is there and does not do what it was asked."""


class NotLoaded(Refused):
    """The server holds a collection on disk alone."""


class Connection:
    """One client a process and store, opened when it is first needed. Safe to use from several threads."""

    def __init__(self, location: MilvusLocation) -> None:
        self.location = location
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()
        self._breaker = Breaker()

    def close(self) -> None:
        """Let go of the server."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def query(self, collection: str, condition: str, fields: Sequence[str], most: int | None = None) -> list[Row]:
        """Rows that meet a condition, in no order: all, or at most so many."""
        page = most or _PAGE
        rows = self._on(
            collection,
            lambda client, timeout: client.query(
                collection, filter=condition, output_fields=list(fields), limit=page,
                consistency_level=self.location.consistency, timeout=timeout,
            )
        )  # fmt: skip
        if most or len(rows) < page:
            return [dict(row) for row in rows]
        iterator = self._on(
            collection,
            lambda client, timeout: client.query_iterator(
                collection, batch_size=1000, limit=-1, filter=condition, output_fields=["pk", *fields],
                consistency_level=self.location.consistency, timeout=timeout,
            )
        )  # fmt: skip
        every: list[Row] = []
        while page := self.call(lambda _client, _timeout: iterator.next()):
            every.extend(dict(row) for row in page)
        iterator.close()
        return every

    def count(self, collection: str, condition: str) -> int:
        """How many rows meet a condition."""
        rows = self._on(
            collection,
            lambda client, timeout: client.query(
                collection, filter=condition, output_fields=["count(*)"], consistency_level="Strong", timeout=timeout
            ),
        )
        return int(rows[0]["count(*)"]) if rows else 0

    def search(
        self, collection: str, field: str, vector: object, limit: int, condition: str, fields: Sequence[str]
    ) -> list[Row]:
        """The rows with the largest inner products: ``pk``, ``distance`` and ``entity`` with the fields, best first."""
        found = self._on(
            collection,
            lambda client, timeout: client.search(
                collection, [vector], anns_field=field, limit=limit, filter=condition, output_fields=list(fields),
                search_params={"metric_type": "IP"}, consistency_level=self.location.consistency, timeout=timeout,
            )
        )  # fmt: skip
        return [dict(hit) for hit in found[0]]

    def upsert(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows, in place of those with the same keys."""
        for batch in batches(rows):
            self._on(collection, partial(_upsert, collection, batch), writing=True)

    def delete(self, collection: str, condition: str) -> None:
        """Delete the rows that meet a condition."""
        self._on(
            collection,
            lambda client, timeout: client.delete(collection, filter=condition, timeout=timeout),
            writing=True,
        )

    def _on(self, collection: str, ask: Callable[[MilvusClient, float], _T], writing: bool = False) -> _T:
        """A call about a collection; one that a restarted server has not in memory is loaded first."""
        try:
            return self.call(ask, writing)
        except NotLoaded:
            self.call(lambda client, timeout: client.load_collection(collection, timeout=timeout), writing=True)
            return self.call(ask, writing)

    def call(self, ask: Callable[[MilvusClient, float], _T], writing: bool = False) -> _T:
        """Run a call with the client and the seconds it may take; pymilvus tries again until they are over.

        :raises StoreUnreachable: nothing answers in that time, or did lately (see :mod:`index.milvus.breaker`)
        :raises Refused: the server says no
        """
        left = self._breaker.left()
        if left:
            raise StoreUnreachable(
                f"{self.location.text} does not answer; it is tried again in {left:.0f} s (Milvus 服务没有回应，稍后重试)"
            )
        try:
            answer = self._ask(ask, writing)
        except StoreUnreachable:
            self._breaker.unanswered()
            raise
        except Refused:
            self._breaker.answered()
            raise
        self._breaker.answered()
        return answer

    def _ask(self, ask: Callable[[MilvusClient, float], _T], writing: bool) -> _T:
        budget = self.location.timeout * (_WRITING if writing else 1)
        from grpc import RpcError  # pymilvus needs a second to import
        from pymilvus.exceptions import MilvusException

        try:
            return ask(self._open(), budget)
        except MilvusException as error:
            if _unreachable(error):
                raise self._gone(error.message, budget) from error
            refusal = NotLoaded if error.code == _NOT_LOADED else Refused
            raise refusal(f"{self.location.text}: Milvus refuses: {error.message}; see the server's log") from error
        except RpcError as error:
            raise self._gone(str(error), budget) from error

    def _open(self) -> MilvusClient:
        with self._lock:
            if self._client is None:
                self._client = self._connected()
            return self._client

    def _connected(self) -> MilvusClient:
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import ConnectionConfigException
        except ImportError as error:
            raise BadLocation(
                f"{self.location.text}: a Milvus store needs pymilvus; pip install -e '.[milvus]'"
            ) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs tracebacks of what is answered here
        if self.location.embedded is not None:
            self.location.embedded.mkdir(parents=True, exist_ok=True)
        try:
            return MilvusClient(self.location.uri, token=self.location.token, timeout=min(self.location.timeout, 10.0))
        except ConnectionConfigException as error:
            raise BadLocation(f"{self.location.text}: {error.message} (pip install milvus-lite)") from error

    def _gone(self, reason: str, budget: float) -> StoreUnreachable:
        said = " ".join(reason.split())[:160]
        return StoreUnreachable(
            f"{self.location.text} does not answer within {budget:g} s ({said}); start the server or mend the address, "
            "then run the same again: nothing is done twice (Milvus 服务没有回应，启动后重试即可)"
        )


def _unreachable(error: Any) -> bool:
    """Whether an error says that nobody is there, or not in time; others are refusals."""
    from grpc import StatusCode
    from pymilvus.exceptions import MilvusUnavailableException

    text = str(error.message).lower()
    lost = (
        "fail connecting",
        "unavailable",
        "deadline",
        "retry timeout",
        "retry run out",
        "timed out",
        "closed channel",
    )
    return (
        isinstance(error, MilvusUnavailableException)
        or isinstance(error.code, StatusCode)
        or any(word in text for word in lost)
    )


def _upsert(collection: str, rows: Sequence[Row], client: MilvusClient, timeout: float) -> None:
    client.upsert(collection, rows, timeout=timeout)


def batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows in requests of bounded size."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        weight = sum(_size(value) for value in row.values())
        if batch and size + weight > _BYTES:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += weight
    if batch:
        yield batch


def _size(value: object) -> int:
    if isinstance(value, str):
        return 3 * len(value)
    return 12 * len(value) if hasattr(value, "__len__") else 8
