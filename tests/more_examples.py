"""A plugin for `make fuzz`: property tests with more examples, other ones each time.

``pytest -p tests.more_examples --examples-times 20 …`` runs them alone.
"""

from __future__ import annotations

import pytest
from hypothesis import is_hypothesis_test, settings

_SETTINGS = "_hypothesis_internal_use_settings"  # there is no other way to change what a test was decorated with


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many times as many."""
    parser.addoption("--examples-times", type=int, default=1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the property tests, each with its number of examples multiplied and no fixed seed."""
    times = config.getoption("--examples-times")
    kept = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    functions = {getattr(item.obj, "__func__", item.obj) for item in kept}  # type: ignore[attr-defined]
    for function in functions:
        given = getattr(function, _SETTINGS, None) or settings()
        more = settings(given, max_examples=given.max_examples * times, derandomize=False, deadline=None)
        setattr(function, _SETTINGS, more)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept
