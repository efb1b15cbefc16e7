"""Contacts: persons, telephone and fax numbers, mail and web addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.types import FactKind

_NAME = r"[\u4e00-\u9fff]{2,4}"
_PERSON = re.compile(rf"联\s?系\s?人\s*[:：]\s*({_NAME}(?:[、，,\s]+{_NAME}(?![\u4e00-\u9fff]|\s*[:：]))*)")
_LABEL = re.compile(
    r"(?P<fax>传\s*真)|(?P<phone>(?:联系|咨询|办公|举报|投诉|监督|值班|服务|报名)?电\s*话|联系方式|联系号码|热\s*线|手\s*机|电话号码)"
)
_FULL = r"(?:[（(]\s*+0\d{2,3}\s*+[）)]|0\d{2,3})\s*+[-—－–]?\s*+\d{7,8}(?:[-—－]\d{1,4})?|1[3-9]\d{9}|[48]00[-—－]?\d{3}[-—－]?\d{4}"
_NUMBER = re.compile(rf"(?<![\d.〔\[-])(?P<number>{_FULL}|(?P<local>\d{{5,8}}(?:[-—－]\d{{1,4}})?))(?!\d)")
_LONG_ENOUGH = re.compile(r"\d{3}[-—－]?\d{2}")
_BETWEEN = re.compile(r"[\s:：、，,;；/转或为是（()）\u4e00-\u9fffA-Za-z]{0,14}")
_NOTE = re.compile(r"\s*(?:[（(][\u4e00-\u9fff、]{1,12}[）)])")
_OTHERS = (
    (
        "邮箱",
        "@",
        re.compile(
            r"(?:(?:电子|联系)?(?:邮\s*箱|邮件)(?:地址)?\s*[:：]\s*|(?<![A-Za-z0-9_.+-]))([A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
        ),
    ),
    ("网址", "http", re.compile(r"(https?://[A-Za-z0-9./_?=&%#:~-]+)")),
)


def contacts_in(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """Contacts with what they are: ``联系人：孙梅``, ``电话：0538-2958119``; the quote begins with the printed label."""
    for match in _PERSON.finditer(text) if "联" in text else ():
        yield "contact", f"联系人：{match.group(1).strip()}", *match.span()
    yield from _numbers(text)
    for label, sign, pattern in _OTHERS:
        for match in pattern.finditer(text) if sign in text else ():
            yield "contact", f"{label}：{match.group(1)}", *match.span()


def _numbers(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """Each number by itself; a label holds for the numbers that follow it with little between them."""
    if not _LONG_ENOUGH.search(text):
        return
    labels = list(_LABEL.finditer(text))
    label: re.Match[str] | None = None
    reach = -1  # up to where the label and its numbers go
    for match in _NUMBER.finditer(text):
        nearest = next((m for m in reversed(labels) if m.end() <= match.start()), None)
        if nearest and nearest.end() > reach and _BETWEEN.fullmatch(text, nearest.end(), match.start()):
            label, start = nearest, nearest.start()
        elif label and reach >= 0 and _BETWEEN.fullmatch(text, reach, match.start()):
            start = match.start()
        else:
            label, start = None, match.start()
        if label is None and (match.group("local") or not _stands_alone(text, match)):
            continue
        note = _NOTE.match(text, match.end())
        end = reach = note.end() if note else match.end()
        kind = "传真" if label and label.group("fax") else "电话"
        yield "contact", f"{kind}：{match.group('number')}", start, end


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a number without a label is a telephone number by its form alone."""
    number = match.group("number")
    return (
        bool(re.match(r"0\d{2,3}[-—－–]|[（(]|1[3-9]\d{9}|[48]00[-—－]", number))
        and text[match.end() : match.end() + 1] not in "号元"
    )


def masked(value: str) -> str:
    """A contact as lists show it to those who did not ask for it: ``电话：0538-*****19``, ``联系人：孙*``.

    Only for listings; a quote of the notice stays as it is printed. A web address is no person's and stays, too.
    """
    label, _, contact = value.partition("：")
    if label == "联系人":
        shown = re.sub(r"(?<=[\u4e00-\u9fff])[\u4e00-\u9fff]", "*", contact)
    elif label == "邮箱":
        shown = re.sub(r"^(.).*(?=@)", r"\1***", contact)
    elif label in ("电话", "传真"):
        area = re.match(r"[（(]?0\d{2,3}[）)]?[-—－–\s]*", contact)
        kept = area.end() if area else 3 if len(contact) > 8 else 0
        shown = contact[:kept] + re.sub(r"\d", "*", contact[kept:-2]) + contact[-2:]
    else:
        return value
    return f"{label}：{shown}"
