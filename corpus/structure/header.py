"""What the head and the foot of a notice say: title, number, issuer, region, year, date, disclosure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.dates import DATE, iso_date
from corpus.places import find_region, issuing_place, lists_places, region_level, region_of_number, stationed_region
from corpus.structure.head_lines import ATTACHMENT_LABEL as ATTACHMENT_LABEL
from corpus.structure.head_lines import DECREE, DISCLOSURE, DOCUMENT_NUMBER, SERIAL, SIGNED, UNIT_LINE
from corpus.structure.head_lines import classify as classify
from corpus.structure.lines import Line
from corpus.structure.metadata import fields
from corpus.types import Header, PassageKind
from corpus.units import resolve

# issuer and date that lost their line: …贯彻执行。国务院办公厅2021年5月19日（此件公开发布）
_GLUED = re.compile(
    rf"[。！；]\s*+(?P<issuer>{UNIT_LINE.pattern})?\s*+(?P<date>{DATE.pattern})\s*+(?P<disclosure>[（(]此件[^（()）]{{2,12}}[）)])?\s*+$"
)
# behind a title, in brackets, the number it was published under: …管理办法（卫生部令第71号）
_TITLE_NUMBER = re.compile(
    rf"[（(]\s*((?:[\u4e00-\u9fff]{{2,30}}令\s*第?\s*[\d〇零一二三四五六七八九十百]+\s*号|{DOCUMENT_NUMBER.pattern}))\s*[）)]$"
)
_EXPLAINED = re.compile(r"由([\u4e00-\u9fff（）]{4,30}?)(?:制定[^，。；]{0,12})?(?:负责|承担)解释")
_LIST_TITLE = re.compile(r"(?:表|名单|名录|目录|清单|一览)(?:[（(][^（()）]*[）)])?(?:单位[:：].*)?$")
_TITLE_ISSUER = re.compile(
    r"([\u4e00-\u9fff（）()、\s]{2,40}?(?:局|委|办|室|厅|部|府|会|院|处|组|署|公司|中心|大学|学院))\s*"
    r"(?:关于|转发|批转|印发|发布|公布|对(?!外|口)|贯彻)"
)
_IN_BRACKETS = re.compile(
    r"[（(][^（()）]*(?:通过|年|发布|公布|修订|批准)[^（()）]*[）)]"
)  # when it was passed, by whom
_NATIONAL = re.compile(r"国务院|中华人民共和国|全国人民代表大会|全国人大|中共中央|中央|国家")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MIN_NAME = 6  # Han characters of a file's name that can be a title
_YEAR = re.compile(r"(?<![到至—-])((?:19|20)\d\d)\s*年(?!底?前)")  # 到2025年 is an aim
_QUOTED = re.compile(r"《[^《》]*》")  # 《…（2009年版）》 tells when another document is from
_TITLE_YEAR = re.compile(r"((?:19|20)\d\d)(?:\s*[—–-]\s*20\d\d)?\s*(?:年|[〕\]）)])")


def read_header(
    lines: list[Line], kinds: dict[int, PassageKind], region_hint: str | None = None, name: str = ""
) -> Header:
    """Header fields from the classified lines.

    :param region_hint: the region that holds where the notice itself names none: that of the page it stands on
    :param name: the file's name, which serves as the title of a notice that prints none
    """
    text_of = {kind: [lines[i].text for i in sorted(kinds) if kinds[i] == kind] for kind in set(kinds.values())}
    glued = _glued_signature(lines, kinds)
    printed = _title(lines, kinds)
    if _behind_letter(lines, kinds) and (_names_letter(name) or _LIST_TITLE.search(printed)) and _is_title(name):
        printed = ""  # the title of what is attached, not that of the letter
    said = fields(text_of.get("metadata", []))
    title = printed or said.get("title") or name or (lines[0].text[:60] if lines else "")
    number = _document_number(text_of) or said.get("document_number")
    in_title = _TITLE_NUMBER.search(title)
    if in_title and not number:
        number, title = in_title.group(1), title[: in_title.start()].rstrip()
    signed = text_of.get("signature", [])
    if glued:
        signed = [*[text for text in (glued["issuer"], glued["date"]) if text], *signed]
    issued_on = next((d for t in signed if (d := iso_date(t))), None)
    issued_on = issued_on or said.get("date") or said.get("published")
    disclosed = [*text_of.get("disclosure", []), (glued and glued["disclosure"]) or "", said.get("disclosure", "")]
    # 主动公开 is the category that the law names; 公开发布 says only that the text may be published.
    forms = sorted((m.group() for text in disclosed if (m := DISCLOSURE.search(text))), key="公开发布".__eq__)
    disclosure = forms[0] if forms else None
    whole = "".join(line.text for line in lines)
    issuer = _issuer(text_of, signed, title, number) or said.get("issuer") or _explained_by(whole)
    region = _region(title, issuer, number, text_of, signed, region_hint, whole)
    return Header(
        title=title,
        document_number=re.sub(r"\s+", "", number) if number else None,
        issuer=issuer,
        region=region,
        level=region_level(region, issuer or title),
        year=_year(title, number, issued_on, whole if region_hint is None else ""),  # an article has its page's
        issued_on=issued_on,
        disclosure=disclosure,
    )


def _region(
    title: str, issuer: str | None, number: str | None, text_of: dict[PassageKind, list[str]], signed: list[str],
    hint: str | None, whole: str,
) -> str | None:  # fmt: skip
    """Where a notice holds: who issues it says so, else its title, its number, those addressed, the hint, the text."""
    named = find_region([issuer or "", title, *text_of.get("banner", []), *signed])
    national = bool(_NATIONAL.match(issuer or title))
    if national and lists_places(title):  # what the nation's offices say of several places holds for neither alone
        return hint
    if named is None and not national:
        named = (
            (region_of_number(number) if number else None)
            or stationed_region(title + "".join(text_of.get("addressee", [])))
            or hint
            or find_region([whole])
        )
    own = issuing_place(issuer) if issuer and not national else ""
    return (named or "") + own if own and not (named or "").endswith(own) else named or hint


def _behind_letter(lines: list[Line], kinds: dict[int, PassageKind]) -> bool:
    """Whether the first title stands behind the foot of a letter that prints none."""
    first = next((i for i in sorted(kinds) if kinds[i] == "title"), 0)
    return any(kinds.get(i) == "signature" and iso_date(lines[i].text) for i in range(first))


def _is_title(name: str) -> bool:
    return len(_HAN.findall(name)) >= _MIN_NAME


def _names_letter(name: str) -> bool:
    return bool(re.search(r"关于|印发|转发|通知", name))


def _glued_signature(lines: list[Line], kinds: dict[int, PassageKind]) -> re.Match[str] | None:
    """Issuer and date at the end of a line of the body, where no signature stands on a line of its own before it."""
    for index, line in enumerate(lines):
        if kinds.get(index) == "signature" and iso_date(line.text):
            return None
        match = _GLUED.search(line.text) if index not in kinds else None
        if match:
            return match
    return None


def _explained_by(text: str) -> str | None:
    """Whoever explains a regulation that is printed without its letter has issued it: 由…委员会负责解释."""
    match = _EXPLAINED.search(text)
    return match.group(1) if match and find_region([match.group(1)]) and UNIT_LINE.fullmatch(match.group(1)) else None


def _title(lines: list[Line], kinds: dict[int, PassageKind]) -> str:
    indexes = [i for i in sorted(kinds) if kinds[i] == "title"]
    first = [
        i
        for n, i in enumerate(indexes)
        if i - indexes[0] == n and (n == 0 or not _IN_BRACKETS.fullmatch(lines[i].text))
    ]
    title = "".join(lines[i].text for i in first)
    return _close_up(re.sub(r"\s*\n\s*", "", title))


def _close_up(title: str) -> str:
    """A title without the blanks that widen it or filled a line: 土 地 使 用 的 批 复, 某局　　关于…."""
    title = re.sub(r"(?<=[\u4e00-\u9fff”》）])[\u3000\xa0\u2002\u2003]+(?=[\u4e00-\u9fff“《（])", "", title)
    parts = title.split(" ")
    closed = parts[0]
    for before, part in pairwise(parts):
        apart = len(before) != 1 and len(part) != 1
        closed += (" " if apart else "") + part
    return closed


def _document_number(text_of: dict[PassageKind, list[str]]) -> str | None:
    """The first document number; a decree's may stand on two lines, others glued to the title or the addressee."""
    lines = text_of.get("document_number", [])
    if len(lines) > 1 and lines[0].endswith("令"):
        return lines[0] + lines[1]
    announced = [text for text in text_of.get("banner", []) if text.endswith(("公告", "通告"))]
    if lines and announced and SERIAL.fullmatch(lines[0]):
        return announced[0] + lines[0]  # 2023年第5号 alone is a number of many bodies
    if lines:
        return lines[0]
    glued = [DOCUMENT_NUMBER.match(text) for text in text_of.get("addressee", [])]
    glued += [DOCUMENT_NUMBER.match(text, text.rfind(" ") + 1) for text in text_of.get("title", [])[:2]]
    return next((match.group() for match in glued if match), None)


