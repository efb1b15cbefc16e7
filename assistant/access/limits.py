"""How much may be asked: so many requests a minute for each key or address, and so many at once for all."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KNOWN = 10_000  # callers that are remembered; who has been quiet longest is forgotten, with a full bucket


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket for each caller (https://en.wikipedia.org/wiki/Token_bucket): a minute's worth at once, then steadily.

    Not thread-safe: it belongs to the event loop.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Seconds until ``caller`` may ask again; 0 when this request is allowed, and counted."""
        now = self._clock()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._size, now)
        bucket.tokens = min(self._size, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[caller] = bucket
        if len(self._buckets) > _KNOWN:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._rate
        bucket.tokens -= 1
        return 0.0
