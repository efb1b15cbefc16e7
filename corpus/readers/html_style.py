"""What tag, style and class say about an element: block or inline, hidden, page furniture."""

from __future__ import annotations

import re

from lxml import etree

# Elements whose content a browser does not show as text.
UNSEEN = frozenset(
    "script style template noscript noframes title meta link base object embed applet audio video canvas svg iframe map "
    "datalist param source track".split()
)
BLOCK = frozenset(
    "html body address article aside blockquote caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol optgroup option p pre listing xmp plaintext search "
    "section summary table tbody td tfoot th thead tr ul".split()
)
CONTROLS = frozenset("button select textarea nav footer aside marquee".split())  # no part of what a notice says
_ROLES = frozenset("navigation banner contentinfo search complementary menu toolbar".split())
_FURNITURE = frozenset(
    "nav navbar navigation menu breadcrumb breadcrumbs crumb crumbs curpage dqwz position foot footer copyright sidebar "
    "share bdshare bdsharebuttonbox toolbar search searchbox login pagination pager comment comments related qrcode ewm "
    "friendlink links topbar skip accessibility wza".split()
)
_TITLES = frozenset("title tit bt biaoti headline subtitle ucmstitle".split())
_WORD = re.compile(r"[A-Z]?[a-z]+")
_HIDDEN = re.compile(
    r"(?<![-\w])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|"
    r"(?:left|top|right|text-indent)\s*:\s*-\d{3,})",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"(?<![-\w])font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)", re.IGNORECASE)
_DISPLAY = re.compile(r"(?<![-\w])display\s*:\s*([a-z-]+)", re.IGNORECASE)
_FIXED = re.compile(r"(?<![-\w])position\s*:\s*(?:fixed|sticky)", re.IGNORECASE)


def is_hidden(element: etree._Element) -> bool:
    """Whether an element's own attributes keep it from being seen."""
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    if not style:
        return False
    # Children may have a size of their own: font-size:0 on a container is a layout trick.
    return bool(_HIDDEN.search(style)) or (bool(_NO_SIZE.search(style)) and len(element) == 0)


def is_block(element: etree._Element, tag: str) -> bool:
    """Whether an element stands on lines of its own."""
    style = element.get("style")
    if style and "isplay" in style:
        display = _DISPLAY.search(style)
        if display and tag not in ("td", "th", "tr"):
            return not display.group(1).lower().startswith(("inline", "contents"))
    return tag in BLOCK


def is_furniture(element: etree._Element, tag: str) -> bool:
    """Whether an element is navigation, a control or the like by its tag, role, position or class."""
    if tag in CONTROLS or element.get("role") in _ROLES:
        return True
    if _FIXED.search(element.get("style") or ""):
        return True
    return tag in BLOCK and bool(_words(element) & _FURNITURE)


def is_title(element: etree._Element, tag: str) -> bool:
    """Whether an element is a title by its tag or class."""
    return tag in ("h1", "h2", "h3", "ucmstitle") or bool(_words(element) & _TITLES)


def _words(element: etree._Element) -> set[str]:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return {word.lower() for word in _WORD.findall(names)} if len(names) > 1 else set()