def _issuer(text_of: dict[PassageKind, list[str]], signatures: list[str], title: str, number: str | None) -> str | None:
    """Who issued a notice: the signature that fits its title, the title itself, its banner, the name of a decree."""
    titled = _TITLE_ISSUER.match(title)
    named = titled.group(1) if titled else None
    signed = list(_signatures(signatures))
    together = list(dict.fromkeys(_together(signatures)))
    joint = "、".join(together)
    banner = next((re.sub(r"(?:文件|公告|通告)$", "", text) for text in text_of.get("banner", [])), None)
    if banner and (not signed or _abridges(signed[0], banner)):
        return banner
    if named and together and all(name in named for name in together):
        return joint
    if named and signed and not _same_body(signed[0], named):  # who signed what is printed behind the letter
        return next((name for name in signed if _same_body(name, named)), named)
    if number:
        decree = DECREE.fullmatch(number)
        if decree:
            return re.sub(r"^中华人民共和国(?=国务院)|\s+", "", decree.group(1))
    return named if not signed or (named and _abridges(joint or signed[0], named)) else joint or signed[0]


def _same_body(name: str, other: str) -> bool:
    """Whether two names may be one body's: 市人社局, 天津市人力资源和社会保障局."""
    return name[-3:] == other[-3:] or resolve(name).core == resolve(other).core


