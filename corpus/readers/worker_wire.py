"""What a worker and the process that waits for it say to each other.

A worker reads files that may be made to take it over, so nothing that it sends is executed: no pickle. Dataclasses
travel as JSON lists of their fields and are rebuilt, value by value, from the type that was expected.
"""

from __future__ import annotations

import functools
import json
import struct
import types
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

ALIVE, RESULT, ERROR, MEMORY = b".", b"=", b"!", b"m"
_HEAD = struct.Struct(">cI")  # kind, length of what follows in bytes
MAX_BYTES = 1 << 30


class BadFrame(ValueError):
    """What came from a worker is not what a worker sends."""


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """One message: its kind, its length, its payload."""
    return _HEAD.pack(kind, len(payload)) + payload


class Frames:
    """Messages out of a stream of bytes that comes in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Add what came in; gives the messages that are complete.

        :raises BadFrame: the stream is no stream of messages
        """
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._buffer)
            if kind not in (ALIVE, RESULT, ERROR, MEMORY) or length > MAX_BYTES:
                raise BadFrame("unknown message")
            end = _HEAD.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_HEAD.size : end])
            del self._buffer[:end]
            yield kind, payload


def encode(value: Any) -> bytes:
    """A dataclass of strings, numbers, tuples and further dataclasses as JSON."""
    return json.dumps(_plain(value), separators=(",", ":")).encode("ascii")  # lone surrogates as \\udXXX


def decode(payload: bytes, expected: Any) -> Any:
    """The value of type ``expected`` that was encoded.

    :raises BadFrame: the payload holds something else
    """
    try:
        return _builder(expected)(json.loads(payload))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadFrame(f"not a {expected}: {error}") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return [_plain(getattr(value, name)) for name in _names(value.__class__)]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


@functools.cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


@functools.cache
def _builder(expected: Any) -> Callable[[Any], Any]:
    """A function that rebuilds a value of a type from JSON, and refuses any other."""
    origin, args = get_origin(expected), get_args(expected)
    if is_dataclass(expected) and isinstance(expected, type):
        return _record(expected)
    if origin is Literal:
        return _one_of(args)
    if origin in (Union, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        if len(rest) == 1 and len(args) == 2:
            inner = _builder(rest[0])
            return lambda value: None if value is None else inner(value)
    if origin is tuple and args[-1] is ...:
        item = _builder(args[0])
        return lambda value: tuple(item(part) for part in _list(value))
    if origin is tuple:
        items = [_builder(arg) for arg in args]
        return lambda value: tuple(build(part) for build, part in zip(items, _list(value), strict=True))
    if expected in (str, int, float, bool):
        return _exactly(expected)
    raise TypeError(f"{expected} cannot be sent by a worker")


def _record(cls: type) -> Callable[[Any], Any]:
    hints = get_type_hints(cls)
    names = _names(cls)
    builders: list[Callable[[Any], Any]] = []

    def build(value: Any) -> Any:
        if not builders:  # filled late: a section holds sections
            builders.extend(_builder(hints[name]) for name in names)
        return cls(*[make(part) for make, part in zip(builders, _list(value), strict=True)])

    return build


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {type(value).__name__}")
    return value


def _one_of(allowed: tuple[Any, ...]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"not one of {allowed}")
        return value

    return check


def _exactly(cls: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is cls:
            return value
        if cls is float and type(value) is int:
            return float(value)
        raise TypeError(f"{cls.__name__} was expected, not {type(value).__name__}")

    return check
