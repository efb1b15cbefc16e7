"""Reading of the data files that ship with the packages (tab-separated, ``#`` comments)."""

from __future__ import annotations

from importlib.resources import files


def rows(package: str, name: str, columns: int) -> list[tuple[str, ...]]:
    """Rows of a lexicon, each exactly ``columns`` fields (missing ones are empty)."""
    text = files(package).joinpath("data", name).read_text(encoding="utf-8")
    out = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            fields = [field.strip() for field in line.split("\t")]
            out.append(tuple((fields + [""] * columns)[:columns]))
    return out


def alternatives(field: str) -> list[str]:
    """The alternatives inside one field, separated by ``|``."""
    return [part.strip() for part in field.split("|") if part.strip()]
