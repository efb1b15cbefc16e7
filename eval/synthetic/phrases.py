"""How staff would put it. Each kind has several wordings; ``{…}`` are filled from the notices."""

from __future__ import annotations

UNITS = (
    "哪些单位负责{topic}", "{topic}由谁负责？", "{topic}归哪些部门管", "请问{topic}相关工作都有哪些单位承担？",
    "{scope}{topic}是哪几个单位在做", "想查一下，{scope}涉及{topic}的责任单位有哪些",
)  # fmt: skip
UNITS_EN = (
    "Which units are responsible for {english}?",
    "who handles {english}",
    "List all units that deal with {english}.",
)
ACTIVITIES = (
    "{scope}{unit}负责哪些工作？",
    "{unit}{scope}要做什么",
    "{scope}{unit}承担了哪几项任务",
    "{scope}{unit}有哪些活动",
)
LOOKUP = ("哪一项提到{words}？", "关于{words}，原文是怎么说的", "{words}是怎么规定的？", "找一下讲{words}的那条")
DEADLINE = ("{document}的材料什么时候报送？", "{document}规定最晚哪天上报", "{document}的报送截止日期是哪天？")
THEME = ("{document}的主题是什么？", "{document}活动主题")
CONTACT = ("{document}的联系电话是多少？", "{document}有问题打哪个电话联系")
COUNT = ("有多少个单位负责{topic}？", "{topic}一共涉及几个单位")
COMPARE_THEMES = ("{first}年和{second}年的活动主题分别是什么？", "对比{first}年和{second}年的主题")
FOLLOW_YEAR = ("那{year}年呢？", "{year}年的呢")
ABSENT_TOPIC = (
    "哪些单位负责{topic}？",
    "{topic}由谁监管",
    "{topic}归哪个部门管？",
    "Which units are responsible for {english}?",
)
ABSENT_YEAR = ("{year}年哪些单位负责{topic}？", "{topic}在{year}年是由谁做的")
ABSENT_PLACE = ("{place}{topic}由哪个单位负责？", "{place}哪些部门管{topic}")
FALSE_PREMISE = ("{unit}为什么取消了{year}年的{topic}？", "{year}年的通知里{unit}对{topic}的罚款标准是多少")

#: Matters of public administration, with English names; those that a corpus holds are left out for it.
MATTERS = {
    "养犬管理": "dog licences", "殡葬服务": "funeral services", "婚姻登记": "marriage registration", "出入境签证": "exit visas",
    "公积金贷款": "housing fund loans", "彩票销售": "lottery sales", "温室大棚补贴": "greenhouse subsidies", "渔船检验": "fishing boat surveys",
    "地震预警": "earthquake warnings", "野生动物救护": "wildlife rescue", "网约车资质": "ride-hailing permits", "景区门票减免": "ticket discounts",
    "退役军人安置": "veterans' placement", "古树名木保护": "ancient trees", "烟花爆竹燃放": "fireworks", "高考考务": "the college entrance examination",
    "社区团购": "community group buying", "海域使用权": "sea area use rights", "人工增雨": "cloud seeding", "宗教活动场所": "religious sites",
    "学生近视防控": "myopia of pupils", "共享单车停放": "shared bicycle parking", "垃圾焚烧发电": "waste incineration", "民宿登记": "homestay registration",
    "无偿献血": "blood donation", "火车票退票": "train ticket refunds", "耕地轮作": "crop rotation", "直播打赏": "live-stream tipping",
    "剧本娱乐场所": "role-play venues", "低空飞行审批": "low-altitude flight permits",
}  # fmt: skip
PLACES = ("拉萨市", "三亚市", "乌鲁木齐市", "大连市金州区", "昆明市盘龙区", "兰州市", "银川市", "西宁市")
