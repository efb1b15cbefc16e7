"""Filter expressions of Milvus. Every value that comes from outside goes through :func:`literal`, nothing else builds one.

Templates with parameters would be safer still, but the embedded edition 3.2.2 refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.milvus.packing import clipped

NOTHING = 'pk == ""'  # no row has an empty key


def literal(value: str) -> str:
    """A string as a literal of an expression: quoted, and nothing in it can end the quotation.

    Backslash, both quotes and line ends are escaped; other control characters stay as they are inside quotes.
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'


def literals(values: Iterable[str]) -> str:
    """A list of strings as a literal."""
    return "[" + ", ".join(map(literal, values)) + "]"


def equals(field: str, value: str) -> str:
    """``field`` is ``value``."""
    return f"{field} == {literal(value)}"


def differs(field: str, value: str) -> str:
    """``field`` is not ``value``."""
    return f"{field} != {literal(value)}"


def within(field: str, values: Sequence[str]) -> str:
    """``field`` is one of ``values``."""
    return f"{field} in {literals(values)}" if values else NOTHING


def every(*conditions: str) -> str:
    """All conditions hold; those that are empty ask for nothing."""
    kept = [condition for condition in conditions if condition]
    return " and ".join(f"({condition})" for condition in kept) if len(kept) > 1 else "".join(kept)


def compile_terms(required: Sequence[Sequence[str]]) -> str:
    """The expression of what :func:`index.filters.required_terms` asks for: of each group at least one term.

    The issuer is the partition key: a filter by it reads that partition alone.
    """
    conditions = []
    for asked in required:
        if not asked:
            return NOTHING
        group = [clipped(term) for term in asked]
        issuers = [term.partition("=")[2] for term in group if term.startswith("issuer=")]
        if len(issuers) == len(group):
            conditions.append(within("issuer", [clipped(issuer) for issuer in issuers]))
        else:
            conditions.append(f"array_contains_any(terms, {literals(group)})")
    return every(*conditions)


def holding(forms: Sequence[str]) -> str:
    """Passages that hold one of the forms: lower case, without blanks, as in :func:`index.quotes.spellings`."""
    return " or ".join(f"squeezed like {literal('%' + _pattern(form) + '%')}" for form in forms) or NOTHING


def _pattern(form: str) -> str:
    return form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
