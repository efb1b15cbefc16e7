"""The digest edition of the sample notices (corpus/notices) and the question set carried over to it.

Checks that need only this repository come first. Those that compare with the notices and the questions the digest was written from
run where ../shared stands beside the project, and are skipped elsewhere.
"""

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTICES = ROOT / "corpus" / "notices"
QUESTIONS = ROOT / "tests" / "questions"
SHARED = ROOT.parent / "shared"
KEYS = ["000", "001", "002", "003", "004"]
YEARS = {"000": 2022, "001": 2024, "002": 2021, "003": 2022, "004": 2025}
HEADER = "【摘要版】本文由 notice-assistant 项目依据公开通知改写，非官方文本；单位、日期、数字与编号照原件。"
FIELDS = [
    "id",
    "lang",
    "kind",
    "question",
    "history",
    "filters",
    "gold",
    "units",
    "answer_contains",
    "difficulty",
    "note",
]
# Facts that no cited line holds, in the originals as in the digest: the year stands in the title, or is said by the question.
FACTS_ELSEWHERE = {("d031", "2025"), ("d034", "2022"), ("d051", "2021")}
HEADING = re.compile(r"^(?:\[bookmark[^]]*\])?\s*[（(][^）)]{1,3}[）)]")

needs_originals = pytest.mark.skipif(
    not (SHARED / "notices").is_dir(), reason="the original notices are not beside the project"
)


