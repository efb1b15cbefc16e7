"""Postings, columns and bounds say what a plain scan over all texts says."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answer.grams import Grams
from assistant.answer.intent import AskedUnit
from assistant.answer.naming import maybe_naming, names_unit
from assistant.answer.reach import covering, group_shares
from assistant.answer.scope import admitted_by, place_admits, scope_of, speaks_of
from assistant.answer.sets import MATCHES, NEAR
from assistant.answer.topic import Group, Matcher, Topic, make_term, quoted_term
from assistant.answer.topic_words import UNKNOWN_ENGLISH
from assistant.answer.understanding import understand
from assistant.answer.view import View, view_of
from assistant.types import Question
from corpus.parse import parse
from corpus.reading import ReadFile, read_paths
from eval.bench.generator import generate, questions
from index.filters import passage_terms, required_terms
from index.fold import fold
from index.store import LocalStore
from index.types import Filters
from tests.notices import DIGEST

LETTERS = st.text(alphabet="甲乙丙a，\n\x00\U00020000\ud800", max_size=12)
ASKED = [
    json.loads(line)
    for line in (Path(__file__).parent / "questions" / "digest.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    """The digest edition and ten generated notices."""
    store = LocalStore(tmp_path_factory.mktemp("grams") / "store")
    made = [ReadFile(one.name, tuple(parse(one.text, one.name))) for one in generate(420)]
    store.index([*read_paths([DIGEST]), *made])
    return view_of(store)


@pytest.fixture(scope="module")
def asked(view: View) -> list[str]:
    texts = [text for question in ASKED for text in (*question["history"], question["question"])]
    return [*texts, *(question.text for question in questions(list(generate(420)), 10))]


@settings(deadline=None, max_examples=300)
@given(st.lists(LETTERS, max_size=12), st.lists(LETTERS, min_size=1, max_size=6))
def test_postings_hold_what_a_scan_finds(texts: list[str], wanted: list[str]) -> None:
    grams = Grams.over(texts)
    assert [grams.texts[number] for number in grams.of.tolist()] == texts
    for string in (*wanted, *(text[1:4] for text in texts), "丁"):
        assert grams.holding(string).tolist() == [n for n, text in enumerate(grams.texts) if string in text]
    assert grams.mask(wanted).tolist() == [any(string in text for string in wanted) for text in grams.texts]


def test_long_postings_are_intersected() -> None:
    chance = Random(3)
    texts = ["".join(chance.choices("一二三四五", k=40)) for _ in range(2000)]
    grams = Grams.over(texts)
    for length in (1, 2, 3, 5, 8):
        string = texts[7][:length]
        assert grams.holding(string).tolist() == [n for n, text in enumerate(grams.texts) if string in text]


def test_frequencies_are_those_of_a_scan(view: View) -> None:
    bodies = [entry.folded for entry in view.entries if entry.body]
    for word in ("质量", "月", "电动自行车", "市", "的", "不在其中", "专项整治", "2022年"):
        assert view.document_frequency(word) == sum(word in text for text in bodies)


def test_shares_of_groups_are_those_of_each_text(view: View) -> None:
    terms = (make_term(view, ["电动自行车", "质量"]), make_term(view, ["农贸市场"]))
    quoted = quoted_term(view, "电动，自行车标准宣贯会议")
    assert quoted.pairs
    for group in (Group(terms), Group(terms[:1]), Group((quoted,)), Group((quoted, *terms))):
        for grams in (view.columns.folded, view.columns.around, view.columns.titles, view.columns.abouts):
            assert group_shares(grams, group).tolist() == [group.match(text) for text in grams.texts]


@pytest.mark.parametrize("relaxed", [False, True])
def test_covering_leaves_out_no_match(view: View, asked: list[str], relaxed: bool) -> None:
    found = 0
    for text in asked[::3]:
        topic = understand(view, Question(text)).topic
        unknown = Group(topic.groups[0].terms, UNKNOWN_ENGLISH, unknown=True) if topic.groups else None
        for groups in (topic.groups, topic.groups[:1], (*topic.groups[1:], *((unknown,) if unknown else ()))):
            for threshold in (MATCHES - NEAR, MATCHES, 0.9):
                matcher = Matcher(Topic(groups), relaxed)
                scanned = [m for entry in view.entries if (m := matcher.match(entry)).coverage >= threshold]
                assert list(covering(Matcher(Topic(groups), relaxed), view.everything, threshold)) == scanned
                found += bool(scanned) and len(scanned) < len(view.entries)
    assert found > 50


def test_scopes_and_places_are_those_of_a_scan(view: View, asked: list[str]) -> None:
    places = {card.region for card in view.cards.values() if card.region} | view.places
    for place in sorted(places):
        admitted = [entry for entry in view.entries if place_admits((place,), entry)]
        assert list(admitted_by((place,), view, view.everything)) == admitted
    for text in asked:
        intent = understand(view, Question(text))
        years = [e for e in view.entries if not intent.years or e.stored.notice.year in intent.years]
        scope = scope_of(view, replace(intent, headings=(), notice_level=None))
        undated = {card.notice_id for card in view.cards.values() if card.year is None}
        assert [e for e in scope.entries if e.stored.notice.notice_id not in undated] == [
            e for e in years if e.stored.notice.notice_id not in undated
        ]


def test_headings_limit_the_scope_to_what_stands_below_them(view: View) -> None:
    intent = understand(view, Question("哪些单位负责"))
    for heading in sorted(view.headings):
        below = [e for e in view.entries if heading in map(fold, e.stored.passage.section_path)]
        assert list(scope_of(view, replace(intent, headings=(heading,))).entries) == below
        assert below


def test_filters_admit_what_the_terms_say(view: View) -> None:
    card = next(iter(view.cards.values()))
    unit = next(unit for entry in view.entries for unit in entry.stored.units)
    filters = [
        Filters(),
        Filters(year=2022),
        Filters(region="天津"),
        Filters(notice_id=card.notice_id),
        Filters(unit=unit.name, year=card.year),
        Filters(unit=unit.canonical),
        Filters(disclosure=("unknown",)),
        Filters(issuer="没有这个单位"),
    ]
    for one in filters:
        required = [set(group) for group in required_terms(one)]
        kept = [
            entry
            for entry in view.entries
            if all(group & set(passage_terms(entry.stored.passage, entry.stored.notice)) for group in required)
        ]
        scope = scope_of(view, understand(view, Question("哪些单位负责", filters=one)))
        assert list(scope.entries) == kept
        assert [n.notice_id for n in scope.notices] == list(dict.fromkeys(e.stored.notice.notice_id for e in kept))


def test_a_unit_is_named_by_no_other_passages(view: View, asked: list[str]) -> None:
    units = {unit for text in asked for unit in understand(view, Question(text)).units}
    assert len(units) > 5
    everywhere = scope_of(view, understand(view, Question("哪些单位负责")))
    for unit in (*units, AskedUnit("没有这个单位")):
        naming = [any(names_unit(unit, u, e.stored.notice) for u in e.stored.units) for e in view.entries]
        assert not np.any(np.array(naming) & ~maybe_naming(view.columns, (unit,)))
        said = any(naming) or any(unit.name in entry.folded or unit.name in entry.about for entry in view.entries)
        assert speaks_of(everywhere, unit) == said
        opening = set(view.columns.opening_with(unit.name).tolist())
        assert {i for i, e in enumerate(view.entries) if e.opening.startswith(unit.name)} <= opening


def test_a_selection_is_a_sequence_of_its_passages(view: View) -> None:
    chance = np.random.default_rng(5)
    mask = chance.random(len(view.entries)) < 0.3
    chosen = view.everything.where(mask)
    plain = [entry for entry, kept in zip(view.entries, mask, strict=True) if kept]
    assert list(chosen) == plain == chosen[:]
    assert (len(chosen), chosen[0], chosen[-1]) == (len(plain), plain[0], plain[-1])
    assert chosen.get(plain[3].stored.passage.passage_id) is plain[3]
    left_out = next(entry for entry in view.entries if entry not in plain)
    assert chosen.get(left_out.stored.passage.passage_id) is None
    for notice in chosen.notices:
        assert chosen.of(notice.notice_id) == [e for e in plain if e.stored.notice.notice_id == notice.notice_id]
    assert not chosen.of("no such notice")


def test_many_texts_are_indexed_in_seconds() -> None:
    chance = Random(1)
    words = ["".join(chance.choices("市区县委局办关于开展质量安全工作检查宣传", k=4)) for _ in range(500)]
    texts = ["".join(chance.choices(words, k=12)) for _ in range(20_000)]
    started = time.process_time()
    Grams.over(texts)
    assert time.process_time() - started < 5
