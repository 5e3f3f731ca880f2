"""What fills the slots: names of things and places nobody listed, values in every spelling."""

from __future__ import annotations

import random

ROOMS = {
    "en": "media room|bedroom 1|bedroom 2|guest bathroom|craft room|mud room|roof terrace|sauna|main bedroom|upstairs hall|kitchenette|server room|lab|lobby|reception|kitchen|living room|lounge|bedroom|master bedroom|guest room|kids room|nursery|bathroom|hall|hallway|corridor|office|study|garage|garden|backyard|front yard|balcony|terrace|patio|rooftop terrace|basement|cellar|attic|loft|dining room|laundry room|utility room|pantry|workshop|studio|library|gym|sunroom|conservatory|porch|entrance|foyer|den|playroom|game room|music room|shed|greenhouse|pool|carport|closet|cinema|bedroom 1|bedroom 2|room 12|meeting room|reception|cabin|driveway|stairs|landing|mudroom|family room|spare room|wine cellar|bar".split(
        "|"
    ),
    "zh": "客厅|厨房|卧室|主卧|次卧|书房|浴室|卫生间|洗手间|厕所|阳台|餐厅|走廊|过道|玄关|车库|花园|后院|前院|院子|地下室|阁楼|儿童房|客房|储物间|衣帽间|洗衣房|工作室|会议室|办公室|门厅|露台|健身房|影音室|茶室|老人房|保姆房|楼梯|游戏室|琴房|起居室|门口|大厅|宝宝房|一号房间|房间2|泳池|仓库|酒窖".split(
        "|"
    ),
}
FLOORS = {
    "en": "upstairs|downstairs|first floor|second floor|ground floor|top floor|third floor|basement level|main floor|lower floor|upper floor|1st floor|2nd floor".split(
        "|"
    ),
    "zh": "楼上|楼下|一楼|二楼|三楼|底层|顶楼|一层|二层|地下一层|整个一楼|二楼".split("|"),
}
KINDS: dict[str, dict[str, list[str]]] = {
    "en": {
        "light": "light|lamp|ceiling light|floor lamp|desk lamp|bedside lamp|led strip|spotlight|chandelier|night light|pendant|wall light|lights|lamps|bulb|sconce|lantern|fairy lights|string lights|spots|countertop light|cabinet lights|reading light|porch light|glow|lighting|christmas tree|table lamp|downlights|floodlight|corner lights".split(
            "|"
        ),
        "cover": "curtain|curtains|blinds|blind|shade|shades|shutter|shutters|garage door|gate|window|windows|awning|roller blind|drapes|door|skylight|left curtain|curtain right|roof window|smart curtain|louvre|hatch|projector screen|valve|front door|main valve|screen|marquee".split(
            "|"
        ),
        "climate": "thermostat|air conditioner|ac|a/c|heating|heater|radiator|hvac|aircon|boiler|underfloor heating|heat pump|air conditioning|temperature".split(
            "|"
        ),
        "media": "speaker|speakers|tv|television|radio|stereo|soundbar|media player|homepod|sonos|music player|receiver|echo|chromecast|apple tv|telly|hi-fi|smart speaker|outdoor speakers|amplifier|kitchen radio|shield".split(
            "|"
        ),
        "fan": "fan|ceiling fan|ventilator|exhaust fan|extractor|fans|tower fan|air purifier|cooker hood|vent|bathroom fan".split(
            "|"
        ),
        "lock": "front door|back door|door|door lock|lock|gate|side door|smart lock|garage|doors|locks|cellar door|patio door|main entrance|safe|cabinet".split(
            "|"
        ),
        "switch": "coffee machine|coffee maker|plug|outlet|socket|switch|kettle|pump|humidifier|dehumidifier|sprinklers|fountain|toaster|heater|printer|router|charger|dishwasher|washing machine|fireplace|oven|smart plug|aquarium|water pump|siren|alarm clock|bath heater|towel rail|irrigation|printer plug".split(
            "|"
        ),
        "scene": "movie scene|movie mode|party mode|good night scene|romantic scene|reading mode|dinner scene|away mode|sleep mode|relax|focus scene|morning routine|cinema mode|christmas scene|vacation mode|bedtime".split(
            "|"
        ),
        "button": "doorbell|reset button|button|panic button|restart button|feeder button|identify button".split(
            "|"
        ),
        "joint": "base|arm|shoulder|elbow|wrist|servo|joint 2|arm base|pan servo|tilt servo|camera mount|turntable|robot arm|elbow joint|neck|servo 3|left arm|the hand joint|steering servo".split(
            "|"
        ),
        "gripper": "gripper|claw|hand|jaws|pincer|robot hand|grabber|clamp".split("|"),
        "output": "board led|pin 7|relay 2|output 1|status led|motor output|buzzer|laser|led|pwm output".split(
            "|"
        ),
        "rover": "rover|robot|car|robot car|buggy|scout|vehicle|cart|tank|bot|mars|tracker|robo|wheelie|the little car".split(
            "|"
        ),
        "vacuum": "vacuum|robot vacuum|vacuum cleaner|roomba|roborock|robovac|hoover|cleaning robot|cleaner|mower|lawn mower|robot mower|rover|dusty|mr clean".split(
            "|"
        ),
        "valve": "valve|main valve|water valve|irrigation valve|irrigation|sprinkler|sprinklers|tap|faucet|gas valve|garden valve|drip line|water supply|radiator valve|water|shut-off valve".split(
            "|"
        ),
        "sensor": "temperature sensor|humidity sensor|motion sensor|co2 sensor|outdoor thermometer|power meter|rain gauge|soil sensor|battery sensor|water meter|air quality monitor|weather station|phone|washer|dryer|dishwasher|washing machine|tumble dryer|computer|laptop|car|mailbox|smoke detector|smoke alarm|leak sensor|front window|window|back door|water pipes|fridge|freezer|oven|printer|tablet|cat|dog|phone battery|door sensor|window contact|doorbell|doorbell camera|freezer temperature|outdoor humidity|solar power|power consumption|router|server|3d printer|boiler|water tank".split(
            "|"
        ),
    },
    "zh": {
        "light": "灯|吊灯|台灯|吸顶灯|落地灯|床头灯|壁灯|灯带|射灯|筒灯|夜灯|小夜灯|氛围灯|顶灯|主灯|灯光|照明|电灯|彩灯|镜前灯|阅读灯|大灯|水晶灯|地灯|橱柜灯|圣诞树|路灯|感应灯|护眼灯|日光灯|LED灯".split(
            "|"
        ),
        "cover": "窗帘|百叶窗|卷帘|纱帘|遮阳帘|车库门|大门|窗户|窗|遮阳篷|卷帘门|左窗帘|右边窗帘|天窗|布帘|罗马帘|推拉门|阀门|投影幕布|百叶帘|门|遮光帘".split(
            "|"
        ),
        "climate": "空调|暖气|地暖|恒温器|中央空调|温控器|壁挂炉|取暖器|新风空调|冷气|电暖气".split(
            "|"
        ),
        "media": "音箱|电视|音响|收音机|播放器|智能音箱|电视机|TV|音乐播放器|扬声器|小爱音箱|回音壁|投影仪|蓝牙音箱|低音炮|功放|media player|Sonos".split(
            "|"
        ),
        "fan": "风扇|吊扇|电风扇|排气扇|换气扇|新风|空气净化器|落地扇|抽油烟机|塔扇|循环扇|电扇".split(
            "|"
        ),
        "lock": "门锁|前门|大门|后门|门|智能锁|前门锁|入户门|车库门|侧门|房门|保险柜|院门".split(
            "|"
        ),
        "switch": "咖啡机|插座|开关|热水器|水泵|加湿器|除湿机|热水壶|鱼缸|打印机|充电器|洗碗机|洗衣机|烤箱|电饭煲|喷泉|浇花器|路由器|浴霸|智能插座|饮水机|净水器|扫地机插座|电热毯|消毒柜".split(
            "|"
        ),
        "scene": "电影模式|观影模式|睡眠模式|离家模式|回家模式|派对模式|晚安场景|阅读场景|早安模式|会客模式|影院场景|起床场景|浪漫模式|度假模式".split(
            "|"
        ),
        "button": "门铃|重启按钮|按钮|喂食按钮|紧急按钮|复位键".split("|"),
        "joint": "底座|舵机|机械臂|大臂|小臂|手腕|云台|肩部|肘部|一号舵机|二号舵机|关节3|转盘|左臂|腕关节|脖子|摄像头云台".split(
            "|"
        ),
        "gripper": "夹爪|爪子|夹子|机械爪|机械手|手爪|抓手".split("|"),
        "output": "指示灯|七号引脚|继电器二|输出1|蜂鸣器|激光|板载灯|电机输出|LED".split("|"),
        "rover": "小车|机器人|小车车|机器车|车子|巡逻车|火星车|探测车|车|遥控车|坦克车|旺财|小黑".split(
            "|"
        ),
        "vacuum": "扫地机|扫地机器人|吸尘器|石头|扫拖机器人|机器人|小扫|割草机|拖地机|清洁机器人|追觅|Roborock|科沃斯".split(
            "|"
        ),
        "valve": "阀门|水阀|总阀|燃气阀|灌溉阀|浇水阀|喷淋|水龙头|主水阀|花园水阀|滴灌|进水阀".split(
            "|"
        ),
        "sensor": "温度传感器|湿度计|人体传感器|二氧化碳传感器|室外温度计|电表|雨量计|空气质量|水表|甲醛检测仪|气象站|手机|洗衣机|烘干机|洗碗机|电脑|汽车|信箱|烟雾报警器|水浸传感器|窗户|后门|水管|冰箱|冰柜|烤箱|平板|门磁|窗磁|门铃|摄像头|路由器|水箱|太阳能|燃气报警器|手机电池|遥控器".split(
            "|"
        ),
    },
}
WORDS = {
    "en": "old|big|small|blue|green|red|corner|north|south|left|right|front|back|main|tall|antique|ikea|hue|play|anna's|tom's|grandma's|dad's|sofa|table|shelf|piano|fish tank|tree|bar|mirror|christmas|art|garden|number 3|second|upper|lower|smart|outdoor|sink|window|tv|wall|bed|bookcase|star|moon|panda|arc|nanoleaf|workbench|vintage|entry|island|stove|cat".split(
        "|"
    ),
    "zh": "大|小|左边|右边|北|南|旧|新|红色|蓝色|沙发|书桌|餐桌|床边|窗边|钢琴|爸爸的|妈妈的|小明的|奶奶的|宝宝|电视墙|鱼缸|智能|角落|第二个|二号|吧台|水槽|镜子|户外|门口|墙上|书架|飞利浦|小米|天花板|星星|月亮|熊猫|炉灶|猫".split(
        "|"
    ),
}
MUSIC = {
    "en": "jazz|soft music|rock|some classical music|the beatles|bohemian rhapsody|my workout playlist|radio one|christmas songs|an audiobook|something relaxing|queen|the my favorites playlist|moonlight sonata|news|podcasts about space|hip hop|blues|the album thriller|white noise|rain sounds|taylor swift|piano music".split(
        "|"
    ),
    "zh": "轻音乐|爵士乐|周杰伦的歌|古典音乐|新闻|儿歌|七里香|流行歌曲|钢琴曲|白噪音|雨声|音乐|民谣|摇滚|邓丽君|我的歌单|英文歌|相声|故事|一首轻快的歌|贝多芬".split(
        "|"
    ),
}
COLORS = {
    "en": "red|green|blue|yellow|orange|purple|pink|white|warm white|cyan|turquoise|violet|magenta|teal|lavender|gold|amber|indigo|crimson|lime|a warm red|dark blue|light green|bright red|rose|peach|salmon|brown|black|maroon|mint".split(
        "|"
    ),
    "zh": "金色|天蓝色|深蓝|浅绿|淡紫色|玫红色|橙红|琥珀色|淡黄色|湖蓝|红色|绿色|蓝色|黄色|橙色|紫色|粉色|白色|暖白|暖色|冷白|青色|粉红色|橘色|暖光|红|蓝|暖白色|绿|冷色".split(
        "|"
    ),
}
MODES = {
    "en": "heat|cool|auto|off|dry|heating|cooling|fan only|automatic|heat mode|cooling mode|auto mode|dry mode|fan mode".split(
        "|"
    ),
    "zh": "制热|制冷|自动|除湿|送风|制热模式|制冷模式|自动模式|除湿模式|送风模式|加热|暖风模式".split(
        "|"
    ),
}
ABOUT = {
    "en": "temperature|humidity|brightness|volume|battery|battery level|position|power|speed|temp|co2 level|charge|air quality".split(
        "|"
    ),
    "zh": "温度|湿度|亮度|音量|电量|电池电量|位置|功率|风速|气温|室温|电池|空气质量|速度".split(
        "|"
    ),
}
STATES = {
    "on": "on|off|turned on|switched off|running",
    "open": "open|closed|shut|opened",
    "locked": "locked|unlocked",
    "any": "on|off|open|closed|locked|unlocked|running|playing",
    "onzh": "开|关|开着|关着|亮着|关了|开了|亮",
    "openzh": "开着|关着|打开|关上|关|拉上|开",
    "lockzh": "锁|锁上|锁好|上锁|锁着",
    "anyzh": "开着|关着|亮着|打开|关闭|锁着|开|关|没关|没锁",
}
COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"

