"""Which form of answer a question asks for, and which facts. Patterns over folded text (half-width punctuation)."""

from __future__ import annotations

import re

from assistant.answer.intent import FactType, Form
from corpus.types import Level, Role

_KINDS = r"(?:单位|部门|部委|科室|处室|机构|委办局|区县|区|县|街道|科|局)"
_FACTS: tuple[tuple[FactType, re.Pattern[str]], ...] = (
    ("deadline", re.compile(
        r"截止|期限|时限|最晚|最迟|(?:总结|材料|报送|上报|报表|交|报)[^,。?]{0,12}(?:什么时候|什么时间|哪天|哪一天|几号|何时|多久)|"
        r"(?:什么时候|什么时间|哪天|哪一天|几号|何时)[^,。?]{0,6}(?:之?前|以前)[^,。?]{0,10}(?:报|交|送|完成)|\bdeadlines?\b|\bdue\b|\bby (?:when|what date)\b|\b(?:until|till) (?:when|what date|which date)\b|有效期|"
        r"\bwhen\b.*\b(?:submit|send|report|hand)")),
    ("theme", re.compile(r"主题(?!宣传|活动|教育|党日|油画|展|培训)|\bthemes?\b|\bslogan of\b")),
    ("contact", re.compile(
        r"联系人|联系电话|联系方式|电话(?:号码)?(?:是|多少|几|\?|$)|找谁(?:咨询|问|联系)|向谁咨询|打给谁|传真|邮箱|咨询电话|\bcontacts?\b|\bphone\b|\be-?mail\b|\bfax\b|\bwhom? (?:do|should|can|could|must) (?:i|we) (?:call|contact|ask|ring)\b")),
    ("photo", re.compile(
        r"(?:照片|图片|相片).{0,12}(?:格式|像素|要求|几张|多少|多大|字)|(?:格式|像素|要求).{0,8}(?:照片|图片)|"
        r"\b(?:photo|picture)s?\b.*\b(?:format|size|pixel|requir)|\brequir\w*\b.*\b(?:photo|picture)s?\b|\b(?:photo|picture) requir")),
    ("reporting", re.compile(
        r"(?:报送?|上报|提交|交|发|送)(?:给|到|至)\s*(?:谁|哪|什么)|报哪|\b(?:send|submit|report|sent|submitted)\b.*\b(?:to whom|where)\b|"
        r"\b(?:to whom|where)\b.*\b(?:send|submit|report)")),
    ("attachment", re.compile(r"附件.{0,6}(?:几个|哪些|什么|分别|有)|(?:几个|哪些|什么)附件|\b(?:which|what|how many) attachments?\b")),
    ("reference", re.compile(r"(?:依据|按照|根据|依照).{0,10}(?:哪个|哪份|什么|哪些)(?:文件|通知)|文号(?:是|多少)|\bunder which document\b")),
)  # fmt: skip
_CONTACT_LABELS = (
    ("联系人", re.compile(r"联系人|\bwhom\b|找[^,。?]{0,16}谁|向谁|打给谁|\bcontact person\b|\bwho\b")),
    ("电话", re.compile(r"电话|号码(?!.*传真)|\bphone\b|\btelephone\b|\bcall\b")),
    ("传真", re.compile(r"传真|\bfax\b")),
    ("邮箱", re.compile(r"邮箱|邮件|\be-?mail\b")),
    ("网址", re.compile(r"网址|网站|\burl\b|\bwebsite\b")),
)
ANOMALY = re.compile(
    r"(?:落款|日期|编号|序号|编排|文件|通知).{0,12}(?:问题|错误|有误|不对|矛盾|异常|不一致|笔误|写错)|"
    r"名称.{0,10}(?:一致|写错|有误|错误|统一|不同|对不对|笔误)|(?:写错|笔误|错别字)|\b(?:wrong|error|mistake|inconsisten|anomal|contradict|misprint)"
)
_UNITS = re.compile(
    rf"[哪那](?:几个|几家|几|些)(?:国家|中央|省级|地方|市级|区级|内设|责任|牵头|配合|主办|承办|有关|相关|成员|参加|参与|组成)?{_KINDS}|(?:由|归|请)[哪那](?:几|些)家|{_KINDS}(?:都)?有(?:哪些|哪几|谁)(?!.{{0,6}}(?:活动|工作|任务|安排|事|项))|{_KINDS}(?:都|全)?(?:找|列|查)出来|"
    r"(?:别的|其他|其它)(?:区|单位|部门|科室)|(?:哪些|什么)市级|责任(?:单位|部门)(?:都)?(?:是|有)(?:哪|谁|什么)|都有谁|都是谁|有(?:哪些|哪几家)(?:成员|参加|参与|责任|牵头|配合)?单位|[局委科所](?:都)?有哪几(?:个|家)|"
    r"\bwhich\b.{0,40}\b(?:units|departments|districts|agencies|bureaus|offices|organi[sz]ations|authorities|sections|bodies|centers|centres|companies|ministries|institutions|members)\b|\bwho (?:are|all|makes? up)\b"
)
_ONE_UNIT = re.compile(
    rf"[哪那]个{_KINDS}|哪家单位|什么(?:单位|部门)|(?:是|由|归|安排|派|请)谁|谁(?:负责|牵头|搞|做|办|管|来|去|在|的|组织|落实|实施|承担|开展|审核|审批|监督|检查|主持|主办|出钱|付)|归(?:哪|谁)|有没有(?:单位|区|部门)|"
    r"\bwhich\b.{0,30}\b(?:unit|department|district|agency|bureau|office|organi[sz]ation|authority|section|body|cent(?:er|re)|company|ministry|institution|committee|school)\b|\bwho\b|[哪那][两二三四五六七八九\d]+(?:家|个)(?:单位|公司|企业|部门|机构)|[哪那]家(?:公司|企业|机构|医院|学校|银行)|[哪那]个(?:中心|公司|企业|学校|医院|小组|组|委员会)(?=负责|牵头|承|来|在|具体|组织|实施|办)"
)
_EVERY = re.compile(r"分别|各年|每年|都列|全部|所有|历年|逐年|\ball years\b|\bevery year\b|\beach\b|\brespectively\b")
_ACTIVITIES = re.compile(
    r"(?:[哪那]些|什么|啥)[\w“”]{0,6}(?:活动|工作|任务|事|安排)|[哪那]几[项个件条](?!方)|几项|有何|做些|安排了(?!谁|多少)|安排有|(?:活动|工作)(?:有哪些|是什么|吗)|"
    r"(?:做|干|搞|弄|忙|负责|承担|开展|举办|组织|安排|承办)(?:了|过|的)?(?:些)?(?:是)?(?:哪些|什么|啥)|(?:各?有|是)(?:哪些|什么|啥)(?:[?。]|$)|"
    r"(?:活动|工作|质量月|的)安排(?:$|[?。])|一样吗|有没有变|有(?:什么|何|哪些)(?:不同|区别|变化|差别)|呢[?？]?$|"
    r"\b(?:what|which)\b.*\b(?:activit\w*|items?|events?|campaigns?|plan(?:ned)?|do|did|does|organi[sz]\w*)\b|\blist (?:all|every|the)\b"
)
ELLIPSIS = re.compile(r"呢|^那|\bwhat about\b|^\s*and\b")
JOINT = re.compile(r"(?:和|与|跟|同).{0,12}(?:一起|共同|联合)|联合(?:开展|负责)|共同负责|\bjointly\b|\btogether with\b")
_ASIDE_CLAUSE = re.compile(
    r"[^,。?]*(?:一起|共同|联合)[^,。?]*(?:也|都)(?:算|要|列)[^,。?]*"
)  # 和别的科室共同负责的也算
JOINT_TOO = re.compile(r"(?:一起|共同|联合)[^,。?]{0,6}(?:也|都)(?:算|要|列)")