def read_folder(folder: Path) -> dict[str, str]:
    return {path.name[:3]: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def line_at(text: str, quote: str) -> str:
    start = text.rfind("\n", 0, text.index(quote)) + 1
    return text[start:].partition("\n")[0]


def context(key: str, text: str, quote: str) -> str:
    """The line that holds the quote and, in the city list, the heading it stands under: where a unit's name may be."""
    line = line_at(text, quote)
    if key != "000":
        return line
    above = [other for other in text[: text.index(line)].splitlines() if HEADING.match(other)]
    return line + " || " + above[-1]


DIGEST = read_folder(NOTICES)
DEV = read_lines(QUESTIONS / "digest.jsonl")
OPTIONAL = read_lines(QUESTIONS / "digest_optional.jsonl")


# --- the notices on their own ---


def test_there_are_five_notices():
    assert list(DIGEST) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_first_line_says_what_this_is(key):
    assert DIGEST[key].startswith(HEADER + "\n\n")
    assert DIGEST[key].count(HEADER) == 1
    assert DIGEST[key].endswith("\n")
    assert "\r" not in DIGEST[key]


@pytest.mark.parametrize(
    ("key", "pattern", "count"),
    [("000", r"(\d+)、 ?(?! ?市级)", 53), ("001", r"(\d+)\.(?!2024年“)", 25), ("002", r" *(\d+)、", 19)],
)
def test_items_are_numbered_through(key, pattern, count):
    body = DIGEST[key].partition("附件：1.")[0]
    assert [int(n) for n in re.findall(rf"(?m)^{pattern}", body)] == list(range(1, count + 1))


def test_the_list_has_sixteen_districts_and_keeps_its_damaged_numbering():
    cities, _, districts = DIGEST["000"].partition("\n二、各区开展的活动\n")
    headings = [line for line in districts.splitlines() if HEADING.match(line)]
    assert " ".join(re.sub(r"^.*[）)]\s*", "", heading) for heading in headings) == (
        "和平区 河北区 河东区 河西区 南开区 红桥区 东丽区 津南区 西青区 北辰区 宝坻区 武清区 宁河区 静海区 蓟州区 滨海新区"
    )
    assert sum(bool(HEADING.match(line)) for line in cities.splitlines()) == 16
    for line in ("1、 市级部门开展的活动", "（1） 市市场监管委开展的活动"):
        assert f"\n{line}\n" in cities
    for line in ("（2） 河东区", "(八) 津南区", "（9） 西青区", "[bookmark: _GoBack]（十二）武清区"):
        assert f"\n{line}\n" in districts


@pytest.mark.parametrize(
    ("key", "damage"),
    [
        ("001", "\n1、 活动主题\n"),
        ("001", "〔2024〕4号\n关于印发《2024年天津市滨海新区“质量月”\n\n活动方案》的通知\n"),
        ("002", "\n活动内容 \n"),
        ("002", "\n    10、"),
        ("002", " 2019年 9 月 8 日\n"),
        ("003", "\n传  真：27182134；"),
        ("004", "人人关心质量的\n\n良好氛围,"),
        ("004", "优质养老机构\n\n“开放日”活动。"),
        ("004", "质量管理相关\n\n标准知识技能培训"),
        ("004", "中的\n\n关键环节,"),
        ("004", "\n\n\n\n►宁河区"),
    ],
)
def test_damage_of_the_original_is_kept(key, damage):
    assert DIGEST[key].count(damage) == 1


# --- the questions ---


def test_ids_run_through():
    assert [q["id"] for q in DEV] == [f"d{n:03d}" for n in range(1, 65)]
    assert {o["id"] for o in OPTIONAL} <= {q["id"] for q in DEV}
    assert len({o["id"] for o in OPTIONAL}) == len(OPTIONAL)


@pytest.mark.parametrize("q", DEV, ids=lambda q: q["id"])
def test_fields(q):
    assert list(q) == FIELDS
    assert q["lang"] in ("zh", "en")
    assert q["difficulty"] in ("easy", "medium", "hard")
    assert q["question"]
    assert q["note"]
    assert (q["kind"] == "followup") == bool(q["history"])
    assert (q["kind"] == "units") == bool(q["units"])
    assert (q["kind"] == "abstain") == (not q["gold"])
    assert q["gold"] or not q["answer_contains"]
    if q["kind"] == "units":
        assert {names[0] for names in q["units"]} == {unit for g in q["gold"] for unit in g["units"]}


@pytest.mark.parametrize("q", DEV, ids=lambda q: q["id"])
def test_gold_stands_in_the_digest(q):
    assert len({(g["notice"], g["quote"]) for g in q["gold"]}) == len(q["gold"])
    for g in q["gold"]:
        text, quote = DIGEST[g["notice"]], g["quote"]
        assert text.count(quote) == 1, quote
        assert 8 <= len(quote) <= 60, quote
        assert "\n" not in quote, quote
        assert q["filters"].get("year", YEARS[g["notice"]]) == YEARS[g["notice"]], quote
        where = context(g["notice"], text, quote)
        for unit in g["units"]:
            assert unit in where or unit.replace("市市场监管委", "市场监管委") in where, (unit, where)


@pytest.mark.parametrize("q", DEV, ids=lambda q: q["id"])
def test_required_facts_stand_in_a_cited_line(q):
    cited = " ".join(context(g["notice"], DIGEST[g["notice"]], g["quote"]) for g in q["gold"])
    for forms in q["answer_contains"]:
        assert any(form in cited for form in forms) or (q["id"], forms[0]) in FACTS_ELSEWHERE, forms


@pytest.mark.parametrize("o", OPTIONAL, ids=lambda o: o["id"])
def test_optional_passages_stand_in_the_digest(o):
    for passage in o["optional"]:
        assert DIGEST[passage["notice"]].count(passage["quote"]) == 1, passage["quote"]
        assert len(passage["quote"]) >= 8
        assert "\n" not in passage["quote"]


# --- against the originals ---


@pytest.fixture(scope="module")
def pairs() -> dict[str, list[tuple[str, str]]]:
    """Every notice as pairs of lines (original, digest): the digest keeps the lines of the original, blank ones too."""
    originals = read_folder(SHARED / "notices")
    found = {}
    for key in KEYS:
        original = originals[key].strip("\n").rstrip().split("\n")
        digest = DIGEST[key].removeprefix(HEADER + "\n\n").rstrip().split("\n")
        assert len(original) == len(digest), key
        found[key] = list(zip(original, digest, strict=True))
    return found


NUMBERING = re.compile(r"\s*(?:\[bookmark[^]]*\])?(?:[（(][^）)]{1,3}[）)]|\d+[、.]|[一二三]、)?[ ]*")
SENTENCE_END = re.compile(r"[。；;！？!?]")
# A line with a full stop, an introduction, or the first half of a sentence cut in two.
PROSE = re.compile(r"。|：$|[^）)]{60}")
# What a digest must keep to the letter: document names, quoted names, parentheses, lists of two and more units.
NAMES = re.compile(
    r"《[^》]*》|“[^”]*”|[（(][^（()）]*[）)]|(?:[市区][一-鿿]{1,9}[委局部办室联会院](?=[、，,]|等)[、，,]?){2,}"
)


@needs_originals
@pytest.mark.parametrize("key", KEYS)
def test_titles_headings_numbering_and_layout_are_the_originals(pairs, key):
    for original, digest in pairs[key]:
        assert bool(original.strip()) == bool(digest.strip()), (original, digest)
        assert NUMBERING.match(original)[0] == NUMBERING.match(digest)[0], (original, digest)
        if not PROSE.search(original):
            assert digest == original


@needs_originals
@pytest.mark.parametrize("key", KEYS)
def test_numbers_names_and_units_of_every_line_are_kept(pairs, key):
    for original, digest in pairs[key]:
        assert set(re.findall(r"\d{2,}", original)) <= set(re.findall(r"\d{2,}", digest)), digest
        assert set(re.findall(r"《[^》]*》", original)) <= set(re.findall(r"《[^》]*》", digest)), digest
        responsible = re.search(r"[（(](?:责任单位：)?([^（()）]*)）$", original) if key in ("001", "002") else None
        assert responsible is None or digest.endswith(responsible[0]), digest


@needs_originals
@pytest.mark.parametrize("key", KEYS)
def test_the_prose_is_our_own(pairs, key):
    """How near the digest's prose may come to the original's, in two measures. Both leave out titles, headings (the first sentence
    after （一） in 003 too) and white space:
    1. under 5 % of the original's sentences of 25 and more characters (cut at 。；; and ！？) stand verbatim in the digest;
    2. no run of more than 40 characters is shared, outside of what must stay to the letter: 《…》, “…”, parentheses, and lists of units.
    """
    text = re.sub(r"\s", "", DIGEST[key])
    prose = [re.sub(r"\s", "", original) for original, _ in pairs[key] if PROSE.search(original)]
    prose = [re.sub(r"^（[一二三四五六]）[^。]*。", "", line) for line in prose]
    sentences = [
        s
        for line in prose
        for s in SENTENCE_END.split(line)
        if len(s) >= 25 and not s.startswith(("（责任单位", "(责任单位"))
    ]
    copied = [s for s in sentences if s in text]
    assert len(copied) < 0.05 * len(sentences), copied
    for line in prose:
        for part in NAMES.split(line):
            run = SequenceMatcher(None, part, text, autojunk=False).find_longest_match()
            assert run.size <= 40, part[run.a : run.a + run.size]


@needs_originals
def test_questions_are_the_development_set_with_other_quotes():
    def without_quotes(rows: list[dict], passages: str) -> list[dict]:
        return [row | {passages: [p | {"quote": ""} for p in row[passages]]} for row in rows]

    assert without_quotes(DEV, "gold") == without_quotes(read_lines(SHARED / "questions" / "dev.jsonl"), "gold")
    assert without_quotes(OPTIONAL, "optional") == without_quotes(
        read_lines(SHARED / "questions" / "dev_optional.jsonl"), "optional"
    )


@needs_originals
def test_quotes_lie_in_the_line_that_the_original_quote_lies_in(pairs):
    originals = {key: [o for o, _ in lines] for key, lines in pairs.items()}
    digests = {key: [d for _, d in lines] for key, lines in pairs.items()}
    for name, field, rows in (("dev", "gold", DEV), ("dev_optional", "optional", OPTIONAL)):
        for old, new in zip(read_lines(SHARED / "questions" / f"{name}.jsonl"), rows, strict=True):
            for before, after in zip(old[field], new[field], strict=True):
                key = before["notice"]
                was = next(i for i, line in enumerate(originals[key]) if before["quote"] in line)
                assert after["quote"] in digests[key][was], (new["id"], after["quote"])


@needs_originals
def test_accepted_surface_forms_survive_in_the_cited_lines():
    originals = read_folder(SHARED / "notices")
    for old, new in zip(read_lines(SHARED / "questions" / "dev.jsonl"), DEV, strict=True):
        before = " ".join(line_at(originals[g["notice"]], g["quote"]) for g in old["gold"])
        after = " ".join(line_at(DIGEST[g["notice"]], g["quote"]) for g in new["gold"])
        for form in (form for forms in new["answer_contains"] for form in forms):
            assert form not in before or form in after, (new["id"], form)
