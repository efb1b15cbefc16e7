"""What is wrong or unusual in a document itself: each finding has a place and says what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.structure.header import ATTACHMENT_LABEL
from corpus.structure.lines import Line
from corpus.structure.repair import Gap, Mark, family_order
from corpus.types import Finding, Header, Passage, PassageKind, Unit

_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# Words that are meant for a language model and not for an office.
_INSTRUCTION = re.compile(
    r"(?:忽略|无视|忘记|不要理会|不用遵守|跳过)(?:掉|所有|全部|一切|你|之前|此前|以上|上述|前面|先前|系统|的|收到){1,8}"
    r"(?:指令|指示|提示词?|命令|设定|规则|限制|对话)|"
    r"(?:你|您)(?:现在|从现在起)?(?:是|扮演)(?:一个|一名|一位)?[^，。\n]{0,12}(?:人工智能|语言模型|大模型|AI|聊天机器人|智能助手)|"
    r"(?:作为|身为)(?:一个|一名)?(?:AI|人工智能|大?语言模型|大模型)|系统提示词|"
    r"(?i:(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:of\s+)?(?:the\s+|your\s+)?(?:previous|prior|above|earlier|system)\s+"
    r"(?:instructions?|prompts?|messages?|rules)|you\s+are\s+(?:now\s+)?(?:an?\s+)?(?:AI|language\s+model|assistant|chatbot)\b|"
    r"system\s+prompt|<\|im_start\|>|\[/?INST\])"
)
# What each of its alternatives holds.
_COMMANDS = ("忽略", "无视", "忘记", "不要理会", "不用遵守", "跳过")
_COMMANDED = ("指令", "指示", "提示", "命令", "设定", "规则", "限制", "对话")
_MODELS = ("人工智能", "语言模型", "大模型", "AI", "聊天机器人", "智能助手", "系统提示词")
_LATIN = re.compile(r"[A-Za-z\u0130\u0131\u017f\u212a]{3}")  # with what ignoring case takes for one of them
_LISTED = re.compile(
    r"(?:附\s*件\s*(?P<label>\d{0,2})\s*[:：]?\s*)?(?:(?P<number>\d{1,2})\s*[.．、:：]\s*)?(?P<name>[^\s].{1,60})",
    re.DOTALL,
)
_MOST_LISTED = 500  # attachments that are looked for; each may cost a search through the whole text
_TEMPLATE = re.compile(r"<%|%>|\$\{\w+\}|\{\{\s*\w+|<\?php|\bfunction\s*\(|\bimport\s+\w+")
_ANYBODY = re.compile(r"各|有关|相关|其他")
_FAMILY_NAME = {
    "decimal": "1", "decimal2": "1.1", "decimal3": "1.1.1", "decimal4": "1.1.1.1", "chapter": "第…章", "part": "第…部分", "article": "第…条", "han": "一、", "han_paren": "（一）",
    "arabic": "1.", "arabic_paren": "（1）", "circled": "①",
}  # fmt: skip


def find(
    text: str, lines: list[Line], kinds: dict[int, PassageKind], marks: list[Mark], gaps: list[Gap],
    header: Header, passages: tuple[Passage, ...],
) -> tuple[Finding, ...]:  # fmt: skip
    """Findings of one notice, in the order of their places."""
    repeated = list(_repeated(marks, kinds))
    found = [
        *_numbering(lines, marks, gaps, {index for index, _ in repeated}),
        *_repeats(lines, repeated),
        *_dates(lines, kinds, header),
        *_units(passages),
        *unit_names(passages),
        *_hidden(text),
        *instructions(text),
        *_attachments(text, passages),
        *_no_notice(text, lines, marks, header, kinds),
    ]
    if lines and ATTACHMENT_LABEL.fullmatch(lines[0].text) and header.document_number is None:
        found.append(
            Finding(
                "attachment_only",
                "这是一份单独的附件，没有文号和发文机关 (an attachment on its own)",
                lines[0].start,
                lines[0].end,
            )
        )
    return tuple(sorted(found, key=lambda f: (f.start, f.code)))


def _numbering(lines: list[Line], marks: list[Mark], gaps: list[Gap], repeated: set[int]) -> Iterator[Finding]:
    for mark in marks:
        if not mark.repaired:
            continue
        line = lines[mark.index]
        family = _FAMILY_NAME[mark.family]
        if mark.number is None:
            message = f"标题缺少编号，按顺序应为“{family}”类第{mark.value}项 (heading without a number)"
            yield Finding("number_missing", message, line.start, line.end)
        else:
            message = f"编号“{mark.number.printed}”与前后不一致，按顺序应为“{family}”类第{mark.value}项 (number out of sequence)"
            yield Finding("numbering_repaired", message, line.start, line.start + len(mark.number.printed))
    for gap in gaps:
        if gap.before in repeated:  # said as what it is
            continue
        line = lines[gap.before]
        message = f"此处之前缺少“{_FAMILY_NAME[gap.family]}”类第{gap.value}项 (an item seems to be missing)"
        yield Finding("numbering_gap", message, line.start, min(line.end, line.start + 12))


def _repeated(marks: list[Mark], kinds: dict[int, PassageKind]) -> Iterator[tuple[int, Mark]]:
    """Marks that print the number of the mark before them in the same list."""
    order = {family: depth for depth, family in enumerate(family_order(marks))}
    last: dict[int, Mark] = {}
    at = 0
    for mark in marks:
        depth = order[mark.family]
        # a title or the label of an attachment; most marks stand right below one another
        if at in kinds or (mark.index - at > 1 and any(index in kinds for index in range(at, mark.index))):
            last.clear()
        at = mark.index
        before = last.get(depth)
        if before and mark.number and before.number and before.value == mark.value and not mark.repaired:
            yield mark.index, mark
        last = {d: m for d, m in last.items() if d < depth}
        last[depth] = mark


def _repeats(lines: list[Line], repeated: list[tuple[int, Mark]]) -> Iterator[Finding]:
    for index, mark in repeated:
        line = lines[index]
        printed = mark.number.printed if mark.number else ""
        message = f"编号“{printed}”在同一清单中重复 (a number printed twice in one list)"
        yield Finding("numbering_repeated", message, line.start, line.start + max(1, len(printed)))


def _dates(lines: list[Line], kinds: dict[int, PassageKind], header: Header) -> Iterator[Finding]:
    if not header.issued_on or not header.year:
        return
    for index, kind in kinds.items():
        line = lines[index]
        match = re.search(r"(\d{4})\s*年", line.text) if kind == "signature" else None
        signed = int(match.group(1)) if match else header.year
        if signed < header.year - 1 or signed > header.year + 1:
            message = f"落款日期“{line.text}”与文件年份{header.year}年不符 (signature date contradicts the year {header.year})"
            yield Finding("date_conflict", message, line.start, line.end)


def _units(passages: tuple[Passage, ...]) -> Iterator[Finding]:
    """Items without a unit in a list where nearly all others name theirs at the end (责任单位：…; （…负责）)."""
    lists: dict[str, list[Passage]] = {}
    for passage in passages:
        if passage.kind == "item" and passage.number:
            lists.setdefault(passage.number.split(".")[0], []).append(passage)
    for items in lists.values():
        bare = [p for p in items if not p.units]
        named = sum(_names_at_end(p) for p in items)
        if len(items) >= 5 and bare and named >= 4 * len(bare) and named + len(bare) >= len(items) * 3 // 4:
            for passage in bare:
                yield Finding(
                    "unit_missing",
                    "同一清单中其他条目都有责任单位，此条没有 (no responsible unit)",
                    passage.start,
                    passage.end,
                )


def _names_at_end(passage: Passage) -> bool:
    if not passage.units:
        return False
    last = max(passage.units, key=lambda unit: unit.end)
    inside = passage.start <= last.start and last.end <= passage.end
    return (
        inside
        and not re.search(r"[。；\n].*[。；\n]", passage.text[last.end - passage.start :])
        and bool(re.search(r"[（(：:][^。（）()]*$", passage.text[: last.start - passage.start]))
    )


def unit_names(passages: tuple[Passage, ...]) -> Iterator[Finding]:
    """One unit under two names, or a name with a character twice (市供销社社)."""
    first: dict[str, Unit] = {}
    for unit in (unit for passage in passages for unit in passage.units):
        if len(unit.name) > 3 and unit.name[-1] == unit.name[-2] and not unit.canonical.endswith(unit.name[-2:]):
            yield Finding("unit_name_slip", f"单位名称“{unit.name}”疑有重字 (a character twice)", unit.start, unit.end)
        if _ANYBODY.match(unit.name):
            continue
        known = first.setdefault(unit.canonical, unit)
        if known.name != unit.name:
            message = f"同一单位有两种写法：“{known.name}”和“{unit.name}” (two names for one unit)"
            yield Finding("unit_name_varies", message, unit.start, unit.end)
            first[unit.canonical] = unit


def _hidden(text: str) -> Iterator[Finding]:
    match = _HIDDEN.search(text, 1)
    if match:
        yield Finding("hidden_text", "文中有不可见字符 (invisible characters)", match.start(), match.end())


def instructions(text: str) -> Iterator[Finding]:
    """Words aimed at a language model: they are text like any other here, and a reader should know of them."""
    for match in _INSTRUCTION.finditer(text) if _may_instruct(text) else ():
        message = (
            "疑似写给人工智能的指令，按普通文字处理 (an instruction aimed at a language model; treated as plain text)"
        )
        yield Finding("model_instruction", message, match.start(), match.end())


def _may_instruct(text: str) -> bool:
    """Whether a text holds words without which there is no instruction: finding out costs far less."""
    if any(word in text for word in _COMMANDED) and any(word in text for word in _COMMANDS):
        return True
    return any(word in text for word in _MODELS) or _LATIN.search(text) is not None


def _attachments(text: str, passages: tuple[Passage, ...]) -> Iterator[Finding]:
    """Attachments that the list of attachments announces and that the file does not hold."""
    listed = [p for p in passages if p.kind == "attachments"]
    opened = {path for p in passages for path in p.section_path if ATTACHMENT_LABEL.fullmatch(path)}
    opened |= {p.text for p in passages if ATTACHMENT_LABEL.fullmatch(p.text)}
    numbers = {int(n) for label in opened for n in re.findall(r"\d+", label)}
    plain = "".join(text.split()) if listed else ""
    at = behind = 0  # where a passage ends, and where that is in the text without blanks
    for passage in listed[:_MOST_LISTED]:
        behind += len("".join(text[at : passage.end].split()))
        at = passage.end
        match = _LISTED.fullmatch(passage.text.strip())
        if match is None:
            continue
        name = re.sub(r"\s+", "", match.group("name")).rstrip("。；;")
        printed = match.group("number") or match.group("label")
        number = int(printed) if printed else None
        if (number is None and opened) or number in numbers or plain.find(name, behind) >= 0:
            continue
        message = f"附件“{name}”列在文后，但文件里没有 (an attachment is announced and not there)"
        yield Finding("attachment_missing", message, passage.start, passage.end)


def _no_notice(
    text: str, lines: list[Line], marks: list[Mark], header: Header, kinds: dict[int, PassageKind]
) -> Iterator[Finding]:
    """A text that has nothing of a notice: no number, date, issuer, addressee or list."""
    signs = {"document_number", "addressee", "signature", "disclosure", "attachments"} & set(kinds.values())
    named = header.document_number or header.issuer or header.issued_on
    template = len(_TEMPLATE.findall(text[:20000])) >= 3
    if lines and (template or not (signs or named or marks)):
        message = (
            "看不出是通知：没有文号、发文机关、日期、主送单位，也没有编号 (nothing in this text marks it as a notice)"
        )
        yield Finding("not_a_notice", message, lines[0].start, lines[0].end)
