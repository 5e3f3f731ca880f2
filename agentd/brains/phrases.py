"""Turns of phrase that rules look for, in both languages."""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.language import CJK


def _any(*parts: str) -> re.Pattern[str]:
    """Return a pattern for any of `parts`; Latin ones count as whole words."""
    latin = "|".join(part for part in parts if part.isascii())
    other = [part for part in parts if not part.isascii()]
    return re.compile("|".join([rf"\b(?:{latin})\b"] * bool(latin) + other), re.IGNORECASE)


EVERYWHERE: Final = _any(
    "everywhere|all over|throughout|at home",
    "(?:in )?(?:(?:every|each) room|all (?:of )?(?:(?:the|my|our) )?rooms)",
    "(?:across |all around |all through )?(?:(?:the|my|our) )?(?:whole|entire) "
    "(?:house|home|flat|apartment|place)",
    "(?:across|all over|all around|all through|throughout) (?:the|my|our) "
    "(?:house|home|flat|apartment|place)",
    "(?:in |at |around |of )?(?:the|my|our) (?:house|home|flat|apartment)|at home",
    "全屋|家里|全家|整个家|每个房间|所有房间",
)
HERE: Final = _any(
    "here|where i am|(?:this|the|my|our) (?:room|area|space|place)|this floor",
    "这里|这边|这儿|这个?房间|这间|这屋|这层|这一层|我这|此处|这个屋",
    rf"(?:(?<![{CJK}])|(?<=[把将请在让开关]))(?:屋里|房间里)",
)
COUNTED: Final = re.compile(
    r"有没有|(?:(?<!所)有|哪|几|一|两)+[个盏扇台些把](?=\S)|(?<!所)有(?=灯|窗|门|风扇|空调|电视|插座|音箱|设备)|^[个盏扇台些](?=\S)|^有(?=\S)|[是处于]+$"
)
"""What counts or asks for things in front of their name, in Chinese."""
VERB_FIRST: Final = re.compile(
    r"^(?:拉上|拉开|打开|关上|关掉|关闭|调暗|调亮|播放|锁上|合上|放下|升起)(?=.)"
)
"""A Chinese verb that was marked as part of the name behind it."""
FUSED: Final = re.compile(r"(?<=[开关调锁放])(灯|窗帘|窗|门|空调|电视|风扇|音乐)")
"""The thing that a Chinese verb brings along: 开灯, 关窗."""
BY_HALF: Final = re.compile(
    r"\b(?:halve|half|double|twice|triple)\b|减半|一半|加倍|翻倍|一倍", re.IGNORECASE
)
"""How much more or less, where it is the verb itself."""
LEANING: Final = re.compile(
    r"^\W*(?:and|also)\b.*\b(?:too|as well|also)\W*$|^.{1,10}也(?:是|一样)?\W*$", re.IGNORECASE
)
"""Words that lean on what was said before, and say nothing alone."""
CONNECTOR: Final = re.compile(
    r"(?:and|then|after|that|afterwards|next|now|finally|first"
    r"|also|please|so|but|之后|然后|接着|接下来|再|后|先|最后|随后|并|且|同时|请|也|就|把|将|但|但是|不过|\s|[,，、])*",
    re.IGNORECASE,
)
"""What only joins clauses. No alternative is made of others: that would be read in 2^n ways."""
REACHED: Final = re.compile(r"(?:\b(?:to|at|on)|到|至|成|为|在)\s*(?:the\s+)?$", re.IGNORECASE)
"""In front of a value that is to be reached, not added: "dim it to 20"."""
FELT: Final = {
    "temperature": _any(
        r"warm|hot|cold|cool|heat|warmth|degrees|(?:above|below|over|under) \d+",
        r"热|冷|暖|几度|多少度|[\d零一二三四五六七八九十]度",
    ),
    "brightness": _any("bright|dark", "多亮|亮度"),
    "volume": _any("loud|noisy", "多响|多大声"),
    "humidity": _any("humid|damp", "潮|多湿"),
    "battery": _any("charge|power left|juice", "电量|多少电"),
}
"""What people feel rather than name."""
STOPPING: Final = re.compile(
    r"^\W*(?:please )?stop\b(?!.*\b(?:dock|base|home)\b)|停(?!.*[回充])", re.I
)
"""Said to a robot that cleans: to stand still, not to go home."""
DIMMING: Final = _any("dim|brighten|dimmed", "调暗|调亮|变暗|变亮")
HYPOTHETICAL: Final = _any(
    "if|unless|whenever|wish|imagine|suppose|yesterday|every (?:day|morning|evening|night)",
    "(?:we|i) should|should (?:we|i)|last (?:time|week|night|month|year)|ago|used to",
    "remember when|would be (?:nice|great|better)",
    "once (?!(?:more|again|and for all|you)\\b)|provided|given that|as long as|in case",
    "otherwise|or else|let me (?!know|see|have|hear)",
    r"i(?:'m| am) (?:just )?(?:about|going|off) to"
    r" (?:go|pop|run|nip|head|walk|get up|come)\b.{0,20}\band",
    "as (?:loud|bright|warm|high|low|dim|quiet|cold|hot|fast|dark) as (?:the|my|our|in)",
    "[跟和与同].{1,12}一样(?:亮|响|高|低|暗|热|冷|快|大声)",
    "in an emergency|when (?:the|i|we|it|he|she|they|my|some(?:one|body)|everyone|dad|mom|mum)",
    "(?:until|while) .{1,30} (?:is|are) (?:on|off|open|closed|shut|locked|unlocked|home|ready)",
    "也许|说不定|如果|要是|假如|倘若|的话|昨天|昨晚|前天|上次|上回|上周|去年|曾经|每天|每晚",
    r"等(?!\s*[零一二两三四五六七八九十百半\d]+(?!下|会)).{1,12}(?:再|了|就)",
    "的时候(?=[,，]?[再就请把打关开])",
)
"""Not now, or not meant: no such sentence is carried out."""
POLITE_IF: Final = _any(
    "if you (?:don'?t mind|please|can|could|would|will|like|may|want)",
    "if (?:possible|that'?s ok(?:ay)?|it'?s not too much trouble)",
    "如果可以|可以的话|方便的话|要是方便|如果方便",
)
"""A condition that is none."""
_WHO: Final = "he|she|they|somebody|someone|nobody|everybody|everyone|mum|mom|dad|my \\w+|the \\w+"
REPORTED: Final = _any(
    rf"(?:{_WHO}) (?:said|says|told|tells|asked|asks|shouted|wrote|wants|wanted|thinks|claims)",
    "[他她]们?(?:说|问|喊|叫|让|要)|(?:妈妈?|爸爸?|老师|有人|谁|人家|同事|邻居)(?:说|问|喊|叫|让|要)",
)
"""What others say is theirs."""
PAST: Final = _any(
    "already|(?:i|we|he|she|they|it|you|somebody|someone|nobody) (?:have|has|had|was|were|did)",
    r"it(?:'s| is| was| got) (?:\w+ ){0,3}(?:warmer|cooler|colder|hotter|brighter|darker|louder)",
    "已经|刚(?!好)|早就|以为|^(?:不要|不是)[^关开调停锁拉灭熄断亮动吵]*$|过了[吧呢啊]?$|的时候$",
)
"""In the clause itself: it has been done, or was so."""
HAS_BEEN: Final = re.compile(
    r"(?:过|了)[呢啊哦呀嘛的]*[\W_]*$|过[了一两几]|^.{0,4}又|了(?:一下|两次|几次)"
)
ORDERED: Final = re.compile(r"把|将|请|吧|给我|帮|让")
"""With these a Chinese sentence that ends in 了 is an order all the same."""
FORBIDDEN: Final = _any(
    r"(?:don'?t|do not|never|no need to|shouldn'?t|should not|mustn'?t|must not|stop) (?:\w+ )?"
    r"(?:turn|switch|shut|close|pause|mute|lock|dim|lower|put|power|kill|cut|open|move|drive)\w*",
    r"refrain|resist|avoid|hold off|hardly|forbid\w*|(?:without|rather than|instead of) \w+ing",
    "(?:nobody|no one|no-one) (?:should|may|must|can|shall|is)",
    r"(?:don'?t|do not|never) (?:want|need|like) .{1,30}"
    r" (?:off|out|closed|shut|locked|muted|paused)",
    "少(?=开|关|放)|不(?:想|愿意?|希望)让?.{0,10}(?:关|停|锁|静音|合上)",
    "(?:别(?!的|处|人)|不要|不用|不许|不必|甭|勿)(?:再|把|去|给)?.{0,8}(?:关|停|锁|暂停|静音|调|拉上|合上|开|拉)",
)
"""A verb that is not to be carried out; it may still spare something."""
ALONE: Final = frozenset(
    {
        *("louder", "quieter", "softer", "brighter", "dimmer", "darker", "warmer", "cooler"),
        *("colder", "hotter", "pause", "resume", "continue", "next", "skip", "previous", "mute"),
        *("unmute", "stop", "brake", "halt", "freeze", "replay", "back"),
    }
)
"""English words that are a command all alone; "cool" is none."""
CORRECTED: Final = _any(
    "no,? wait|scratch that|i mean|you know what|skip the idea|scrap that|just kidding"
    "|on second thoughts?|never ?mind"
    "|forget it|undo (?:it|that)|strike that|(?<=, )(?:no|hang on|hold on)(?=,)",
    "不对|算了|开玩笑|我是说|等等|等一下|说错|(?<=[,，])不(?=[,，])|(?<=[,，嗯呃])还是只|骗你|逗你",
)
"""Somebody who changed their mind in the middle says it once more."""
DOUBTED: Final = _any(
    "maybe|perhaps|almost|or|per (?:day|hour|week)|less than|more than|at (?:least|most)",
    r"不到|至少|至多|最多|超过|也许|可能|或者|还是|差点|了\s*(?=[零一二两三四五六七八九十百半\d])",
)
"""Enough to move nothing; 前进了两米 has been."""
_BACK: Final = "back(?:wards?|ing)?|reverse|rearwards?|retreat|withdraw|astern|away|return"
EVIDENCE: Final = {
    "backward": _any(_BACK, "后|退|倒|回"),
    "turn_left": _any(
        "left|counter-?clockwise|anti-?clockwise|port|ccw|against the clock", "左|逆"
    ),
    "turn_right": _any(
        "right|(?<!counter-)(?<!anti-)clockwise|starboard|cw|with the clock", "右|顺"
    ),
    "play": _any(
        "play|listen|hear|put on|watch|queue|stream|spin|blast|show me",
        "播|放|听|看|唱|奏",
    ),
    "pause": _any("pause|stop|hold|halt|freeze|suspend|break|quit|enough|cut|off", "停|别|关"),
    "mute": _any(
        "mute|silence|silent|sound|audio|volume|quiet|shush|hush|shut up", "静|声|音(?!乐)|哑|闭嘴"
    ),
    "stop": _any(
        "stop\\w*|halt|freeze|whoa+|hold|brak\\w+|still|move|moving|enough|abort|cease|park|quit"
        "|pause|end|stay|wait|cut|off|no (?:further|more)|kill|easy|stand|rest",
        "停|站|刹|别|不|住|够|打住|定|止|歇",
    ),
    "unlock": _any("unlock|open|undo|unbolt|unlatch|release|let", "开|解"),
    "turn_around": _any(
        "turn|spin|rotate|pivot|swivel|swing|flip|face|facing|u-?turn|u turn|180|one-eighty",
        "about[- ](?:turn|face)|come about|(?:go|head|look) (?:back|the other way)",
        "头|身|向后|往后|反|半圈|一百八",
    ),
}
"""What must have been said before it is done, and before a robot goes that way, however sure a
model is."""
NEGATED: Final = _any(
    "not|never|don'?t|won'?t|didn'?t|shouldn'?t|isn'?t|aren'?t|no need|nobody|no one|none|neither",
    "别(?!的|处|人)|不要|不用|不许|不必|甭|勿|不想|不愿|不让|不准|严禁|不是|少(?=开|关|放|用)",
)
SPARING: Final = _any(
    "except|exception|excepting|excluding|apart from|other than|but not|not (?:the|my|in)"
    "|(?:all|any|every\\w*|lights|lamps|blinds|curtains|doors|fans|upstairs|downstairs) "
    "(?:.{1,25} )?"
    "(?:but|bar|minus|besides|outside|save) (?:the|my|our|for|in|not)"
    "|save for|aside from|unless|spare|sparing|(?:but|just|only) (?:leave|keep)"
    "|(?:leave|leaving|keep) .{1,30} (?:alone|as it is|as is|out of it)|stays? (?:on|as|lit|open)",
    "除了|除去|除开|除外|之外|以外|唯独|例外|留着|不用管|别管",
)
"""What spares something. Said, and nothing found that is spared: then nothing is understood."""
AS_IT_IS: Final = re.compile(
    r"\b(?:that|which|whatever)(?:'s| is| are) (?:still |currently |already )?"
    r"(?P<en>on|off|open|closed|shut|locked|unlocked|playing)\b"
    r"|(?P<zh>[开亮关锁]着|没[关锁开])的(?!时候|话)",
    re.IGNORECASE,
)
"""Which of several are meant: "the lights that are on"."""
OTHERS: Final = _any(
    r"(?:all )?(?:the |my |our )?(?:other|remaining)(?= \w)"
    r"|every other(?= \w)|the rest(?: of (?:the|my|our|all))?"
    "|everything else|all else",
    "(?:所有)?(?:其他|其它|其余|剩下|余下|别)的?(?:所有)?",
)
"""All but what was named before."""
ONE: Final = _any("ones?")
"""A thing of the kind that was named before: "the bedroom one"."""
THE_OTHER: Final = re.compile(r"\b(?:the|my|our) other (?P<thing>\w+)", re.IGNORECASE)
THAT_ONE: Final = re.compile("[那这][盏个台扇把]|一[盏台扇]")
"""One thing is pointed at."""
OF_A_ROOM: Final = re.compile(r"的(?=[也都就拉关开调打停锁放升降设换变亮灭$]|$)|也")
"""In Chinese the thing may be left out after its room: 卧室的也关."""
REVERSED: Final = re.compile(
    r"^\W*(?:before|prior to)\b(?! (?:i|we) (?:forget|go|leave))"
    r"|\bbefore (?:that|this)\b|\bbut first\b|\bbut\b.* first\W*$"
    r"|(?<!^)\bafter (?:you(?:'ve| have)? )?\w+ing\b|\bonce you(?:'ve| have)\b"
    r"|之前先?|以前先|(?<=[度米圈转])前(?![进行走面方移后])",
    re.IGNORECASE,
)
"""What is said last is to be done first."""
BEGINNING: Final = re.compile(
    "[开启切换按设调变要上走响叫给点摁整弄打来用]|激活|进入|执行|运行|触发|[A-Za-z]{2}"
)
"""What is said in Chinese when a scene is to begin or a button to be pressed."""
MUSIC: Final = _any(
    "music|songs?|tunes?|tracks?|albums?|playlists?|radio|podcasts?|jazz|rock|pop|blues|classical"
    "|techno|reggae|metal|folk|soul|funk|disco|house|lo-?fi|beats|by|audiobooks?|news|piano"
    "|guitar|opera|hip ?hop|rap|country|ambient|carols?|soundtracks?|lullab(?:y|ies)",
    "歌|曲|音乐|乐|摇滚|爵士|电台|广播|专辑|播客|戏|相声|评书|新闻|钢琴|嘻哈|民谣|说唱|白噪音|声",
)
"""What "some ..." or 来点 must be for it to be played: nobody plays coffee."""
LOUDNESS: Final = _any(
    r"volume|sound|audio|noisy?|noise|music|song|tune|loud\w*|quiet\w*|soft\w*|hear|hush|deaf\w*"
    r"|blar\w+|racket|bass|radio|listen|crank|ears?",
    "声|音|响|吵|静|闹|听|歌",
)
"""What says that a "turn it down" is about sound."""
GREATLY: Final = _any(
    "(?:a lot|much|way|far|loads|considerably) (?:warmer|cooler|brighter|dimmer|louder|quieter"
    "|darker|hotter|colder|softer|more|less|higher|lower|faster|slower)",
    "(?:亮|暗|响|轻|高|低|热|冷|暖|凉|大声|小声|快|慢)(?:很多|好多|多了|不少|得多)",
)
"""Twice the usual step."""
UNSAID: Final = re.compile(
    r"^\W*(?:(?:please|can you|could you|just)\s+)*(?:set|adjust|change|alter|modify)\b"
    r"(?!.*\b(?:on|off|up|down|to|by|at|more|less|\w+er|higher|lower|going|running|max|min|full)\b)"
    r"|(?:调|改|设|弄)(?:整|节|置)?(?:一下|下)$(?<![高低大小亮暗强弱快慢冷热暖凉]调一下)",
    re.IGNORECASE,
)
"""Something is to be changed, and not how: "set the thermostat", 音量调一下."""
A_BIT: Final = _any("a (?:little )?bit|a little|somewhat", "一点|点儿|一些")
SLIGHTLY: Final = _any(
    "slightly|a (?:touch|tad|hair|smidge|fraction)", "稍微|微微|略微|一丢丢|一点点"
)
"""Half of the usual step."""
WARMER_WHITE: Final = re.compile(
    r"(?P<warm>\b(?:warmer|yellower|cosier|cozier)\b|暖|黄)|\b(?:cooler|colder|whiter|bluer)\b|冷|白",
    re.IGNORECASE,
)
"""Which way a colour temperature goes."""
AT_ONCE: Final = re.compile(
    r"\bright (?:now|away|here|there|ahead|angles?)\b|\ball ?right\b", re.IGNORECASE
)
"""The word for a side where it says none."""
JOINT_WAYS: Final = {
    "more": _any(
        "up|upwards?|raise|lift|higher|more|increase|add|further|another|extend|bend|open|plus",
        "高|升|抬|加|增|再|多|弯|伸|上|大",
    ),
    "less": _any(
        "down|downwards?|lower|drop|less|decrease|reduce|back|retract|close|minus|off|unbend",
        "低|降|放|减|收|回|缩|下|小|少",
    ),
}
"""Which way a joint goes must be said: "nudge the base by 5 degrees" says none."""
TO_AND_FRO: Final = (
    _any("forwards?|ahead", "前进|往前|向前"),
    _any("back(?:wards?)?|reverse", "后退|往后|向后|倒车|退"),
)
CLOSING: Final = _any("clos(?:e|ed|ing)|shut|draw|lower(?:ed)?|down", "关|合|拉上|拉下|放下|降")
CLOSED_BY: Final = re.compile(r"(?:%|\bpercent)\s+(?:closed|shut|down)\b", re.IGNORECASE)
OF_THE_WAY: Final = re.compile(
    r"\bof the way\b|\b(?:quarters?|thirds?|fifths?)\b|[一二三四五六七八九]分之"
)
"""A part of the whole way: three quarters closed are one quarter open."""
LET_GO: Final = _any(
    r"let go|release|drop|put (?:it|that|them) down|ungrip|unclench|unhand",
    "松开|松手|放开|放手|放下|撒手|撒开",
)
GRAB: Final = _any(
    r"grab|grip|grasp|clamp|squeeze|pinch|clench|hold (?:it|on to|onto)|pick (?:it|that|them) up",
    "抓住|抓紧|夹住|夹紧|夹起|握住|握紧|抓起|捏住",
)
"""Said of a gripper, whether it is named or not."""
GOING_ON: Final = _any(
    "(?:don'?t|never|not|hasn'?t|won'?t|didn'?t|without|non-?) ?stop\\w*", "没有?停|别停|不停|停不"
)
"""No stop: 雨一直没停."""
FIGURATIVE: Final = _any(
    r"(?:curtains?|lid|book|brakes?|plug) (?:on|to) (?:that|this|such|his|her|their|your)"
    r" (?!side|wall|floor|end|corner|room|window|evening|morning|afternoon|night|moment)\w+",
    "speaker of the house",
)
"""Said of no thing: "pull the curtain on that chapter"."""
PARTIAL: Final = _any(
    "(?:none|neither|half|some|most|few|several|one) of (?:the|my|our|these|those)",
    "(?:turn|switch|put) (?:on |off |out )?(?:no|none|neither|half)|(?:turn|switch) off some",
    "(?:lock|close|open|shut|dim) (?:no|none|neither|some|half the)",
    "一半的?(?=灯|窗|门|插座)|有些|部分|某[个盏扇]",
)
"""Some of several: nobody can tell which."""
NO_DEED: Final = re.compile(
    r"^\W*(?:(?:please|can you|could you|just|now|and|then)\s+)*"
    r"(?:swap|rename|describe|delete|remove|reboot|restart|invert|replace|repair|fix|buy|sell|install|connect|pair|update|configure"
    r"|program|explain|compare)\b",
    re.IGNORECASE,
)
"""Verbs that nothing here can do."""
OFF_AND_ON: Final = _any("off and (?:then )?(?:back )?on(?: again)?|on and (?:then )?off")
BOTH_WAYS: Final = (
    re.compile("打开|开(?!关)|亮"),
    re.compile("(?<!开)关|(?<![开解])锁|合上|拉上|灭|停"),
)
"""In one Chinese clause with two things these are two deeds that were not told apart."""
TO_OTHERS: Final = _any(
    r"^\W*(?:(?:hey|hi|ok|okay|hello)\W+)?(?:alexa|siri|google|cortana|bixby"
    r"|mom|mum|mommy|mummy|dad|daddy|kids|boys|girls|guys|grandma|grandpa|granny)\b",
    r"(?:tell|ask|remind|get|have|let) (?:(?!me|us|it|the|my|our|all|this|that)\w+|the kids"
    r"|my \w+) to",
    "^(?:嘿|喂)?[，,]?(?:小爱同学|小爱|小度|天猫精灵|老[王李张刘陈赵周吴]|爸爸|妈妈|爷爷|奶奶"
    "|[爸妈哥姐弟妹](?![的房]))",
)
"""Said to somebody else: nothing moves or opens for it."""
DATED: Final = _any(
    "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:next|every|each) (?:week|month|day|hour|year)"
    r"|week(?:ly|days?|ends?)|daily|hourly|monthly|soon|sometime|eventually|in \d+\W*$"
    r"|in a (?:bit|while|moment)|later on|(?:a bit|a little|maybe|perhaps) later"
    r"|from \d.{0,16} (?:until|till)|from \d{1,2}\s?(?:am|pm)",
    "[周期拜][一二三四五六日天末]|下周|下个月|每周|每月|过会儿?|待会儿?|等会儿?|晚点|迟点|改天|回头再",
)
"""A time that is not kept here: nothing is done at another."""
NOW: Final = _any("now|right away|immediately", "马上|立刻|现在|立即")
