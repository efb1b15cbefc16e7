"""Words that several surfaces share."""

from __future__ import annotations

# A link's kind and direction (out: the notice at hand says so of another; in: another says so of it), in order of weight.
LINK_WORDS: dict[tuple[str, str], tuple[str, str]] = {
    ("replaces", "in"): ("已被废止，见", "replaced by"),
    ("edition_of", "in"): ("新版", "newer edition"),
    ("amends", "in"): ("已被修改，见", "amended by"),
    ("edition_of", "out"): ("上一版", "earlier edition"),
    ("replaces", "out"): ("废止", "replaces"),
    ("amends", "out"): ("修改", "amends"),
    ("implements", "out"): ("依据", "implements"),
    ("cites", "out"): ("引用", "cites"),
    ("implements", "in"): ("被作为依据", "implemented by"),
    ("cites", "in"): ("被引用", "cited by"),
}