WHITES = {
    "en": "warm white|cool white|cold white|daylight|natural white|soft white|neutral white|candlelight|warm|cool|cold".split(
        "|"
    ),
    "zh": "暖白|冷白|暖白光|冷白光|自然光|暖光|冷光|日光|中性光|暖色|冷色|白光".split("|"),
}
FAN_STEPS = {
    "en": "low|medium|high|the lowest setting|the highest setting|speed 1|speed 2|speed three|full speed|full blast|half speed|max|level 2|low speed|high speed|medium speed|minimum speed".split(
        "|"
    ),
    "zh": "低速|中速|高速|一档|二档|三档|最大风|最小风|低风|高风|中风|1档|2档|最高档|最低档|强风|弱风".split(
        "|"
    ),
}
SPEED_UNITS = {
    "en": (
        " m/s",
        "m/s",
        " meters per second",
        " metres a second",
        " cm/s",
        " centimeters per second",
        " meter per second",
        " cm per second",
    ),
    "zh": ("米每秒", "米/秒", "厘米每秒", "m/s", "cm/s", "公分每秒"),
}


PLURAL_KINDS = {
    "light": {
        "en": "lights|lamps|lights|bulbs|ceiling lights|spotlights|light|leds".split("|"),
        "zh": "灯|灯|灯光|台灯|吊灯|灯具|电灯|照明".split("|"),
    },
    "cover": {
        "en": "blinds|curtains|shades|shutters|covers|windows|doors|garage doors|awnings|drapes|gates|roller blinds|window coverings".split(
            "|"
        ),
        "zh": "窗帘|百叶窗|卷帘|窗户|门|车库门|遮阳帘|窗子|大门".split("|"),
    },
    "fan": {
        "en": "fans|ceiling fans|ventilators".split("|"),
        "zh": "风扇|吊扇|电扇|换气扇".split("|"),
    },
    "switch": {
        "en": "switches|plugs|outlets|devices|sockets|appliances|gadgets".split("|"),
        "zh": "开关|插座|设备|电器".split("|"),
    },
    "lock": {"en": "locks|doors|door locks|gates".split("|"), "zh": "门锁|门|锁|房门".split("|")},
    "media": {
        "en": "speakers|tvs|radios|media players|televisions".split("|"),
        "zh": "音箱|电视|音响|播放器|喇叭".split("|"),
    },
    "climate": {
        "en": "thermostats|air conditioners|radiators|heaters|acs".split("|"),
        "zh": "空调|暖气|地暖|恒温器".split("|"),
    },
    "valve": {"en": "valves|sprinklers|taps".split("|"), "zh": "阀门|水阀|喷头".split("|")},
    "vacuum": {
        "en": "vacuums|robot vacuums|vacuum cleaners".split("|"),
        "zh": "扫地机|扫地机器人|吸尘器".split("|"),
    },
}
HERE = {
    "en": "here|in here|in this room|in this space|in this area|in the room|on this floor|in my room|this room|around here|over here|where i am|in our room".split(
        "|"
    ),
    "zh": "这里|这儿|这边|这个房间|这间屋子|这屋|我这里|我这边|这间房|房间里|屋里|这一层|此处".split(
        "|"
    ),
}
EVERYWHERE = "everywhere|throughout the house|in the whole house|in the entire house|in every room|all over the house|in the house|at home|in all rooms|in the flat|in the apartment|across the house".split(
    "|"
)
IT = {
    "en": "it|it|them|that|this|those|that one|these|everything".split("|"),
    "zh": "它|它们|那个|这个|他们|全部|所有设备".split("|"),
}
BRANDS = "nest hub|roborock|homepod mini|sonos one|hue go|aqara|eve energy|shelly|tuya|ikea tradfri|mi box|tasmota|ecobee|fritz|dyson|roomba|dreame|nanoleaf|lifx|bose|kodi|plex|apple tv|fire tv|chromecast|esp32|zigbee2mqtt|wled|govee|yeelight|switchbot|tado|netatmo|daikin|august|yale|harmony".split(
    "|"
)


def made_up(language: str, rng: random.Random) -> str:
    """Return a name that is no word."""
    if language == "zh":
        return "".join(rng.choice(COMMON) for _ in range(rng.randint(2, 4)))
    pair = [
        rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3))
    ]
    return "".join(pair) + rng.choice(["", "n", "x", "r", "s", "l"])


NOUNS = {
    "en": "bread milk dinner homework email paris soccer pizza music movie book cat dog school work water coffee love money car train mountain idea question weather tree apple phone computer history science picture taxi flight birthday holiday eggs apples laundry russia python germany happiness summer".split(),
    "zh": "牛奶 面包 作业 邮件 北京 足球 披萨 音乐 电影 书 猫 狗 学校 工作 咖啡 爱 钱 火车 山 想法 问题 天气 树 苹果 手机 电脑 历史 科学 照片 机票 生日 假期 鸡蛋 德国 幸福 夏天 数学 歌".split(),
}
