"""Short names that a text gives its units: …开发建设管理委员会（以下简称“湖滨管委会”）."""

from __future__ import annotations

import re
from functools import lru_cache

from corpus.names import NameIndex

_GIVEN = re.compile(
    r"(?:局|委|办|厅|部|署|会|院|所|站|队|处|科|室|行|社|府|公司|集团|中心|机构|部门|单位|小组|指挥部|专班|银行|学校|大学)\s?"
    r"[（(](?:以下|下)?(?:统称|简称|合称)[：:为]?\s?[“\"「]?(?P<name>[\u4e00-\u9fff]{2,16})[”\"」]?[）)]"
)
_SHORTEST = 3  # code points: 企业, 政府 and their like mean others elsewhere


@lru_cache(maxsize=8)  # asked for at each clause of a text
def short_names(text: str) -> NameIndex:
    """The short names of units that stand in a text's brackets."""
    given = _GIVEN.finditer(text) if "称" in text else ()
    return NameIndex(match.group("name") for match in given if len(match.group("name")) >= _SHORTEST)
