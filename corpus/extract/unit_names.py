"""Names of units in running text: where they begin is known, this says where they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from corpus.extract.short_names import short_names
from corpus.names import NameIndex
from corpus.places import place_names
from corpus.units import kinds_by_name

# Words that act: no name runs across them, and a subject stands in front of one.
VERBS = (
    r"(?:开展|组织(?!部|人事)|成立|组建|举办|举行|推动|推进(?!办|中心|小组|委员会)|推行|召开|印发|发布|制定(?!机关|部门|单位)|出台|牵头|会同|联合(?!会|社)|联手|"
    r"配合|协同|对(?!口|外)|督促|指导(?!中心|站|委员会|小组)|提前|通报|负责|向|将(?!军)|要(?!求)|加强|落实|实施(?!机关|单位|主体|机构)|"
    r"聚焦|深入|积极|主办|承办|协办|启动|建立|执法人员|工作人员|主要负责|负责人(?![才力口防民事工社大])|负责同志|在(?!建|施|线)|介绍|表示|严格|"
    r"创新(?!中心|局|办|委|园)|持续|全面|充分|利用|结合|围绕|依托|查处|查办|检查(?!站|组|院|机关|机构|支队|大队|总队)|走访|走进|"
    r"筹备(?!组|处|委)|承担|推出|提供|编制(?!委|办|部|管理)|打造|完善|强化|整合|征集|赴|为(?!主)|以(?!上|下|外))"
)
# What else a subject may stand in front of; inside a name these may occur (审核部门, 登记机关).
_ACTS = (
    rf"(?:{VERBS}|应|须|必须|需(?!要)|可|不得|不再|不予|已|正在|拟|定于|决定|作出|按|根据|依|凭|于|接到|收到|发现|找出|查找|认为|研判|视情|(?<!重)视|立即|即可|及时|切实|"
    r"是[^，。；]{0,40}(?:责任主体|责任人|责任单位|责任部门|牵头单位|主管部门|主管单位|主管机关|主管机构|责任主体)|认真|进一步|统一|统筹|具体|共同|分别|原则上|每[年季月半]|定期|监督|协调|召集|审[核批定]|批准|办理|受理|核发|暂停|给予|履行|设|协助|参与|"
    r"参加|通过|宣布|公布|报[告送]|提[出请]|派出|派员|委托|授权|支持|鼓励|商(?!会|业|务)|同(?!志)|与|均|还|继续|连续|主动|依法|做好|抓好|管理|"
    r"审议|研究|确[定保]|选择|密切|明确|作为|各司其职|请|也|都|则|应予|享有|行使|务必|贯彻|主管|主持|汇总|收集|跟踪|抽查|安排|保障(?!中心|局)|加大)"
)
# Verbs behind which names of bodies end, too; behind 各… they may as well belong to a noun (各地工作方案).
_ALSO = (
    r"(?:进行|出具|出资|加快|支付|补贴|定额|贷款|筹[措集]|有权|无权|抓紧|全力|尽[快早]|迅速|率先|负有|通力|从(?=[^，。；]{2,16}[中内起])|登记(?!主管|管理(?:机关|部门|机构)|机关|部门|机构)|提供|采取|处[理置](?!中心|站)|拨付|下[达发](?!的)|核[准定实查算]|审[查验](?!会|委)|验收|评[估审定](?!中心|会|委|组)|认定|遴选|推荐|"
    r"指定|指派|选派|选定|派驻|颁发|发放|发出|送达|移[送交]|转[报发送]|上[报传]|备案|告知|通知|征求|听取|征收|收[取缴回]|责令|吊销|"
    r"取[消缔]|暂缓|调[整度]|约谈|公示|起草|拟[定订]|修订|修改|制订|列[入出]|纳入|完成|排查|梳理|压实|细化|优化|健全|构建|承接|"
    r"接受|接管|重点|着力|着重|大力|稳步|有序|扎实|切实|主要(?!负责人|领导|负责同志)|分级|逐[级步个项年月]|每[周日天]|随时|适时|对照|"
    r"确认|掌握|遵[守循照]|坚持|承诺|签[订署]|运用|充实|选聘|聘[请任用]|邀请|颁布|批转|免|追究|没收|改进|引导|动员|发动|争取|申[请报]|保[证持])"
)
_JOINT = re.compile(r"[、，,]|和|与|以及|及其(?!他|它|余)|及|或者|或(?!其)|(?<=[地区门位])(?=各)")
_ET_AL = re.compile(
    r"(?:[，,](?:特别是|尤其是)[^，。；]{2,30}[，,])?"
    r"(?:[或和及](?:者)?其?(?:授权|委托|指定|确定|所属|下属)的?[\u4e00-\u9fff]{0,6}?(?:部门|机构|单位|司局|处室|科室))?"
    r"(?:(?:及|或|和|与)其[\u4e00-\u9fff]{0,12}?(?:部门|机构|单位|工作人员))?等?(?:其他)?(?:[\d一二三四五六七八九十多]+[个家])?(?:有关|相关|各)?(?:职能)?(?:部门|单位)?(?:(?:和|、)(?:有关|相关)?(?:单位|部门|人员))?"
)
_TAIL = re.compile(rf"[、，,：:。；;（(]|(?<=[地区门位])各|和|与|及|等|或|联合|{_ACTS}|{_ALSO}|$")
# A title or a part behind it: not the unit acts, but a person, or nobody does.
_NOT_ACTING = re.compile(
    r"长(?!期)|领导(?!下)|分管|负责同志|负责人(?![才力口防民事工社大])|主要负责|主要领导|有关负责|相关负责|工作人员|人员|干部|职工|代表|的|内(?!部)|所属|下属|"
    r"主任|书记|党组|同志|校长|有关司局|相关司局|职责|名义|文件|网站|一把手"
)
_LEVEL = re.compile(
    r"[市区县省镇乡州旗](?!场|域|级|属|内|直|民(?![政族宗]))|团(?=[市区省]委)|各[市区县](?!场)|国家(?!级)|(?:[市省县区镇]|乡镇|街道)级(?!以)"
)
_AFTER_PLACE = re.compile(r"[市区省县](?!场|域|级)")

SUFFIX = (
    r"(?:委员会办公室|领导小组办公室|人民政府|办公室|办公厅|委员会|检察院|研究院|总工会|联合会|供销社|委办|领导小组|指挥部|工作专班|"
    r"联席会议|分局|支行|分行|海关|街道|支队|大队|总队|中心|科室|部门|机关|机构|公司|集团|银行|办事处|管委会|卫生院|学院|大学|"
    r"局(?!长|面)|委(?!员|托|派)|办(?!理|法|公|事|学|案)|厅(?!级)|署|部(?!门|分|署|际)|处(?!理|置|罚|分|于|室)|科(?!学|技|研)|室(?!内|外)|"
    r"所(?!需|有|在|属|得|用|以|涉|述|列)|站(?!点)|队(?!伍)|院(?!校|长)|会(?!议|员|同|上|计|展)|协(?!同|调|助|作|会|议)|"
    r"联(?!合|系|席|动|网)|社(?!会|区)|(?<![自进实运])行(?!政|业|为|动|使)|政府)"
)
UNIT_LIKE = re.compile(
    rf"(?!设在|含|包括|不含|详见|见|由|以|不)(?:各|全|区|市|县|省)?(?:[\u4e00-\u9fffA-Za-z0-9·]|“[^“”]{{1,12}}”|[（(][\u4e00-\u9fff]{{1,8}}[）)]|、(?=[市州县区]、?)){{0,26}}{SUFFIX}"
    r"|[\u4e00-\u9fff]{0,8}(?:各部门|各单位|各科室|有关部门|有关单位|相关部门|相关单位)"
    r"|各[\u4e00-\u9fff、（）()]{1,14}|(?:有关|相关|其他)?(?:地方|地区|省|市|县|区|省（区、市）)"
)
_GROUP = re.compile(  # may hold what elsewhere is a verb: 协调推进
    rf"[\u4e00-\u9fff“”]{{2,30}}?(?:领导小组|协调小组|指挥部|联席会议|委员会)(?:办公室)?(?={_TAIL.pattern})"
)
_STATE_GROUP = re.compile(
    rf"(?:国务院|中央|国家|全国)[^，。；：、的\n]{{2,36}}?(?:领导小组|协调小组|指挥部|联席会议)(?:办公室)?(?={_TAIL.pattern})"
)
# Names without a place or a level in front: what they end with says that they are bodies.
_BODY = (
    r"(?:部门|机关(?!干部)|机构|人民政府|政府(?!网站|部门)|委员会|管委会|办公室|办公厅|领导小组|工作小组|工作组|协调小组|指挥部|联席会议|专班|"
    r"办事处|(?:服务|管理|监督|监测|发展|保障|指导|执法|救援|控制)(?:中心|所|站)|派出所|卫生院|(?:管理|监督|保障|事务|开发)局|分局|总局|法院|检察院|"
    r"总工会|妇联|工商联|残联|文联|科协|团委|协会|商会|联合会|银行|分行|支行|海关|支队|大队|总队|(?<=[直他关级])单位|安委会|安委办|管委会办公室)"
)
_CUT = (  # words over which no name runs, whatever else it holds
    r"[的了着被把]|(?<!自)由|采取|经(?!济|营|信|贸|开|发|合)|按(?!揭)|报(?!社|业)|界定|自主|自行|根据|依照|依据|应当|可以|不(?!动产)|未|已|所需|确[定保]|没|请|"
    r"提交|移送|移交|支持|鼓励|阻碍|撤销|设立|明确|授权|贯彻|遵照|其(?!他|它|余)|后(?!勤)|并|引导|务必|贯彻|保障(?!中心|局|部|服务|机构)|研究(?!院|所|室|中心|机构|会)|以下|均|初审|规定|批示|[，。；：、]"
)
_STOP = rf"{VERBS}|{_CUT}|[和与及或等从给是]|原则|通过|有(?!关|限|色)"
_GENERIC = re.compile(rf"(?:(?!{VERBS}|{_CUT})[\u4e00-\u9fff]){{0,20}}?{SUFFIX}(?:社)?(?={_TAIL.pattern})")
# What is told to act: audited parties and bodies whose names hold a verb (行政执法承办机构要…), where the modal verb is clear.
MODAL = r"[，,]?(?:应当?(?!急)|须|必须|要(?!求|素|点|件|闻)|不得|负责(?!人(?![才力口防民事工社大])|同志)|承担|完成|可以?(?!能|行|靠|持续))"
_TOLD = re.compile(
    rf"(?!(?![主承协]办单位){VERBS}|设|不|凡|有|确保|明确|此)(?:(?!规定|方案|办法|意见|申请|试点|入驻|参[评赛]|投标|中标|获奖|报名|[由对将把为向从在等和与及或了以有的时])[\u4e00-\u9fff]){{2,10}}?"
    rf"(?:机构|机关|部门|单位|企业|协会|公司|集团)(?=(?:(?:、|和|与|及|以及|或者|或)[\u4e00-\u9fff（）()、]{{2,40}}?)?(?:都|也|均)?{MODAL[5:]})"
)
_TOWN = re.compile(
    rf"(?:(?!{_STOP})[\u4e00-\u9fff]){{2,5}}?(?:镇|乡|街道|苏木)(?:人民政府|政府)?(?=[、（(]|和|及|与|{MODAL}|重点|负责)|(?<=[、和])[\u4e00-\u9fff]{{2,4}}(?:镇|乡)(?=[、（(和]|{MODAL})"
)
_LETTERS = rf"(?:设区的|(?!{_STOP})[\u4e00-\u9fff]|“[^“”]{{1,12}}”|[（(][\u4e00-\u9fff、]{{1,6}}[）)])"
_BARE = re.compile(rf"{_LETTERS}{{0,22}}?{_BODY}(?=[、，,：:。；;（(]|和|与|及|等|或|{_ACTS}|{_ALSO}|$)")
_BARE_AGENT = re.compile(rf"{_LETTERS}{{0,22}}{_BODY}(?!{_NOT_ACTING.pattern})")
_BARE_AGENT_JOINED = re.compile(
    rf"(?:(?!{VERBS}|{_CUT}|[或等]|(?:企业|公司|单位)[与和及])[\u4e00-\u9fff]){{0,22}}?{_BODY}(?!{_NOT_ACTING.pattern})(?![\u4e00-\u9fff]{{0,6}}{_BODY})"
)
_MINISTRY = re.compile(
    rf"{_LETTERS}{{1,10}}?(?:(?<![全内外大局干])部(?!门|分)|(?<![布格结大全开时当])局|(?<![大餐歌舞])厅|(?<!常)委|"
    rf"(?<![督主承举协经代交创试开合联补])办)(?=[、，,]|和|及|与|等|{_ACTS})"
)
_COMPANY = re.compile(rf"{_LETTERS}{{4,24}}?(?:公司|集团|银行)(?=负责|承担|作为)")
_EACH = re.compile(  # whoever is told: 各主力店要…
    rf"各(?!省、|[\u4e00-\u9fff]{{1,8}}(?:领导(?!小组)|负责人)|项|类|种|个|自(?!贸|治|然)|方|位|环节|阶段|行业|领域|级各类|时期|层面)(?:(?!{_ACTS}|{_CUT}|[和与及]|(?<=.)各)[\u4e00-\u9fff（）()]){{1,14}}?(?<![长人员者导])"
    rf"(?=[、，,：:。]|各|和|及|与|{_ACTS})"
)
_EACH_REST = re.compile(
    rf"(?!要|应|须|请|并|特别|尤其)(?:(?!{_ACTS}|{_CUT}|[和与及])[\u4e00-\u9fff（）()]){{2,10}}?(?<![长人员者导])(?=[、，,]|和|及|与|{_ACTS})"
)
_OF_LEVELS = (  # 各省、自治区、直辖市人民政府; 市、区两级政府: one name
    r"各?(?:有关)?(?:自治区|直辖市|计划单列市|[省市州县区旗镇乡])(?:、(?:自治区|直辖市|计划单列市|[省市州县区旗镇乡]))+(?:[两三四各]级|[和及](?:计划单列市|新疆生产建设兵团))?"
    r"(?:人民政府|党委政府|政府|党委|(?:(?!人民政府)[\u4e00-\u9fff]{2,12}?(?:机关|部门|机构|厅局?|局|委))(?=要|应|须|可|负责)|(?=要|应|须|可|按|根据|结合|负责|制定|组织|以及|及|和|[，,](?:特别|尤其)是))"
)
_OF_A_PLACE = re.compile(
    rf"{_OF_LEVELS}|"
    r"(?:各|有关|相关|其他|各有关|各相关)(?:乡镇|镇街|镇乡|街镇|街道|街道办事处|镇|区县|县区|县市|县市区|区市县|市县|市州|州市|设区市|地方|高校|学校|企业|行业|主管部门|地市)(?:人民政府|政府|党委政府)?(?![\u4e00-\u9fff]{0,3}(?:层面|范围|标准))(?=[、，和与及]|要|应|须|按|严格|认真|负责|结合|配合)|"
    r"(?:各|其他)?(?:有关|相关)(?:(?:部门|地区)(?:和|、)(?:单位|部门))|"
    r"(?:项目)?所在(?:区县|县区|地)(?:人民)?政府|项目所在区县|各地区?(?!方)|各区县|各县区|各县市区|各部门|各单位|各乡镇|各镇街|"
    r"(?:各|所在|所在辖区|(?<=由))社区|(?:各|所在|所在辖区)?(?:(?:乡镇|镇|乡|县|区|省)[（(](?:自治区、直辖市|区、市|街道|街|开发区|园区|市、区|市|区|场)[）)](?:人民政府|政府)?|村（居）(?:组织|委会|民委员会)?|村委会|居委会)(?!居民|干部|工作|服务|建设)"
)


_AS_UNIT = re.compile(rf"(?<=[省市区县旗州])(?=[、和与及]|{MODAL}|牵头|会同)")  # 由甲区、乙县牵头
# A body of the unit in front of it, with the verb that it is named after: 审核机构, 承办部门.
_PART = re.compile(
    rf"(?!有关|相关|其他)(?:(?!各)(?!{_STOP}|协调|召集|对)[\u4e00-\u9fff]){{2,6}}?(?:机构|部门|办公室)(?={_TAIL.pattern})"
)
_JOINED = re.compile(r"[市区县]?[和与及]")  # 甲区和园区管委会: two names
_SHARED = ("、部门", "、单位")  # 各镇街、部门要…
# What stands in a list of bodies without a place of its own: …、奉贤区、临港集团、港城集团等单位
_LISTED = re.compile(
    rf"(?:(?!{_STOP})[\u4e00-\u9fff]){{2,10}}?(?:集团|公司|银行|医院|大学|学院|协会)(?=[、，,]|和|及|与|等)"
)
_OFFICES = ("（室）", "(室)", "（局）", "(局)", "（委）", "(委)")
_SHORTEST = 2  # code points of a name
_BARE_WORDS = frozenset(
    "城镇 乡镇 村镇 集镇 小镇 建制镇 工作专班 其他 其它 部门 机关 机构 政府 办公室 办公厅 委员会 协会 商会 集团 银行 单位 管理局 工作组 分局 总局".split()
)


_ISSUED = re.compile(r"(?:印发|制定|发布|出台|批准|下发|公布|签发|颁发|颁布|决定|确定|规定)的")
_ACTING = re.compile(rf"(?:{_ACTS}|{_ALSO})")
# Words with which a clause begins that calls on a body, and no name: 坚持政府引导, 协助有关部门核定
_NO_NAME = re.compile(
    r"坚持|协助|协调(?!小组|机构|机制|组|办|委)|配合|发挥|突出|依靠|凡|对于|上述|本着|需要|哪|转[送报交]"
)
_LONGER = re.compile(rf"[\u4e00-\u9fff]{{0,4}}{_BODY}")
_ALIAS = re.compile(r"[（(](?:以下)?(?:统称|简称)[^（）()]*(?:[（(][^（）()]*[）)][^（）()]*)*[）)]")
_ENTITLED = re.compile(rf"(?:(?!{VERBS}|{_CUT})[\u4e00-\u9fff（）]){{2,24}}?{SUFFIX}(?=[：:])")


def entitled_end(text: str, position: int, end: int) -> int | None:
    """End of a name with which an item is entitled, a colon behind it: 2.象州公路养护中心：…"""
    match = _ENTITLED.match(text, position, end)
    return match.end() if match else None


@cache
def registered() -> NameIndex:
    """All names of the registry, for longest-match search."""
    return NameIndex(name for name in kinds_by_name() if len(name) >= 2)


def place_led_end(text: str, position: int, end: int) -> int | None:
    """End of a name that begins with a place or a level (天津市财政局, 市财政局), where a verb or a list goes on."""
    for start in _starts(text, position, end):
        for stop in registered().ends(text, start, end):
            if _TAIL.match(text, stop, end):
                return stop
        for pattern in () if _JOINED.match(text, start, end) else (_GENERIC, _GROUP):
            match = pattern.match(text, start, end)
            if match:
                return match.end()
    return None


def _starts(text: str, position: int, end: int) -> Iterator[int]:
    """Where the name proper may begin: behind the place or the level that opens it."""
    for first in place_names().ends(text, position, end):
        for second in (*place_names().ends(text, first, end), first):
            level = _AFTER_PLACE.match(text, second, end)
            if level:
                yield level.end()
            yield second
    level = _LEVEL.match(text, position, end)
    if level:
        yield level.end()


def registered_end(text: str, position: int, end: int) -> int | None:
    """End of a registered name of three or more characters, whatever follows (会同市场监管委召开…)."""
    return next((stop for stop in registered().ends(text, position, end) if stop - position >= 3), None)


def subject_end(text: str, position: int, end: int) -> int | None:
    """End of the name of a unit that may be the subject of a clause, with or without a place."""
    if end - position < _SHORTEST or _NO_NAME.match(text, position, end):
        return None
    group = _STATE_GROUP.match(text, position, end)
    if group:
        return group.end()
    stop = place_led_end(text, position, end)
    if stop is not None:
        return _whole(text, position, stop, end)
    for stop in (*short_names(text).ends(text, position, end), *registered().ends(text, position, end)):
        if _TAIL.match(text, stop, end) and text[position:stop] not in _BARE_WORDS:
            return _whole(text, position, stop, end)
    for pattern in (_OF_A_PLACE, _BARE, _MINISTRY, _COMPANY, _EACH, _TOLD, _TOWN):
        match = pattern.match(text, position, end)
        if match and _TAIL.match(text, match.end(), end) and match.group() not in _BARE_WORDS:
            return _whole(text, position, match.end(), end)
    return next((stop for stop in place_names().ends(text, position, end) if _AS_UNIT.match(text, stop, end)), None)


def _whole(text: str, position: int, stop: int, end: int) -> int:
    """End of the longer name that goes on behind a shorter one: 同级人民政府审核机构, 起草部门审核机构."""
    longer = _PART.match(text, stop, end)
    return longer.end() if longer else stop


def agent_end(text: str, position: int, end: int) -> int | None:
    """End of the name behind 由: whatever verb follows, but no title of a person."""
    if _NO_NAME.match(text, position, end):
        return None
    for start in (*_starts(text, position, end), position):
        for stop in registered().ends(text, start, end):
            if stop - position >= 3 and not _NOT_ACTING.match(text, stop, end) and not _runs_on(text, stop, end):
                return _whole(text, position, stop, end)
    subject = subject_end(text, position, end)
    if subject is not None and not _NOT_ACTING.match(text, subject, end):
        return _whole(text, position, subject, end)
    for pattern in (_BARE_AGENT, _BARE_AGENT_JOINED, _OF_A_PLACE):
        match = pattern.match(text, position, end)
        if match and match.group() not in _BARE_WORDS:
            return match.end()
    return None


def _runs_on(text: str, stop: int, end: int) -> bool:
    """Whether a longer name goes on behind a shorter registered one: 教育部门 behind 教育."""
    return text[stop - 1 : stop + 1] == "部门" or bool(_LONGER.match(text, stop, end))


def names_from(text: str, position: int, end: int, agent: bool = False) -> list[tuple[int, int]]:
    """Consecutive names from ``position`` on, joined by 、 和 与 及 或; empty where none stands there."""
    found: list[tuple[int, int]] = []
    ending = agent_end if agent else subject_end
    while True:
        stop = ending(text, position, end)
        if stop is None and found and text[found[0][0]] == "各":  # 各高校、科研院所要…
            rest = _EACH_REST.match(text, position, end)
            stop = (
                rest.end()
                if rest and (rest.group() not in _BARE_WORDS or text[position - 1 : rest.end()] in _SHARED)
                else None
            )
        if stop is None and len(found) > 2:
            rest = _LISTED.match(text, position, end)
            stop = rest.end() if rest else None
        if stop is None:
            return found
        stop = text.startswith(_OFFICES, stop, end) * 3 + stop  # 人民政府办公厅（室）
        found.append((position, stop))
        joint = _JOINT.match(text, _past_alias(text, stop, end), end)
        if not joint:
            return found
        position = joint.end()


def behind_names(text: str, stop: int, end: int) -> int:
    """Where the clause goes on behind a list of names: past （以下简称…） and 等12个部门和单位."""
    match = _ET_AL.match(text, _past_alias(text, stop, end), end)
    return match.end() if match else stop


def acts(text: str, position: int, end: int) -> bool:
    """Whether what stands behind a name lets it act."""
    match = _ACTING.match(text, position, end)
    if match is None or _NOT_ACTING.match(text, position, end):
        return False
    return not describes(text, position, end)  # 财政部门制定的办法: what it did makes it no subject


def acts_not(text: str, position: int, end: int) -> bool:
    """Whether what stands behind a name makes it a person's title or a thing of the unit."""
    return bool(_NOT_ACTING.match(text, position, end))


def describes(text: str, position: int, end: int) -> bool:
    """Whether the verb behind a name describes a thing: 由县政府办公室印发的《方案》."""
    match = _ISSUED.match(text, position, end)
    return match is not None


def _past_alias(text: str, stop: int, end: int) -> int:
    match = _ALIAS.match(text, stop, end)
    return match.end() if match else stop
