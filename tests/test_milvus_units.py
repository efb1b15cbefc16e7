"""What of the Milvus store needs no server: locations, weights, rows, literals."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.reading import read_paths
from index.analysis import tokenise
from index.errors import BadLocation
from index.filters import FIELDS, from_mapping, required_terms
from index.milvus import packing, weights
from index.milvus.expressions import NOTHING, compile_terms, every, literal, within
from index.milvus.location import parse_location
from index.milvus.state import count_words
from index.opening import is_folder, open_store
from index.store import LocalStore
from tests.oracles import Bm25, quantised

DIGEST = Path(__file__).parent.parent / "corpus" / "notices"


# -- locations ---------------------------------------------------------------------------------------------------------


def test_locations() -> None:
    found = parse_location("milvus+http://db.example:19530/notices_tj?dense=hnsw&fresh=1&timeout=3&consistency=bounded")
    assert (found.uri, found.name) == ("http://db.example:19530", "notices_tj")
    assert (found.dense, found.fresh, found.timeout, found.consistency) == ("HNSW", 1.0, 3.0, "Bounded")
    assert parse_location("milvus+https://db/n").uri == "https://db:19530"
    assert parse_location("milvus+http://[::1]:7/n").uri == "http://[::1]:7"
    assert parse_location(str(Path("milvus+http://db:1/n"))).uri == "http://db:1"  # a Path has lost a slash
    assert parse_location("milvus+file:/data/n").embedded == Path("/data/n")
    assert is_folder("/data/milvus")
    assert not is_folder("milvus+http://db/n")
    assert isinstance(open_store("x"), LocalStore)


@pytest.mark.parametrize(
    "location",
    [
        "milvus+ftp://h/n", "milvus+http://", "milvus+http:///n", "milvus+http://h:port/n", "milvus+http://h:99999/n",
        "milvus+http://h/1n", "milvus+http://h/a-b", "milvus+http://h/a/b", "milvus+http://u:p@h/n", "milvus+file:",
        "milvus+http://h/n?x=1", "milvus+http://h/n?timeout=0", "milvus+http://h/n?timeout=x", "milvus+http://h/n?dense=LSH",
        "milvus+http://h/n?fresh=-1", "milvus+http://h/n?consistency=Weak", "milvus+",
    ],
)  # fmt: skip
def test_bad_locations_are_one_clear_error(location: str) -> None:
    with pytest.raises(BadLocation) as error:
        open_store(location)
    assert "\n" not in str(error.value)
    assert location.removesuffix("?") in str(error.value)


# -- weights -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)  # on a busy machine a first call takes long
@given(st.integers(0, 1 << 31))
def test_norm_codes_are_those_of_lucene(length: int) -> None:
    assert weights.NORMS[weights.norm_code(length)] == quantised(length)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("甲乙丙丁戊己庚辛壬癸"), min_size=1, max_size=60), min_size=1, max_size=12))
def test_inner_products_are_bm25(documents: list[list[str]]) -> None:
    oracle, average = Bm25(documents), sum(map(len, documents)) / len(documents)
    for token in "甲乙丙":
        expected = oracle.scores(token)
        place = weights.dimension(token)
        got = [oracle.idf(token) * weights.sparse_vector(d, average).get(place, 0.0) for d in documents]
        assert np.allclose(got, expected, atol=1e-9)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 400), max_size=30), st.floats(1, 500))
def test_term_counts_come_back_from_float32_weights(counts: dict[str, int], average: float) -> None:
    tokens = [token for token, n in counts.items() for _ in range(n)]
    vector = {k: float(np.float32(v)) for k, v in weights.sparse_vector(tokens, average).items()}
    places, found = weights.term_counts(vector, weights.norm_code(len(tokens)), average)
    expected = {weights.dimension(token): n for token, n in counts.items()}
    assert dict(zip(places.tolist(), found.tolist(), strict=True)) == expected


def test_dimensions_are_what_milvus_takes_and_hardly_collide() -> None:
    tokens = {token for path in DIGEST.glob("*.txt") for token in tokenise(path.read_text(encoding="utf-8"))}
    places = {weights.dimension(token) for token in tokens}
    assert len(places) == len(tokens) > 1000
    assert min(places) > weights.SENTINEL
    assert max(places) < 2**32 - 1


def test_the_first_words_may_be_cut_by_several_threads() -> None:
    script = (
        "import threading; from index.analysis import tokenise; barrier, out = threading.Barrier(8), []\n"
        "def cut():\n    barrier.wait(); out.append(tokenise('哪些单位负责电动自行车相关活动'))\n"
        "threads = [threading.Thread(target=cut) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert len(out) == 8 and all(o == out[0] for o in out)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


# -- rows --------------------------------------------------------------------------------------------------------------


def test_a_notice_comes_back_from_its_rows() -> None:
    for file in read_paths([DIGEST]):
        for notice in file.notices:
            parts = packing.part_rows("whole", notice.notice_id, "v", packing.whole_of(notice))
            back = packing.read_whole(packing.joined(reversed(parts)))
            assert replace(back, facts=()) == replace(notice, facts=())
            assert sorted(back.facts, key=repr) == sorted(notice.facts, key=repr)
            assert packing.read_head(packing.head_row(notice, "v")).card == packing.card_of(notice)
            for passage in notice.passages:
                assert packing.read_passage(packing.unpack([packing.passage_body(passage)])) == passage


@settings(deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_any_text_survives_packing(text: str) -> None:
    assert packing.unpack(packing.pack({"text": text})) == {"text": text}
    assert all(len(row["body"].encode()) <= packing.MAX_BYTES for row in packing.part_rows("ids", "n", "v", text))


def test_versions_tell_contents_apart_and_no_order_of_facts() -> None:
    (notice, *_) = [n for file in read_paths([DIGEST]) for n in file.notices]
    version = packing.version_of(notice, "a")
    assert version == packing.version_of(replace(notice, facts=tuple(reversed(notice.facts))), "a")
    assert version != packing.version_of(notice, "b") != packing.version_of(replace(notice, source="x"), "b")


@settings(deadline=None)
@given(st.lists(st.integers(0, 65_535), max_size=50))
def test_pieces_come_back(pieces: list[int]) -> None:
    assert packing.read_pieces(packing.pack_pieces(pieces)).tolist() == sorted(set(pieces))


def test_words_are_added_and_taken_away() -> None:
    notices = [n for file in read_paths([DIGEST]) for n in file.notices]
    all_of_them, first, rest = count_words(notices), count_words(notices[:1]), count_words(notices[1:])
    assert rest.changed(count_words([]), first) == all_of_them
    assert all_of_them.changed(first, count_words([])) == rest


# -- expressions -------------------------------------------------------------------------------------------------------

_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')


@settings(deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_nothing_ends_a_literal_but_its_end(value: str) -> None:
    assert _LITERAL.fullmatch(literal(value))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([f for f in FIELDS if f != "year"]), st.text(min_size=1, max_size=20), max_size=4)
)
def test_filters_compile_to_literals_and_known_words(values: dict[str, object]) -> None:
    condition = compile_terms(required_terms(from_mapping(values)))
    bare = _LITERAL.sub("", condition)
    assert re.fullmatch(r"[a-z_ ()\[\],=]*", bare), condition


def test_compiled_filters() -> None:
    assert compile_terms([]) == ""
    assert compile_terms([["year=2022"], []]) == NOTHING == within("pk", [])
    assert compile_terms([["issuer=a"]]) == 'issuer in ["a"]'
    assert compile_terms([["year=2022"], ["unit=b"]]) == (
        '(array_contains_any(terms, ["year=2022"])) and (array_contains_any(terms, ["unit=b"]))'
    )
    assert every("", "a", "") == "a"
