"""Notices as offices write them, made from templates of our own: as many as one wants, the same for the same seed.

Topics follow a Zipf distribution (exponent 1): a few fill many notices, most stand in few, as in real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

PLACES = (
    "天津市和平区", "天津市河东区", "天津市南开区", "天津市西青区", "天津市武清区", "天津市静海区", "河北省石家庄市", "河北省唐山市", "山东省济南市",
    "山东省青岛市", "浙江省杭州市", "浙江省宁波市", "江苏省南京市", "江苏省苏州市", "广东省深圳市", "四川省成都市", "陕西省西安市", "湖北省武汉市",
)  # fmt: skip
UNITS = (
    "市场监管局", "公安局", "教育局", "财政局", "司法局", "民政局", "交通运输局", "农业农村局", "商务局", "卫生健康局", "应急管理局", "生态环境局", "水务局",
    "文化和旅游局", "人力资源社会保障局", "自然资源局", "统计局", "住房城乡建设局", "科技局", "税务局", "消防救援支队", "总工会", "妇联", "工商联", "气象局",
)  # fmt: skip
_OBJECTS = (
    "电动自行车", "燃气灶具", "电梯", "儿童用品", "校园食堂", "农贸市场", "化肥", "危险化学品", "建筑工地", "加油站", "药品零售", "医疗器械", "冷链食品", "直播电商",
    "预付式消费", "养老机构", "托育机构", "景区游乐设施", "老旧小区", "物流园区", "充电设施", "饮用水源", "秸秆", "防汛物资", "特种设备", "计量器具", "知识产权",
    "公平竞争", "信用评价", "质量认证", "标准宣贯", "劳动用工", "职业培训", "社区矫正", "法律援助", "政务大厅", "公共厕所", "道路照明", "桥梁隧道", "自建房",
)  # fmt: skip
_MATTERS = (
    "专项整治",
    "隐患排查",
    "监督抽查",
    "宣传培训",
    "示范创建",
    "联合执法",
    "帮扶指导",
    "台账登记",
    "应急演练",
    "统计监测",
    "回访评估",
    "档案整理",
)
_VERBS = ("开展", "组织", "推进", "落实", "强化", "完善")
_DETAILS = (
    "建立问题清单，明确整改时限，逐项销号", "每季度汇总一次情况，及时通报进展", "对重点单位上门指导，发放明白纸", "发现线索及时移送，依法处理",
    "利用微信公众号和宣传栏讲解常识", "组织业务骨干交叉检查，相互学习", "邀请群众代表参与，听取意见建议", "完成不少于{n}家的检查，覆盖率达到{p}%",
)  # fmt: skip
_NUMERALS = "一二三四五六七八九十"
_ITEMS = 30  # of a notice, in three sections
PASSAGES = _ITEMS + 12  # about, with head, paragraphs and foot
Kind = str


@dataclass(frozen=True, slots=True)
class Made:
    """A generated notice: its file's name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what its answer must hold: printed units, or other words."""

    kind: Kind
    text: str
    expected: frozenset[str]


@dataclass
class _Topics:
    """Topics with their Zipf weights, and who handles each in each notice."""

    names: list[str]
    weights: list[float]

    def draw(self, chance: Random) -> str:
        return chance.choices(self.names, cum_weights=self.weights)[0]


def topics() -> list[str]:
    """All topics, the most frequent one first."""
    return [f"{thing}{matter}" for matter in _MATTERS for thing in _OBJECTS]


def generate(passages: int, seed: int = 1) -> Iterator[Made]:
    """Notices of about ``passages`` passages in all (:data:`PASSAGES` each)."""
    names = topics()
    drawn = _Topics(names, list(accumulate(1 / rank for rank in range(1, len(names) + 1))))
    chance = Random(seed)
    for n in range(max(1, round(passages / PASSAGES))):
        yield _notice(n, chance, drawn)


def _notice(n: int, chance: Random, drawn: _Topics) -> Made:
    place, year = chance.choice(PLACES), chance.randint(2015, 2025)
    issuer = f"{place}{chance.choice(UNITS)}"
    theme = drawn.draw(chance)
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    lines = [
        f"{issuer}关于做好{year}年{theme}等工作的通知",
        f"{place[-3:-1]}办发〔{year}〕{n + 1}号",
        "各有关单位：",
        f"为做好{year}年{theme}等工作，结合实际，现将有关事项通知如下。",
    ]
    number = 0
    for section, heading in enumerate(("重点任务", "日常监管", "服务保障")):
        lines.append(f"{_NUMERALS[section]}、{heading}")
        for _ in range(_ITEMS // 3):
            number += 1
            lines.append(_item(number, chance, drawn.draw(chance), place))
    lines += [
        "四、工作要求",
        f"（一）加强组织领导。各单位要明确分工，抓好{theme}。",
        "（二）注重工作实效。坚持问题导向，避免走过场。",
        f"（三）按时报送总结。请于{year}年{month}月{day}日前将工作总结报送至{issuer}办公室。",
        f"联系人：办公室；联系电话：{chance.randint(2000, 8999)}{chance.randint(1000, 9999)}。",
        issuer,
        f"{year}年{max(1, month - 1)}月{chance.randint(1, 28)}日",
    ]
    return Made(f"{n:06d}_{year}.txt", "\n".join(lines) + "\n")


def _item(number: int, chance: Random, topic: str, place: str) -> str:
    detail = chance.choice(_DETAILS).format(n=chance.randint(10, 300), p=chance.randint(80, 100))
    level = place[-1]
    acting = "、".join(f"{level}{unit}" for unit in chance.sample(UNITS, chance.choice((1, 1, 2, 3))))
    return f"{number}.{chance.choice(_VERBS)}{topic}。{detail}。（责任单位：{acting}）"


def questions(notices: list[Made], count: int, seed: int = 1) -> list[Asked]:
    """About ``count`` questions of each kind with answers known from the templates alone, not from the parser."""
    chance = Random(seed)
    found: list[Asked] = []
    for made in chance.sample(notices, min(count, len(notices))):
        lines = made.text.splitlines()
        year = made.name[7:11]
        topic, acting = _topic_and_units(chance.choice([line for line in lines if "责任单位" in line]))
        place = next(p for p in PLACES if lines[0].startswith(p))
        everywhere = _units_of(notices, topic, year, place)
        found.append(Asked("units", f"{year}年{place}哪些单位负责{topic}", everywhere))
        found.append(Asked("activities", f"{year}年{place}{sorted(acting)[0][1:]}负责哪些工作", frozenset({topic})))
        found.append(Asked("lookup", f"{year}年{place}{topic}是怎么要求的", frozenset({topic})))
        deadline = next(line for line in lines if "按时报送总结" in line)
        found.append(
            Asked("fact", f"《{lines[0]}》的总结什么时候报送", frozenset({deadline.split("请于")[1].split("前")[0]}))
        )
        found.append(Asked("count", f"{year}年{place}{topic}涉及几个单位", frozenset({str(len(everywhere))})))
    return found


def _topic_and_units(line: str) -> tuple[str, frozenset[str]]:
    before, _, named = line.partition("（责任单位：")
    topic = next(t for t in topics() if t in before)
    return topic, frozenset(named.rstrip("）").split("、"))


def _units_of(notices: list[Made], topic: str, year: str, place: str) -> frozenset[str]:
    """The units of every item about a topic in the notices of one year and place."""
    return frozenset(
        unit
        for made in notices
        if made.name[7:11] == year and made.text.startswith(place)
        for line in made.text.splitlines()
        if topic in line and "责任单位" in line
        for unit in _topic_and_units(line)[1]
    )
