"""The words that lean on what was said before, English and Chinese, as data."""

from __future__ import annotations

import re
from typing import Final

EN_TOO = re.compile(
    r"(?:(?:and|also|same (?:for|with|in)|do the same (?:for|in))\s+"
    r"(?P<a>.+?)(?:\s+(?:too|as well|also))?"
    r"|(?P<b>.+?)\s+(?:too|as well))"
)
ZH_TOO = re.compile(
    r"(?:还有|以及|再加上|加上)(?P<a>.+?)(?:也一样|也要|也是|也|呢)?|(?P<b>.+?)(?:也一样|也要|也是)"
)
EN_OTHER = re.compile(
    r"(?:no,?\s+)?(?:not that(?: one)?,?\s+)?(?:i (?:meant|mean)\s+)?the other(?: one)?"
)
ZH_OTHER = re.compile(
    r"(?:不是?[,，]?\s*)?(?:是|要)?(?:另一个|另外一个|另一盏|另外那个|另一边)(?:也(?:要|是|一样|这样)?)?"
)
NUDGES: Final[dict[str, tuple[str, int]]] = {
    **dict.fromkeys(("brighter", "lighter", "再亮", "亮", "更亮"), ("brightness_pct", 1)),
    **dict.fromkeys(("dimmer", "darker", "再暗", "暗", "更暗"), ("brightness_pct", -1)),
    **dict.fromkeys(("louder", "再大声", "大声", "再响", "响"), ("volume_pct", 1)),
    **dict.fromkeys(("quieter", "softer", "再小声", "小声", "轻"), ("volume_pct", -1)),
    **dict.fromkeys(("warmer", "hotter", "再热", "再暖", "暖和", "热"), ("temperature_c", 1)),
    **dict.fromkeys(("cooler", "colder", "再冷", "再凉", "凉快", "冷"), ("temperature_c", -1)),
    **dict.fromkeys(("faster", "再快", "快"), ("speed_pct", 1)),
    **dict.fromkeys(("slower", "再慢", "慢"), ("speed_pct", -1)),
    **dict.fromkeys(("more", "higher", "up", "再多", "多", "再高", "高", "再大"), ("", 1)),
    **dict.fromkeys(("less", "lower", "down", "再少", "少", "再低", "低", "再小"), ("", -1)),
}
EN_NUDGE = re.compile(
    r"(?:(?:make|turn) (?:it|that|them)\s+)?(?:even\s+|still\s+)?"
    r"(?:(?:just\s+)?(?:a (?:little|bit|tad)(?: bit)?|slightly|some|much)\s+)?"
    r"(?P<word>[a-z]+)(?: still| again)?"
)
ZH_NUDGE = re.compile(r"(?:把它)?(?:调)?(?P<word>.{1,3}?)(?:一点儿?|一些|点儿?|些)(?:吧)?")
EN_BARE = re.compile(r"(?:(?:turn|switch)\s+)?(?:back\s+)?(?P<way>on|off)(?:\s+again)?")
ZH_BARE = re.compile(r"(?:再|重新)?(?P<way>打开|开|关掉|关|关闭)(?:了|吧|它)?")
EN_IT = re.compile(r"\b(?:it|that one|this one|that|this|them|those|these)\b(?!')", re.IGNORECASE)
ZH_IT = re.compile(r"它们?|(?:那个|这个)(?!\w)")
CLAUSE = re.compile(r"[,，、;；。]|\band\b|\bthen\b|然后|再(?!见)", re.IGNORECASE)
PLAIN = re.compile(r"[\w '’()/-]{1,60}")
ORDINALS: Final = {
    **dict.fromkeys(("first", "1", "1st", "one", "第一个", "第一"), 0),
    **dict.fromkeys(("second", "2", "2nd", "two", "第二个", "第二"), 1),
    **dict.fromkeys(("third", "3", "3rd", "three", "第三个", "第三"), 2),
    **dict.fromkeys(("fourth", "4", "4th", "four", "第四个", "第四"), 3),
    **dict.fromkeys(("last", "最后一个"), -1),
}
ALL: Final = frozenset({"all", "all of them", "all of these", "都要", "全部", "都"})
BOTH: Final = frozenset({"both", "both of them", "the both", "两个都要", "两个"})
ARTICLES: Final = frozenset(
    {"the", "that", "this", "those", "these", "my", "our", "your", "a", "an"}
)
NEAR: Final = frozenset({"", "and", "at", "by", "from", "in", "near", "of"})
"""What stands behind a thing, and seldom behind a verb; "" is the end."""
BESIDE_NAMES: Final = (
    ARTICLES
    | NEAR
    | {each for each in ORDINALS if each.isalpha() and each.isascii()}
    | {"one", "ones", "both", "all", "to", "next", "s", "side", "as", "well", "too", "also"}
    | {"please", "thanks", "thank", "you", "just", "only"}
)
"""What may stand beside names without saying anything of them: no verb, no state, no "not"."""
BESIDE_NAMES_ZH: Final = frozenset(
    "的那个盏台扇这是请吧呢哦啊呀嘛在里面边侧左右一二两三四第最和与跟及还有也都要谢麻烦"
)
STATES: Final = frozenset(
    {
        *("on", "off", "open", "opened", "opens", "opening", "close", "closed", "closing", "shut"),
        *("lock", "locked", "locking", "unlock", "unlocked", "up", "down", "out", "dim", "dimmed"),
        *("bright", "brighter", "dimmer", "darker", "warmer", "cooler", "louder", "quieter"),
        *("turn", "switch", "set", "put", "make", "leave", "keep", "start", "stop", "play"),
        *("pause", "mute", "unmute", "raise", "lower", "run", "go", "move", "drive", "let", "do"),
        *("not", "no", "never", "neither", "nor", "none", "without", "except", "but", "or", "if"),
        *("half", "more", "less", "max", "maximum", "minimum", "full", "charge", "show", "shows"),
        *("cover", "shade", "any", "anything", "single"),
    }
)
"""What says what is to be done, or not: part of a name only where the whole name is said."""
STATES_ZH: Final = "开关锁调设停放播拉升降亮暗灭动转把将别不没勿非除"
VERBS_TOO: Final = frozenset(
    {
        *("light", "lock", "switch", "cover", "shade", "blind", "fan", "vacuum", "hoover"),
        *("water", "plug", "button", "heating", "lighting", "position", "track", "sound", "pump"),
        *("hand", "pin"),
    }
)
"""A thing behind a name or an article, a verb in front of one: "lock the front"."""
UNDO: Final = frozenset(
    {
        *("undo", "undo that", "undo it", "undo this", "undo the last one", "take that back"),
        *("put it back", "revert", "revert that", "change it back", "put it back how it was"),
        *(
            "撤销",
            "撤回",
            "撤销操作",
            "撤销刚才的",
            "撤销刚才的操作",
            "还原",
            "恢复",
            "恢复原样",
            "改回去",
            "变回去",
        ),
    }
)
EDGES: Final = " .,!。，！?？~"
MOTION: Final = frozenset({"drive", "turn", "set_servo"})
