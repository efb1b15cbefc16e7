"""Units in the columns of a table: 责任单位, 牵头部门, 配合单位 …"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.extract.explicit import labelled_units, listed_units, role_of
from corpus.structure.tables import Field, is_unit_column
from corpus.types import Unit

_NOBODY = re.compile(r"[\s\-—–_/\\、，,。.；;无（）()]*")


def column_units(text: str, fields: Sequence[Field], region: str | None, issuer: str | None) -> list[Unit]:
    """Units of one row, their roles by the names of the columns; a unit of two columns keeps the first role."""
    units: list[Unit] = []
    for field in fields:
        if not is_unit_column(field.name) or _NOBODY.fullmatch(text, field.start, field.end):
            continue
        labelled = labelled_units(text, field.start, field.end, region, issuer)  # 牵头单位：…；配合单位：… in one cell
        units += labelled or listed_units(text, field.start, field.end, role_of(field.name), region, issuer)
    return list({unit.canonical: unit for unit in reversed(units)}.values())[::-1]
