"""Search results with what an interface marks in them: ``highlights`` and ``snippet`` of each hit."""

from __future__ import annotations

from assistant import as_json
from corpus.types import Span
from index.dictionary import Dictionary
from index.highlights import Highlighter
from index.types import HitList


def hit_list(found: HitList, dictionary: Dictionary) -> as_json.Json:
    """The shape of :func:`assistant.as_json.hit_list`, each hit with two fields more.

    ``highlights``: ``[{"start", "end"}]``, where words of the query stand; ``snippet``: ``{"start", "end"}``, the best
    sentence. Code points into the hit's ``text``, half open.
    """
    whole = as_json.hit_list(found)
    highlighter = Highlighter(found.query, found.corrections, dictionary.lookup)
    for hit in whole["hits"]:
        highlights = highlighter.find(hit["text"])
        hit["highlights"] = [_span(span) for span in highlights.spans]
        hit["snippet"] = _span(highlights.snippet)
    return whole


def _span(span: Span) -> as_json.Json:
    return {"start": span.start, "end": span.end}
