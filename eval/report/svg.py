"""A matplotlib figure as inline SVG: the page's colours and fonts, no style attribute, nothing that names a place elsewhere."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that stand for the page's CSS variables: drawn with, then replaced by classes.
SERIES = tuple(f"#a000{n:02x}" for n in range(1, 9))
INK, FAINT, LINE = "#000001", "#000002", "#000003"
_NAMES = {INK: "ink", FAINT: "faint", LINE: "line", **{colour: f"c{n}" for n, colour in enumerate(SERIES, 1)}}
_KEPT = {
    "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "opacity",
    "fill-opacity", "stroke-opacity", "text-anchor",
}  # fmt: skip
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONT = re.compile(r"([\d.]+)px")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline(figure: Figure, key: str, title: str, description: str) -> str:
    """The figure as an ``svg`` element.

    :param key: unique in the page; ids begin with it
    """
    from matplotlib import rc_context

    out = io.StringIO()
    with warnings.catch_warnings(), rc_context({"svg.fonttype": "none", "svg.hashsalt": key}):
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)  # the browser has the glyphs
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    root = etree.fromstring(out.getvalue().encode("utf-8"), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in [e for e in root.iter() if not isinstance(e.tag, str) or _local(e.tag) in ("metadata", "style")]:
        element.getparent().remove(element)
    for element in root.iter():
        _plain(element, key)
    _drop_ids(root)
    box = root.get("viewBox")
    root.attrib.clear()
    root.attrib.update({
        "class": "plot", "viewBox": box, "role": "img", "aria-labelledby": f"{key}-title {key}-desc",
        "stroke-linejoin": "round", "stroke-linecap": "butt",
    })  # fmt: skip
    for name, text in (("desc", description), ("title", title)):
        told = etree.Element(name, {"id": f"{key}-{name}"})
        told.text = clean(text)
        root.insert(0, told)
    etree.cleanup_namespaces(root)
    for element in root.iter():  # indentation is half of the file
        element.tail = None
        if element.tag not in ("text", "title", "desc"):
            element.text = None
    return str(etree.tostring(root, encoding="unicode"))


def clean(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _plain(element: etree._Element, key: str) -> None:
    """No namespaces, ids of the page's own, classes and attributes in place of styles."""
    element.tag = _local(element.tag)
    attributes = {_local(str(name)): str(value) for name, value in element.attrib.items()}
    element.attrib.clear()
    style = dict(part.split(":", 1) for part in attributes.pop("style", "").split(";") if ":" in part)
    declared = {name.strip(): value.strip() for name, value in style.items()}
    classes = []
    for paint in ("fill", "stroke"):
        value = declared.pop(paint, None) or attributes.pop(paint, None)
        if value in _NAMES:
            classes.append(f"{paint}-{_NAMES[value]}")
        elif value is not None:
            attributes[paint] = value
    if size := _FONT.search(declared.pop("font", "") + declared.pop("font-size", "")):
        attributes["font-size"] = size.group(1)
    attributes |= {name: value for name, value in declared.items() if name in _KEPT}
    if "id" in attributes:
        attributes["id"] = f"{key}-{attributes['id']}"
    if attributes.get("href", "").startswith("#"):
        attributes["href"] = f"#{key}-{attributes['href'][1:]}"
    if "clip-path" in attributes:
        attributes["clip-path"] = _REFERENCE.sub(rf"url(#{key}-\1)", attributes["clip-path"])
    if _local(element.tag) == "text" and not classes:
        classes.append("fill-ink")
    if classes:
        attributes["class"] = " ".join(classes)
    element.attrib.update(attributes)


def _drop_ids(root: etree._Element) -> None:
    """Ids that nothing refers to."""
    used = {e.get("href", "")[1:] for e in root.iter()}
    used |= {name for e in root.iter() for name in _REFERENCE.findall(e.get("clip-path", ""))}
    for element in root.iter():
        if "id" in element.attrib and element.get("id") not in used:
            del element.attrib["id"]