def _together(signatures: list[str]) -> Iterator[str]:
    """Those who sign a notice together, line below line above one date."""
    for line in signatures:
        signed = SIGNED.fullmatch(line)
        if not signed and iso_date(line):
            return
        yield _signed_by(signed.group(1) if signed else line)
        if signed:
            return


def _abridges(name: str, full: str) -> bool:
    """Whether ``name`` is ``full`` with characters left out: 义乌民政府 for 义乌市人民政府."""
    rest = iter(full)
    return all(ch in rest for ch in name)


def _signatures(lines: list[str]) -> Iterator[str]:
    for line in lines:
        signed = SIGNED.fullmatch(line)
        if signed or not iso_date(line):
            yield _signed_by(signed.group(1) if signed else line)


def _signed_by(signature: str) -> str:
    """The issuers of a signature line: blanks widen a name (国　务　院) or stand between two names."""
    names = signature.split()
    return "、".join(names) if len(names) > 1 and all(len(name) > 3 for name in names) else "".join(names)


def _year(title: str, number: str | None, issued_on: str | None, whole: str) -> int | None:
    """The year that the title names, or the number or the date; else the only year that the text names."""
    titled, numbered = _TITLE_YEAR.search(title), _TITLE_YEAR.search(number or "")
    if titled and numbered and abs(int(titled.group(1)) - int(numbered.group(1))) > 1:
        return int(numbered.group(1))  # 关于…2008年奥运会…, 〔2006〕38号; 2030年前…方案, 〔2021〕23号
    year = titled or numbered
    if year:
        return int(year.group(1))
    if issued_on:
        return int(issued_on[:4])
    years = set(_YEAR.findall(_QUOTED.sub("", whole)))
    return int(years.pop()) if len(years) == 1 else None
