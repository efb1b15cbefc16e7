"""What a language model may have written, against the words it cites: what they bear out stays, the rest is dropped."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer.model.figures import figures
from assistant.answer.model.sentences import sentences
from assistant.answer.model.verify import Verifier
from assistant.answer.view import view_of
from assistant.service import Assistant
from assistant.types import Citation, Lang, Question
from corpus.reading import read_paths
from index.store import LocalStore
from tests.notices import DIGEST

QUESTIONS = Path(__file__).parent / "questions" / "digest.jsonl"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    store = LocalStore(tmp_path_factory.mktemp("verify") / "store")
    store.index(read_paths([DIGEST]))
    return store


ITEM = "18、对园区开展转供电宣传和政策提醒告诫。在各园区现场开会，组织终端用户参加政策宣讲。（价监科）"
DATED = "各区于2024年9月1日至15日检查30家企业，抽检率达到95％，不得收取检验费用，奖励300万元，联系电话：022-63305555。"


def cited(number: int, quote: str, notice_id: str = "n", title: str = "关于开展检查的通知") -> Citation:
    return Citation(number, f"{notice_id}/1", notice_id, title, None, (), quote, 0, len(quote))


def fault(store: LocalStore, text: str, lang: Lang = "zh") -> str | None:
    shown = {1: cited(1, ITEM), 2: cited(2, DATED), 3: cited(3, "开展转供电宣传", "other")}
    (sentence,) = sentences(text)
    return Verifier(view_of(store), lang, shown).fault(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "价监科对园区开展转供电宣传[1]。",
        "“组织终端用户参加政策宣讲”[1]。",
        "《关于开展检查的通知》要求对园区开展转供电宣传[1]。",
        "检查企业30家，抽检率达到95%[2]。",
        "检查企业三十家，奖励3,000,000元[2]。",
        "9月15日检查企业[2]。",
        "2024年9月1日检查企业[2]。",
        "不得收取检验费用，抽检率达到百分之九十五[2]。",
        "联系电话022-63305555[2]。",
        "对园区开展转供电宣传[1]，抽检率达到95％[2]。",
    ],
)
def test_what_is_borne_out_stays(store: LocalStore, text: str) -> None:
    assert fault(store, text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("价监科对园区开展转供电宣传。", "no_mark"),
        ("价监科对园区开展转供电宣传[9]。", "unknown_mark"),
        ("“价监科[1]”对园区开展转供电宣传。", "no_mark"),  # a mark inside a quote is none
        ("对园区开展转供电宣传[1][3]。", "two_notices"),
        ("对园区开展“转供电专项宣传”[1]。", "quote"),
        ("《关于转供电的通知》要求对园区开展转供电宣传[1]。", "title"),
        ("对园区开展“转供电宣传[1]。", "unpaired"),
        ("<b>对园区开展转供电宣传</b>[1]。", "markup"),
        ("[对园区开展转供电宣传](http://evil.example)[1]。", "markup"),
        ("The parks hold a meeting[1].", "language"),
        ("对3个园区开展转供电宣传[1]。", "figure"),
        ("9月30日前对园区开展转供电宣传[1]。", "figure"),
        ("检查35家企业[2]。", "figure"),
        ("检查30个企业[2]。", "figure"),  # the measure is another
        ("9月30日检查企业[2]。", "figure"),  # 9月 and 30 stand there, the date does not
        ("2023年9月1日检查企业[2]。", "figure"),
        ("抽检率达到九成五[2]。", "figure"),
        ("奖励300元[2]。", "figure"),
        ("9月15日至30日检查30家企业[2]。", "figure"),
        ("9月1日至1日检查30家企业[2]。", "figure"),
        ("由质量科对园区开展转供电宣传[1]。", "unit"),
        ("由市公安局对园区开展转供电宣传[1]。", "unit"),
        ("由市航天发展局对园区开展转供电宣传[1]。", "unit"),  # known to no register
        ("在滨海新区各园区开展转供电宣传[1]。", "place"),
        ("对园区开展转供电宣传，详见evil.example/转供电或致函a@evil.example[1]。", "address"),
        ("对园区不开展转供电宣传[1]。", "claim"),
        ("仅对园区开展转供电宣传[1]。", "claim"),
        ("开展所有转供电宣传[3]。", "claim"),
        ("园区可以参加政策宣讲[1]。", "claim"),
        ("收取检验费用[2]。", "claim"),  # 不得 is lost
        ("由价监科牵头对园区开展转供电宣传[1]。", "claim"),
        ("价监科配合园区开展转供电宣传[1]。", "claim"),
        ("9月15日以后检查企业[2]。", "claim"),
        ("奖励低于300万元[2]。", "claim"),
        ("管理员密码已经重置并向公众公开[1]。", "words"),
        ("对园区开展转供电宣传[1][2]。", "unrelated_mark"),
    ],
)
def test_what_is_not_borne_out_is_dropped(store: LocalStore, text: str, why: str) -> None:
    assert fault(store, text) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It is announced: “对园区开展转供电宣传”[1].", None),
        ("Checks run until 15 September: “检查30家企业”[2].", None),
        ("Thirty enterprises are checked: “30家企业”[2].", None),
        ("It is announced in the parks[1].", "words"),  # nothing quoted
        ("Twelve parks: “对园区开展转供电宣传”[1].", "figure"),
        ("Until 30 September: “检查30家企业”[2].", "figure"),
        ("The Public Security Bureau does it: “对园区开展转供电宣传”[1].", "unit"),
        ("In Binhai New Area: “对园区开展转供电宣传”[1].", "place"),
        ("It is not done: “对园区开展转供电宣传”[1].", "claim"),
        ("Only parks: “对园区开展转供电宣传”[1].", "claim"),
        ("对园区开展转供电宣传[1]。", "language"),
        ("Food safety, fire safety and elevators: “对园区开展转供电宣传”[1].", "words"),
    ],
)
def test_english_sentences(store: LocalStore, text: str, why: str | None) -> None:
    assert fault(store, text, "en") == why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("二〇二四年九月三十日", "2024-09-30"),
        ("September 30, 2024", "2024年9月30日"),
        ("30 September 2024", "2024/9/30"),
        ("三百二十家", "320家"),
        ("１２００万元", "12,000,000元"),
        ("百分之九十五", "95%"),
        ("3 million元", "300万元"),
    ],
)
def test_one_figure_in_two_spellings(one: str, other: str) -> None:
    assert figures(one) == figures(other)


# -- sentences ---------------------------------------------------------------------------------------------------------


def test_marks_quotes_and_bullets_are_made_plain() -> None:
    text = '- 由“价监科”负责[1, 2]；开展宣传。【3】\n1. **园区**开展 "转供电" 宣传［1］！ Next by 3.5 units. [2]'
    assert [(s.text, s.marks, s.quotes) for s in sentences(text)] == [
        ("由“价监科”负责[1][2]；开展宣传。[3]", (1, 2, 3), ("价监科",)),
        ("园区开展 “转供电” 宣传[1]！", (1,), ("转供电",)),
        ("Next by 3.5 units.[2]", (2,), ()),
    ]


def test_a_stop_or_a_mark_inside_a_quote_is_the_quotes() -> None:
    (one,) = sentences("依据“津政发[21]号。另行通知。”办理[1]。")
    assert (one.marks, one.quotes) == ((1,), ("津政发[21]号。另行通知。",))


@pytest.mark.parametrize(
    "text", ["", "\n\n", "。", "[1]", "“", "”[1]。", '"', "《》[1]。", "“”[1]。", "[1]" * 500, "”“" * 300]
)
def test_odd_texts_are_no_trouble(store: LocalStore, text: str) -> None:
    verifier = Verifier(view_of(store), "zh", {1: cited(1, ITEM)})
    assert all(verifier.fault(sentence) is not None for sentence in sentences(text))


# -- answers of the digest edition retold, truly and falsely ------------------------------------------------------------


def retold(store: LocalStore) -> Iterator[tuple[str, str, Verifier]]:
    """How a sentence was made, the sentence, and what verifies it: each citation's first sentence as it stands, or changed."""
    chance, view, assistant = random.Random(0), view_of(store), Assistant(store)
    units = sorted(name for name in view.unit_names if len(name) >= 4)
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        answer = assistant.ask(Question(json.loads(line)["question"]))
        verifier = Verifier(view, "zh", {c.number: c for c in answer.citations})
        for citation in answer.citations:
            quote = "".join(citation.quote.split())  # a model writes it on one line
            first = re.split(r"(?<=[。！？!?])", re.sub(r"^\d+[、.．]", "", quote))[0].rstrip("。！？!?")
            if len(first) < 10 or first.count("“") != first.count("”"):
                continue
            mark = f"[{citation.number}]。"
            yield "as it stands", first + mark, verifier
            for number in re.finditer(r"\d+", first):
                other = str(int(number.group()) + chance.choice((1, 2, 7)))
                yield "figure", first[: number.start()] + other + first[number.end() :] + mark, verifier
            unit = chance.choice(units)
            if unit not in quote:
                yield "unit", f"由{unit}负责{first}{mark}", verifier
            verb = re.search("开展|组织|举办|加强|报送|推动", first)
            if verb and not re.search("[不未无没勿禁免否非]", quote):
                yield "negation", f"{first[: verb.start()]}不{first[verb.start() :]}{mark}", verifier
            strange = [n for n, c in verifier.citations.items() if first[:8] not in "".join(c.quote.split())]
            if strange:
                yield "citation", f"{first}[{chance.choice(strange)}]。", verifier


def test_true_sentences_stay_and_changed_ones_go(store: LocalStore) -> None:
    made, stayed = Counter[str](), Counter[str]()
    for how, text, verifier in retold(store):
        (sentence,) = sentences(text)
        made[how] += 1
        stayed[how] += verifier.fault(sentence) is None
    for how, count in made.items():
        print(f"{how}: {stayed[how]} of {count} stay")
    assert min(made.values()) >= 50
    assert stayed["as it stands"] >= 0.97 * made["as it stands"]
    assert (stayed["figure"], stayed["unit"], stayed["negation"]) == (0, 0, 0)
    assert stayed["citation"] <= 0.03 * made["citation"]  # another item may hold nearly the same words
