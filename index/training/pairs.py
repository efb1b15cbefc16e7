"""Every training pair, by source: given pairs, cloze pairs from running text, glossed pairs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from pathlib import Path

from .gloss import Glosser, clean_dictionary
from .reading import (
    PairSource,
    law_articles,
    news_documents,
    report_paragraphs,
    stard_train,
    train_sources,
)
from .settings import Settings

#: Questions with the passage that answers them: phase 2 mines hard negatives for these.
QUESTION_SOURCES = (
    "beijing_letters_train",
    "cmrc2018_train",
    "cmrc2018_trial",
    "drcd_dev_simp",
    "dureader_demo_train",
    "lawyer_llama_query2law",
    "lecoqa_train",
    "ncp_policies_train",
    "stard_train",
    "tipdm_messages",
)
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_PASSAGE_CHARS = 350


def all_pairs(data: Path, settings: Settings) -> list[PairSource]:
    """All sources in a fixed order, each capped at ``settings.caps`` by a seeded sample.

    The same folder and settings always give the same pairs.
    """
    given = [*train_sources(data), stard_train(data)]
    by_name = {source.name: source for source in given}
    dictionary = clean_dictionary(by_name["cedict_zh_en"])
    given = [dictionary if source.name == "cedict_zh_en" else source for source in given]
    cloze = _cloze_sources(data, settings)
    glossed = _glossed(Glosser(dictionary), [*given, *cloze], settings)
    return [_capped(source, settings) for source in [*given, *cloze, glossed]]


def _cloze_sources(data: Path, settings: Settings) -> list[PairSource]:
    """Self-supervised pairs: a sentence → its surroundings, a document's lead → its body."""
    rng = random.Random(settings.seed + 1)
    news = [sentences(text) for text in news_documents(data)]
    laws = [(" ".join([row["law"], *row["heads"][-1:]]), sentences(row["text"])) for row in law_articles(data)]
    return [
        _cloze("news_cloze", (("", s) for s in news), rng),
        PairSource(
            "news_lead",
            [s[0] for s in news if len(s) > 2],
            ["".join(s[1:])[:_PASSAGE_CHARS] for s in news if len(s) > 2],
        ),
        _cloze("law_cloze", laws, rng),
        _cloze("report_cloze", (("", sentences(t)) for t in report_paragraphs(data)), rng),
    ]


def sentences(text: str) -> list[str]:
    """The sentences of a text, end marks kept, blanks trimmed, scraps under 4 characters gone."""
    found = (match.group().strip() for match in _SENTENCE.finditer(text))
    return [sentence for sentence in found if len(sentence) >= 4]


def _cloze(name: str, documents: Iterable[tuple[str, list[str]]], rng: random.Random) -> PairSource:
    """Inverse cloze: a sentence, or one clause of it, against the sentences around it.

    The sentence is left in its passage one time in ten, so that plain overlap is learned, too.
    ``documents`` are (title, sentences); the title goes before the passage half the time.
    """
    anchors, positives = [], []
    for title, parts in documents:
        if len(parts) < 3:
            continue
        start = rng.randrange(len(parts) - 2)
        window = parts[start : start + 6]
        chosen = rng.randrange(len(window))
        sentence = window[chosen]
        clauses = [c for c in re.split(r"[，：、]", sentence) if len(c) >= 6]
        anchor = rng.choice(clauses) if clauses and rng.random() < 0.5 else sentence
        if rng.random() >= 0.1:
            window = window[:chosen] + window[chosen + 1 :]
        passage = "".join(window)[:_PASSAGE_CHARS]
        if title and rng.random() < 0.5:
            passage = f"{title} {passage}"
        anchors.append(anchor[:120])
        positives.append(passage)
    return PairSource(name, anchors, positives)


def _glossed(glosser: Glosser, sources: list[PairSource], settings: Settings) -> PairSource:
    """Word-by-word English of short Chinese anchors against the anchors' Chinese passages."""
    rng = random.Random(settings.seed + 2)
    wanted = {*QUESTION_SOURCES, "news_cloze", "law_cloze"} - {"lawyer_llama_query2law"}
    anchors, positives = [], []
    for source in sources:
        if source.name not in wanted:
            continue
        for anchor, positive in zip(source.anchors, source.positives, strict=True):
            english = glosser.gloss(anchor[:60], rng)
            if len(english.split()) >= 3:
                anchors.append(english)
                positives.append(positive)
    return PairSource("glossed", anchors, positives)


def _capped(source: PairSource, settings: Settings) -> PairSource:
    """At most ``settings.caps[source.name]`` pairs, chosen by the seed, in random order."""
    order = list(range(len(source)))
    random.Random(settings.seed).shuffle(order)
    order = order[: settings.caps.get(source.name, len(order))]
    return PairSource(source.name, [source.anchors[i] for i in order], [source.positives[i] for i in order])
