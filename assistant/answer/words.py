"""Words that frame a question and say nothing of its topic."""

from __future__ import annotations

import re

_UNIT_WORD = r"(?:单位|部门|部委|科室|处室|机构|委办局|局|科|区县|区|县|街道|企业|公司|地方)"
_DOCUMENT = r"(?:通知和报道|通知|方案|活动清单|任务清单|清单|文件|报道|附件\s*\d*|名单)"
_WHICH = r"(?:[哪那](?:一?些|几?个|几?项|几?家|几?条|几?届|几?年|一?年|一?届|一?项|家|所|天|里|儿|份|种|几)|那几个)"

# What is cut out of a folded Chinese question before its topic is read; longer patterns first.
FRAME = re.compile(
    "|".join(
        (
            rf"(?:现有|所有|全部|各份|各年|这些|那份|那个|那些|同一份|这份|本|该)*(?:年份的?|年度的?|年的?)?{_DOCUMENT}(?:[里中上内]|部分)?的?",
            r"(?:若干)?(?:措施|意见|办法|规定|条例|规则|细则|预案|规划|计划|公告|公示|决定|通报|纪要|制度)(?:里面?|中|上|内)的?(?=[,，的\s]|[^央小等国部])",
            r"(?:国家|国务院|中央|省级?|市级?|区级?|县级?)层面的?",
            rf"(?:是|由|归|被|让|有|属于)?{_WHICH}{_UNIT_WORD}?的?",
            r"(?:在|是|到)?什么(?:时候|时间|日期|单位|部门|地方|活动)?(?:之?前|以前)?",
            r"(?:一共|总共|共)?(?:有)?多少(?:个|项|家|所|人|次|名|元|钱|份|届)?",
            r"第?几(?:个|项|家|所|届|条|号|年|天)",
            r"(?:是|由)?谁(?:来)?(?:负责|牵头|搞|做|办|管)?的?",
            r"怎么(?:做|办|样|开展|回事)?|如何|为什么|啥|吗|呢|吧|么|嘛",
            r"请(?:全部|逐一|分别|帮我|问)?|列出来?|列举|查一下|找一下|告诉我|说明一下|帮我",
            r"市级和各区的?|各区和市级的?|都(?:要|算|查|有)|也(?:算|要)",
            r"(?:有没有|是不是|是否|能不能|可不可以|有无)",
            r"(?:这|那|该)(?:块|个|些|项|份)",
            r"(?:之?前|以前)?(?:报送|上报|提交|报|交|送)(?:到|给|至)",
        )
    )
)

GENERIC = frozenset(
    """
    活动 工作 事项 任务 事情 事 方面 相关 有关 涉及 关于 负责 承担 牵头 组织 开展 举办 举行 安排 实施
    进行 参与 参加 落实 提到 明确 包括 包含 属于 单位 部门 责任 责任单位 责任部门 机构 科室 处室 市级 区级
    各区 全市 我市 全区 本市 我区 年度 年份 通知 方案 清单 文件 报道 内容 活动内容 活动安排 情况 需要 要求 规定
    具体 主要 全部 所有 分别 一共 总共 共有 其中 还有 另外 别的 其他 其它 同一 一份 这个 那个 这些 那些
    现有 目前 今年 去年 部分 方式 下去 出来 东西 行业 领域 时候 时间 名称 名字 写有 点名 做些 做过 搞过
    一下 什么 哪些 哪个 多少 怎么 如何 是谁 里面 以及 或者 并且 这是 就是 只有 只是 需 应 各年 每年 几年
    分管 主管 管理 负则 条目 项目 跟 和 与 对 在 给 做 干 搞 弄 办 管 归 查 过 去 来 要 会 能 可
    有 没 是 的 了 着 对比 比较 共同 一起 市里 区里 省里 哪天 哪里 这几年 近几年 历年 参与负责 还有没有
    差别 区别 支持 促进 推动 发展 采取 采用 面向 针对 名下 一期 明文 明写 写明 写到 那边 那次 最近 大概 大约 东西 写错 前后 一样 帮忙 帮过 别落下 层面 若干 几条 按照 依据 根据 起来 至少 最多 部委 列为 点名 最高 封顶 自己
    """.split()
)

GENERIC_ENGLISH = frozenset(
    """
    activity activities campaign campaigns event events work task tasks item items unit units department departments
    district districts city level city-level municipal responsible handle handles handling hold holds run runs organise
    organize organised organized notice notices list document documents plan plans planned cover covers carry carries
    conduct conducted involve involved related agency agencies bureau bureaus section sections arrange arranged check one
    ones exactly year years area new information find show only every each all compare comparison differ difference send
    sending submit submitting
    """.split()
)

FUNCTION_ENGLISH = frozenset(
    """
    due receive receives received the and for with from what which who whom whose when where how why that this these those there their its about into
    any some has have had can could will would should please tell does did are was were been not than they you your our
    between during after before under over per via also only there many much more most other long around deal dealing such
    same used use using behind took take takes taken part got get gets three two four five six first last
    include includes including included give gives given make makes made want wants need needs ask asked say says said
    see look looking looked goes going went come came put set let kind kinds type types way ways thing things
    both either neither well still just even very too then but because while within without against among
    upon off out down back again once ever never always often usually really actually mention mentions mentioned
    name names named known call called concern concerning regarding towards relate relates provide provides provided
    required require requires requirement requirements necessary possible whether might may must shall old
    sent until till county town province newly actually whole
    term terms topic topics content contents detail details specific exact full complete anything something
    """.split()
)

# Words that ask for a fact of the notice as a whole; they are no topic then.
FACT_WORDS = frozenset(
    """
    主题 活动主题 总结 活动总结 材料 总结材料 报送 上报 提交 截止 截止日期 截止时间 期限 时限 最晚 之前 报给
    报到 交给 交 报 联系人 联系电话 电话 号码 传真 邮箱 联系方式 照片 图片 格式 像素 deadline
    theme summary contact phone 报送时间 报送期限 活动情况 文号 咨询
    """.split()
)

# Time words that say when something is, and so what is asked for; others (今年, 近期) frame a question.
HOLIDAYS = frozenset("元旦 春节 元宵 清明 清明节 五一 劳动节 端午 端午节 中秋 中秋节 国庆 国庆节 暑假 寒假".split())

OTHERS = re.compile(r"还有|别的|其他|其它|另外|除此之外|\b(?:other|others|else|another|besides)\b")
AMONG = re.compile(r"其中|里面|当中|\b(?:among|of those|of them|of these)\b")
EXCEPT = re.compile(
    r"\(?(?:而?不是|不要|不算|不含|不包括|排除|除了?|except(?: for)?|not)\s*([^()、,，。?？]{2,20}?)\s*(?:\)|以外|之外|外(?=[,，的])|(?=[,，。?？]|$))"
)
SOLE = re.compile(r"单独|独自|唯一|只由|仅由|\bonly responsible\b|\bsole(?:ly)?\b|\balone\b")
COMPARES = re.compile(
    r"对比|一样吗|不同|变化|\bsame\b|比较|分别|各有|各年|每年|\bcompar|\bdiffer|\beach year\b|\brespectively\b"
)
