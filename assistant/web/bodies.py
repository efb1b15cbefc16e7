"""What requests may carry: types, lengths, no unknown fields."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assistant.answer.carried import checked
from assistant.exports import Format
from assistant.types import SCOPE_KINDS, Question
from index.filters import from_mapping
from index.searching import MAX_K
from index.types import Filters

MAX_QUESTION = 2000  # characters
MAX_HISTORY = 20  # earlier questions
MAX_WITHOUT = 50  # limits of the scope that are left out
MAX_BODY = 1024 * 1024  # bytes


def encodable(text: str) -> str:
    """The text; raises ValueError where it holds half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no text") from None
    return text


Text = Annotated[str, Field(max_length=MAX_QUESTION), AfterValidator(encodable)]
Label = Annotated[str, Field(max_length=200), AfterValidator(encodable)]
# Patterns are for the OpenAPI document: what does not match is refused later, in words that say more.
Asked = Annotated[Text, Field(json_schema_extra={"pattern": r"\S"})]
Year = Annotated[Label, Field(json_schema_extra={"pattern": r"^(\s*0*((19|20)\d\d|2100)\s*)?$"})]
YearNumber = Annotated[int, Field(json_schema_extra={"minimum": 1900, "maximum": 2100})]
_Left = Annotated[Text, Field(json_schema_extra={"pattern": rf"^({'|'.join(SCOPE_KINDS)}):\s*\S"})]


def _as_printed(value: Any) -> Any:
    """A day as ISO writes it; raises ValueError for what else could be read as one, such as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day is written as 2026-06-15")
    return value


Day = Annotated[date, BeforeValidator(_as_printed)]

Without = Annotated[
    list[_Left],
    Field(
        default_factory=list,
        max_length=MAX_WITHOUT,
        description="items of the answer's scope that are not to be taken from the history or the filters, as kind:value",
        examples=[["year:2022"]],
    ),
]

AskableKind = Literal["units", "activities", "lookup", "fact", "compare", "count", "summary", "tasks", "anomaly"]


class FilterBody(BaseModel):
    """What an answer is limited to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    year: YearNumber | Year | None = Field(default=None, examples=[2022])
    region: Label | None = Field(default=None, examples=["天津市"])
    unit: Label | None = Field(default=None, description="printed or canonical name")
    issuer: Label | None = None
    notice_id: Label | None = None
    disclosure: Label | list[Label] | None = Field(default=None, examples=["主动公开"])

    def filters(self) -> Filters:
        """As the index takes them; blank text means no limit. Raises BadQuery for a value that cannot be used."""
        values = {key: value for key, value in self.model_dump(exclude_none=True).items() if value not in ("", [])}
        return from_mapping(values)


class AskBody(BaseModel):
    """A question, the earlier questions of the dialogue (oldest first), filters, the language of the answer, and its kind.

    The kind is only sent to correct how the words were taken.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"question": "哪些单位负责电动自行车相关活动", "filters": {"year": 2022}}]},
    )

    question: Asked
    history: list[Text] = Field(default_factory=list, max_length=MAX_HISTORY)
    filters: FilterBody | None = None
    lang: Literal["zh", "en"] | None = None
    kind: AskableKind | None = None
    without: Without

    def asked(self) -> Question:
        """As the assistant takes it. Raises BadQuery for a filter or a label of the scope that cannot be used."""
        filters = self.filters.filters() if self.filters else Filters()
        return Question(self.question, tuple(self.history), filters, self.lang, self.kind, checked(self.without))


class LinkQuery(BaseModel):
    """A question as the parameters of a permanent link."""

    model_config = ConfigDict(extra="forbid")

    q: Asked = Field(examples=["哪些单位负责电动自行车相关活动"])
    h: list[Text] = Field(default_factory=list, max_length=MAX_HISTORY, description="earlier questions, oldest first")
    year: Year | None = None
    region: Label | None = None
    unit: Label | None = None
    issuer: Label | None = None
    notice_id: Label | None = None
    disclosure: list[Label] = Field(default_factory=list, max_length=20)
    lang: Literal["zh", "en"] | None = None
    kind: AskableKind | None = None
    without: Without
    state: Label | None = Field(default=None, description="state of the store that the link was made with")

    def asked(self) -> Question:
        """As the assistant takes it. Raises BadQuery for a filter that cannot be used."""
        named = self.model_dump(include={"year", "region", "unit", "issuer", "notice_id"}, exclude_none=True)
        limits = FilterBody(**named, disclosure=self.disclosure or None)
        return Question(self.q, tuple(self.h), limits.filters(), self.lang, self.kind, checked(self.without))


class ExportQuery(LinkQuery):
    """The same, and the form of the file."""

    format: Format


class JudgedCitation(BaseModel):
    """A citation of the answer that the verdict is about."""

    model_config = ConfigDict(extra="forbid", strict=True)

    passage_id: Label
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class FeedbackBody(BaseModel):
    """A verdict on an answer: on the citations named, or on the whole of it."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"question": "照片报送格式", "verdict": "bad", "reason": "问的是2021年"}]},
    )

    question: Asked
    verdict: Literal["good", "bad"]
    reason: Text = ""
    history: list[Text] = Field(default_factory=list, max_length=MAX_HISTORY)
    filters: FilterBody | None = None
    citations: list[JudgedCitation] = Field(default_factory=list, max_length=100)


class ListQuery(BaseModel):
    """Which notices are listed. Without `limit` all of them come at once."""

    model_config = ConfigDict(extra="forbid")

    q: Text = Field(
        default="", description="words of the title, the number, the issuer or the source", examples=["质量月"]
    )
    year: Year | None = Field(default=None, examples=["2022"])
    region: Label | None = Field(default=None, examples=["天津市"])
    issuer: Label | None = Field(default=None, examples=["天津市市场监督管理委员会"])
    disclosure: list[Label] = Field(default_factory=list, max_length=20, examples=[["主动公开"]])
    limit: int | None = Field(default=None, ge=1, le=500, description="notices a page", examples=[50])
    cursor: Label = Field(default="", description="the `next` of the page before")
    facets: bool = Field(default=False, description="say which years, regions and issuers can be filtered by")

    def filters(self) -> Filters:
        """As the index takes them. Raises BadQuery for a value that cannot be used."""
        named = self.model_dump(include={"year", "region", "issuer"}, exclude_none=True)
        return FilterBody(**named, disclosure=self.disclosure or None).filters()


class SearchQuery(BaseModel):
    """The parameters of a search."""

    model_config = ConfigDict(extra="forbid")

    q: Asked = Field(examples=["电动自行车"])
    k: int = Field(default=10, ge=1, le=MAX_K)
    mode: Literal["lexical", "dense", "hybrid"] = "hybrid"
    year: Year | None = None
    region: Label | None = None
    unit: Label | None = None
    issuer: Label | None = None
    notice_id: Label | None = None
    history: list[Text] = Field(
        default_factory=list, max_length=MAX_HISTORY, description="earlier questions, oldest first"
    )
    without: Without
    explain: bool = Field(default=False, description="say of each hit why it was found")
    highlight: bool = Field(
        default=False, description="give each hit `highlights` and a `snippet`: code points into its text"
    )
    scope: Literal["public"] | None = Field(
        default=None, description="only what everybody may see; on any request, whoever asks"
    )

    def filters(self) -> Filters:
        """The filters among the parameters."""
        named = self.model_dump(include={"year", "region", "unit", "issuer", "notice_id"}, exclude_none=True)
        return FilterBody(**named).filters()