def role_asked(text: str) -> Role | None:
    """The role that is asked for, where it is only one (牵头单位是谁; 由谁牵头、哪些部门参加 asks for both)."""
    lead = bool(re.search(r"牵头|主办|\blead(?:s|ing)?\b", text))
    other = bool(re.search(r"配合|协办|参加|参与|协助|\bcooperat|\bassist", text))
    if lead == other or re.search(r"负责|承办|责任|\bresponsible", text):
        return None
    return "lead" if lead else "cooperate" if re.search(r"配合单位|协办|配合部门|参加单位|\bcooperat", text) else None


def facts_asked(text: str) -> tuple[FactType, ...]:
    """The facts of a notice as a whole that a question names."""
    return tuple(kind for kind, pattern in _FACTS if pattern.search(text))


def contact_labels(text: str) -> tuple[str, ...]:
    """Which kinds of contact are asked for."""
    return tuple(label for label, pattern in _CONTACT_LABELS if pattern.search(text))


def form_of(text: str, facts: tuple[FactType, ...], named: bool, topical: bool, years: int) -> Form:
    """The form of answer.

    :param named: the question names a unit or a place
    :param topical: it has a topic
    :param years: how many years it names
    """
    text = _ASIDE_CLAUSE.sub("", text)
    if ANOMALY.search(text):
        return "anomaly"
    if _UNITS.search(text):
        return "units"
    if facts:
        return "fact"
    if _ONE_UNIT.search(text) and topical:
        if _EVERY.search(text):
            return "lookup" if years > 1 else "units"
        return "which_unit"
    if _ACTIVITIES.search(text) and named:
        return "activities"
    if len(text) <= 16 and (named or topical) and ELLIPSIS.search(text):
        return "ellipsis"
    return "lookup"


def unit_level(text: str) -> Level | None:
    """The level of the units asked for (哪些区, 市级部门, 哪个科); None for any."""
    if re.search(r"都算|都要|不限|不论", text):
        return None
    levels: list[Level] = []
    if re.search(r"市级(?:部门|单位|机构)|市直|\bcity[- ]level\b|\bmunicipal (?:departments|units|bureaus)", text):
        levels.append("city")
    if re.search(
        r"[哪那](?:几个|几|些|个)?区|(?:多少|几)个区(?![\u4e00-\u9fff]*[局委])|别的区|其他区|其它区|各区(?:的|都|分别|有)|(?<![\u4e00-\u9fff])区\w{2,8}[局委](?:都)?有哪|的区\w{2,8}[局委](?:都)?有哪|\bwhich districts?\b|\bdistricts\b",
        text,
    ):
        levels.append("district")
    if re.search(r"(?:[哪那](?:几个|几|些|个)?|(?:多少|几)个)(?:科室|科|股|处室)|内设机构|\bwhich sections?\b", text):
        levels.append("office")
    return levels[0] if len(levels) == 1 else None


def notice_level(text: str) -> tuple[Level | None, str]:
    """The level of the notice asked about (市级“质量月”的主题), and the question without the word."""
    pattern = (
        r"市级(?!部门|单位|和|、|机构|,)|全市性|\bcity-wide\b|"
        r"\bmunicipal(?!\s+(?:\w+\s+){0,3}(?:department|unit|bureau|commission|office|committee|federation|administration))"
    )
    match = re.search(pattern, text)
    if match is None:
        return None, text
    return "city", text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
