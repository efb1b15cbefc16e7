"""Generations of a Milvus store: the first one, and a rebuild into the next."""

from __future__ import annotations

from dataclasses import asdict, replace

from index.manifest import Manifest
from index.milvus.connection import Connection
from index.milvus.schema import make, next_generation, publish
from index.milvus.state import State, load, wholes
from index.milvus.writing import Writer, first_marker, lay

AVERAGE = 64.0  # tokens of a passage that the weights of a new store are made for; a rebuild takes the true average


def begin(connection: Connection, manifest: Manifest, dimensions: int) -> None:
    """Make the first generation of a store. Several machines may make it at once: they make the same."""
    generation = f"{connection.location.name}_g000001"
    make(connection, generation, dimensions)
    lay(connection, generation, first_marker(asdict(manifest), AVERAGE))
    publish(connection, generation)


def rebuild(connection: Connection, generation: str, writer: Writer, manifest: Manifest, dimensions: int) -> None:
    """Build the next generation from the notices of one, and let it count in one step.

    What other machines write meanwhile is carried over. The generation before stays until the next rebuild.
    """
    before = load(connection, generation, None)
    fresh = next_generation(connection)
    make(connection, fresh, dimensions)
    state = lay(connection, fresh, first_marker(asdict(manifest), before.words.average or AVERAGE))
    state = _carry(connection, writer, before, state)
    publish(connection, fresh)
    _carry(connection, writer, load(connection, generation, before), state)  # what came until the alias had moved


def _carry(connection: Connection, writer: Writer, source: State, target: State) -> State:
    """Bring a generation to hold what another one holds."""
    missing = {
        notice_id: head.version
        for notice_id, head in source.heads.items()
        if notice_id not in target.heads or replace(target.heads[notice_id], version=head.version) != head
    }
    notices = wholes(connection, source.generation, missing)
    return writer.apply(target, notices, [n for n in target.heads if n not in source.heads])
