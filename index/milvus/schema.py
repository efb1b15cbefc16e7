"""The two collections of a generation, and the alias that says which generation counts.

``NAME_g000001`` holds a row for each passage, ``NAME_g000001_records`` everything else: notices, their passages' ids, the
words of the store, its state. The alias ``NAME`` is the first of the newest generation; the second has its name from it.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from index.milvus.connection import Connection, Refused
from index.milvus.packing import MAX_BYTES, TERM_BYTES

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient
    from pymilvus.milvus_client import IndexParams

_KEY, _TERMS = 600, 4096  # bytes of a key; terms of a passage
_GENERATION = re.compile(r"(.+)_g(\d{6})")
_MAKING = 15.0  # seconds that another machine may take to make a collection
_KEPT = 2  # generations: the one that counts, and the one before it, which readers may still be at


def records_of(generation: str) -> str:
    """The collection of records that goes with a generation."""
    return f"{generation}_records"


def current(connection: Connection) -> str | None:
    """The generation that counts: what the alias stands for now; None where there is no store."""
    name = connection.location.name
    try:
        found = connection.call(lambda client, timeout: client.describe_alias(name, timeout=timeout))
    except Refused as error:
        if "not" in str(error):  # not found, does not exist: servers say it in their own words
            return None
        raise
    return str(found["collection_name"]) if found.get("collection_name") else None


def generations(connection: Connection) -> list[str]:
    """The generations of the store that are on the server, oldest first."""
    names = connection.call(lambda client, timeout: client.list_collections(timeout=timeout))
    found = [(match, name) for name in names if (match := _GENERATION.fullmatch(name))]
    return sorted(name for match, name in found if match[1] == connection.location.name)


def next_generation(connection: Connection) -> str:
    """The name of a generation that is not there yet."""
    last = max((int(name[-6:]) for name in generations(connection)), default=0)
    return f"{connection.location.name}_g{last + 1:06}"


def make(connection: Connection, generation: str, dimensions: int) -> None:
    """Make the collections of a generation where they are not there."""

    def made(client: MilvusClient, timeout: float) -> None:
        embedded = "lite" in client.get_server_version(timeout=timeout).lower()
        for name, schema, indexes in (
            (generation, _passages(client, dimensions), _indexes(client, connection.location.dense, embedded)),
            (records_of(generation), _records(client), _plain(client)),
        ):
            if not client.has_collection(name, timeout=timeout):
                with suppress(
                    Exception
                ):  # another machine may make it at the same time; else loading it says what is wrong
                    client.create_collection(
                        name, schema=schema, index_params=indexes, consistency_level="Strong", timeout=timeout
                    )
                    continue
            _wait_for(client, name, timeout)

    connection.call(made, writing=True)


def _wait_for(client: MilvusClient, name: str, timeout: float) -> None:
    """Wait until a collection that another machine makes has its indexes; raises what the server says if it never has."""
    until = time.monotonic() + min(timeout, _MAKING)
    while True:
        try:
            client.load_collection(name, timeout=timeout)
            return
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _passages(client: MilvusClient, dimensions: int) -> CollectionSchema:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=_KEY)
    schema.add_field("notice_id", DataType.VARCHAR, max_length=_KEY)
    schema.add_field("version", DataType.VARCHAR, max_length=64)
    schema.add_field("issuer", DataType.VARCHAR, max_length=TERM_BYTES, is_partition_key=True)
    schema.add_field(
        "terms", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=_TERMS, max_length=TERM_BYTES
    )  # fmt: skip
    schema.add_field("squeezed", DataType.VARCHAR, max_length=MAX_BYTES)
    schema.add_field("body", DataType.VARCHAR, max_length=MAX_BYTES)
    schema.add_field("pieces", DataType.VARCHAR, max_length=MAX_BYTES)
    schema.add_field("length", DataType.INT64)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    return schema


def _indexes(client: MilvusClient, dense: str, embedded: bool) -> IndexParams:
    """Exact ones, if the location asks for no other; scalar indexes where the server has them for these fields."""
    indexes = client.prepare_index_params()
    settings = {"HNSW": {"M": 16, "efConstruction": 200}, "IVF_FLAT": {"nlist": 1024}, "IVF_SQ8": {"nlist": 1024}}
    indexes.add_index("dense", index_type=dense, metric_type="IP", params=settings.get(dense, {}))
    indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    if not embedded:
        for field in ("terms", "notice_id", "version"):
            indexes.add_index(field, index_type="INVERTED")
    return indexes


def _records(client: MilvusClient) -> CollectionSchema:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=_KEY)
    schema.add_field("kind", DataType.VARCHAR, max_length=16)
    schema.add_field("key", DataType.VARCHAR, max_length=_KEY)
    schema.add_field("version", DataType.VARCHAR, max_length=64)
    schema.add_field("body", DataType.VARCHAR, max_length=MAX_BYTES)
    schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)  # a collection must have a vector
    return schema


def _plain(client: MilvusClient) -> IndexParams:
    indexes = client.prepare_index_params()
    indexes.add_index("nothing", index_type="FLAT", metric_type="IP")
    return indexes


def publish(connection: Connection, generation: str) -> None:
    """Let a generation count from now on; the alias is moved in one step. Those that nobody reads any more are dropped."""
    name, before = connection.location.name, current(connection)
    if before is None:
        try:
            connection.call(
                lambda client, timeout: client.create_alias(generation, name, timeout=timeout), writing=True
            )
        except Refused:
            if current(connection) is None:
                raise
    elif before != generation:
        connection.call(lambda client, timeout: client.alter_alias(generation, name, timeout=timeout), writing=True)
    for old in generations(connection)[:-_KEPT]:
        if old not in (generation, before):
            drop(connection, old)


def drop(connection: Connection, generation: str) -> None:
    """Remove a generation that does not count."""
    for name in (generation, records_of(generation)):
        connection.call(partial(_drop, name), writing=True)


def _drop(name: str, client: MilvusClient, timeout: float) -> None:
    client.drop_collection(name, timeout=timeout)
