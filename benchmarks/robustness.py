"""Questions as people type them: every question of a set with a slip, in traditional characters, full-width, rephrased.

    .venv/bin/python benchmarks/robustness.py ../shared/questions/dev.jsonl --notices ../shared/notices

Prints the share of right answers for each way of typing beside that of the set as it stands, and what fell.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from eval import measuring
from index.analysis import segmenter
from index.sounds import sounds_of

SEED = 1
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_COMMON = "一是在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴"


def _slip(text: str, draw: random.Random) -> str:
    """One character of a word of three or more replaced by a common one that sounds the same."""
    words = [w for run in _HAN.findall(text) for w in segmenter().cut(run, hmm=False) if len(w) >= 3]
    draw.shuffle(words)
    for word in words:
        places = list(range(len(word)))
        draw.shuffle(places)
        for place in places:
            sound = sounds_of(word[place], exact=True)[0]
            same = [c for c in _COMMON if c != word[place] and sounds_of(c, exact=True)[0] == sound]
            if same:
                return text.replace(word, word[:place] + draw.choice(same) + word[place + 1 :], 1)
    letters = list(re.finditer(r"[a-z]{6,}", text))
    if letters:  # English: two letters swapped
        match = draw.choice(letters)
        at = draw.randrange(match.start() + 1, match.end() - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _traditional(text: str, _: random.Random) -> str:
    from opencc import OpenCC

    return str(OpenCC("s2t").convert(text))


def _wide(text: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _rephrased(text: str, draw: random.Random) -> str:
    chinese = bool(_HAN.search(text))
    plain = text.rstrip("？?。 ")
    if chinese:
        return draw.choice(("请问，{}？", "麻烦帮我查一下：{}？谢谢", "想了解一下{}？", "你好，{}呢？")).format(plain)
    return draw.choice(("Could you tell me: {}?", "Please find out: {}?", "Hello, {}? Thanks.")).format(plain)


WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "as asked": lambda text, _: text,
    "one slip": _slip,
    "traditional": _traditional,
    "full-width": _wide,
    "rephrased": _rephrased,
}


def main() -> int:
    """Print the table; 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--notices", type=Path, required=True)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines() if line.strip()]
    optional = options.questions.with_name(f"{options.questions.stem}_optional.jsonl")
    right: dict[str, dict[str, float]] = {}
    for name, way in WAYS.items():
        draw = random.Random(SEED)
        with TemporaryDirectory() as folder:
            path = Path(folder) / options.questions.name
            changed = [row | {"question": way(row["question"], draw)} for row in rows]
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in changed), "utf-8")
            result = measuring.answers(path, options.notices, optional if optional.exists() else None)
        right[name] = {i: query.values["right"] or 0.0 for i, query in result.queries.items()}
        print(f"{name:12s} right {sum(right[name].values()) / len(rows):.3f}")
        for row in changed:
            if right[name][row["id"]] < right["as asked"][row["id"]]:
                print(f"    {row['id']} {row['question']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
