"""Who lives in the simulated home: twenty-one devices in six rooms, as strangers announce them.

Payloads differ on purpose, as in a real house: some keys are short, some are written out, some
topics hang on a base (`~`), some devices announce all their parts at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from agentd.simulation.appliances import Appliance
from agentd.simulation.rooms.bedroom import bedroom
from agentd.simulation.rooms.garage import garage
from agentd.simulation.rooms.garden import garden
from agentd.simulation.rooms.hall import hall
from agentd.simulation.rooms.kitchen import kitchen
from agentd.simulation.rooms.living_room import living_room
from agentd.simulation.rooms.place import Place

CHINESE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light.living_room": ("客厅灯", "客厅的灯"),
        "cover.living_room_curtains": ("客厅窗帘", "窗帘"),
        "media_player.living_room_speaker": ("客厅音箱", "音箱"),
        "switch.television": ("电视插座", "电视"),
        "scene.movie_night": ("电影模式", "观影模式"),
        "light.kitchen": ("厨房灯", "厨房的灯"),
        "switch.coffee_machine": ("咖啡机",),
        "light.bedroom": ("卧室灯", "卧室的灯"),
        "cover.bedroom_blind": ("卧室百叶窗",),
        "fan.bedroom": ("卧室风扇", "吊扇", "风扇"),
        "scene.good_night": ("晚安模式",),
        "light.hall": ("走廊灯", "门厅灯"),
        "lock.front_door": ("前门", "大门", "门锁"),
        "climate.hall": ("恒温器", "暖气", "空调"),
        "button.door_chime": ("门铃",),
        "vacuum.downstairs": ("扫地机器人", "扫地机"),
        "cover.garage_door": ("车库门",),
        "light.garage": ("车库灯",),
        "valve.irrigation": ("灌溉阀", "花园阀门"),
    }
)
"""Names in Chinese, by device id; an announcement has room for one name only."""


def household(prefix: str, base: str, status: str) -> Sequence[Appliance]:
    """Return everyone, announced under `prefix`, speaking under `base`, vouched for by `status`.

    `status` is the topic of the last will of the connection they share.
    """
    place = Place(prefix, base, status)
    rooms = (living_room, kitchen, bedroom, hall, garage, garden)
    return tuple(appliance for room in rooms for appliance in room(place))
