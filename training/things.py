"""Devices nobody owns: what they are called, how people speak of them, and the homes they are in."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from agentd.brains.gazetteer import GROUPS
from training import vocabulary as words

Said = list[tuple[str, str]]
"""Texts and the slot each fills, "" for none."""

KINDS = {
    "able": "light light light fan switch switch media climate output cover vacuum",
    "level": "light light light media fan output cover valve",
    "any": "light cover climate media fan lock switch rover joint sensor vacuum",
    "lights": "light",
    "covers": "cover",
}
GROUP = {
    "media": "media_player",
    "button": "scene",
    "joint": "servo",
    "gripper": "servo",
    "rover": "drive",
}
EN_JOINTS = (" and ", " and ", " and the ", ", ", " plus ", " as well as ", " & ", " and my ")
ZH_JOINTS = ("和", "和", "、", "跟", "与", "还有", "以及")
EN_ALL = (
    "all the ",
    "all ",
    "all of the ",
    "every ",
    "the ",
    "both ",
    "each ",
    "all my ",
    "any ",
    "",
)
ZH_ALL = (
    "所有",
    "所有的",
    "全部",
    "全部的",
    "每个",
    "",
    "",
    "两个",
    "各个",
    "全屋",
    "家里的",
    "全家的",
)
ZH_ALL_AFTER = ("都", "全", "全都", "全部")


@dataclass
class Home:
    """The names and places of the home that a sentence is said in."""

    names: list[tuple[str, int]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


class Namer:
    """Names things and speaks of them, and notes the home they come from."""

    def __init__(self, language: str, rng: random.Random) -> None:
        self.language, self.rng = language, rng
        self.zh = language == "zh"
        self.home = Home()
        # In one home in five nothing that is said is called so.
        self.known = rng.random() < 0.8

    def crowd(self) -> None:
        """Add other things that the home has as well."""
        for _ in range(self.rng.choice((2, 5, 9, 16))):
            kind = self.rng.choice(list(words.KINDS["en"]))
            self._keep(self._name(kind), kind)
            self.home.places.append(self.room())

    def room(self) -> str:
        """Return the bare name of a room or floor."""
        rng = self.rng
        if rng.random() < 0.05:
            return words.made_up(self.language, rng)
        if rng.random() < 0.08:
            return rng.choice(words.ROOMS["zh" if not self.zh else "en"])
        return rng.choice(words.ROOMS[self.language] + words.FLOORS[self.language])

    def place(self, kind: str) -> Said:
        """Return a room as it is said, in slot `r`."""
        rng = self.rng
        if kind == "here":
            return [(rng.choice(words.HERE[self.language]), "r")]
        room = self.room()
        if self.known:
            self.home.places.append(room)
        if self.zh:
            return [(room, "r")]
        return [(rng.choice(("the ", "the ", "the ", "", "", "my ", "our ")) + room, "r")]

    def thing(self, kind: str, slot: str = "t") -> Said:
        """Return a thing, or several, as they are said."""
        rng = self.rng
        plural = kind in ("lights", "covers")
        kind = rng.choice(KINDS.get(kind, kind).split())
        if slot == "t" and rng.random() < 0.02:
            return [(rng.choice(words.IT[self.language]), slot)]
        if (plural and rng.random() < 0.8) or (kind in words.PLURAL_KINDS and rng.random() < 0.06):
            return self._several(kind, slot)
        said = [*self._one(kind, slot)]
        while rng.random() < 0.1 and kind not in ("rover", "scene", "joint", "gripper"):
            joint = rng.choice(ZH_JOINTS if self.zh else EN_JOINTS)
            said += [(joint, slot if joint.endswith("the ") else ""), *self._one(kind, slot)]
        return said

    def _keep(self, name: str, kind: str) -> None:
        self.home.names.append((name, GROUPS[GROUP.get(kind, kind)]))

    def _name(self, kind: str) -> str:
        """Return what one device of `kind` is called."""
        rng, gap = self.rng, "" if self.zh else " "
        noun = rng.choice(words.KINDS[self.language][kind])
        if kind in ("rover", "scene", "joint", "gripper", "output") and rng.random() < 0.6:
            return noun
        other = words.KINDS["en" if self.zh else "zh"][kind]
        if rng.random() < 0.06:
            return rng.choice(other)
        word = words.made_up(self.language, rng) if rng.random() < 0.25 else ""
        word = word or rng.choice(words.WORDS[self.language])
        room = rng.choice(words.ROOMS[self.language])
        form = rng.random()
        if form < 0.3:
            return noun
        if form < 0.55:
            return f"{room}{gap}{noun}"
        if form < 0.75:
            return f"{word}{gap}{noun}"
        if form < 0.85:
            return f"{room}{gap}{word}{gap}{noun}"
        if form < 0.9:
            return f"{noun}{gap}{rng.randint(1, 6)}"
        if form < 0.94:
            return f"{rng.choice(words.BRANDS)}{gap}{noun}"
        return rng.choice((word, rng.choice(words.BRANDS), f"{word}{gap}{rng.randint(1, 20)}"))

    def _one(self, kind: str, slot: str) -> Said:
        rng = self.rng
        name = self._name(kind)
        if self.known and rng.random() < 0.93:
            self._keep(name, kind)
        if rng.random() < 0.18:
            name = self._in_part(name, kind)
        elif rng.random() < 0.06:
            name = rng.choice(words.KINDS[self.language][kind])
        if self.zh:
            return self._placed_zh(name, slot)
        return self._placed_en(name, slot)

    def _in_part(self, name: str, kind: str) -> str:
        """Return less than the name, or the noun with the room it stands in."""
        rng = self.rng
        noun = rng.choice(words.KINDS[self.language][kind])
        room = self.room()
        if self.known:
            self.home.places.append(room)
        if self.zh:
            return rng.choice(
                (f"{room}{noun}", f"{room}的{noun}", noun, name[: max(2, len(name) - 1)])
            )
        parts = name.split()
        fewer = " ".join(parts[:-1]) if len(parts) > 1 else name
        return rng.choice((f"{room} {noun}", f"{room} {noun}", fewer, parts[-1], noun))

    def _placed_en(self, name: str, slot: str) -> Said:
        rng = self.rng
        article = rng.choice(("the ", "the ", "the ", "", "", "my ", "our ", "that ", "the "))
        said: Said = [(article + name.lower(), slot)]
        if slot == "t" and rng.random() < 0.07:
            said += [(rng.choice((" in ", " in ", " on ", " at ", " of ")), ""), *self.place("")]
        return said

    def _placed_zh(self, name: str, slot: str) -> Said:
        rng = self.rng
        before = rng.choice(
            ("", "", "", "", "那个", "我的", "这个", "我们家的", "那盏" if "灯" in name else "")
        )
        if slot == "t" and rng.random() < 0.2:
            room = self.place("")[0][0]
            middle = rng.choice(("", "的", "的", "里的", "里", "那边的", "中的"))
            return [(room + middle + name, slot)]
        return [(before + name, slot)]

    def _several(self, kind: str, slot: str) -> Said:
        rng = self.rng
        nouns = words.PLURAL_KINDS[kind][self.language]
        noun = rng.choice(nouns)
        if self.zh:
            whole = rng.choice(ZH_ALL)
            after = rng.choice(("", "", "", rng.choice(ZH_ALL_AFTER)))
            room = self.place("")[0][0] if rng.random() < 0.5 else ""
            middle = rng.choice(("", "的", "里的", "里")) if room else ""
            return [(f"{room}{middle}{whole}{noun}", slot), (after, "")]
        whole = rng.choice(EN_ALL)
        if whole in ("every ", "each "):
            noun = noun.removesuffix("s")
        room = ""
        if rng.random() < 0.3:
            room = self.place("")[0][0].removeprefix("the ").removeprefix("my ") + " "
        said: Said = [(f"{whole}{room}{noun}", slot)]
        if slot == "t" and rng.random() < 0.25:
            said += [(rng.choice((" in ", " in ", " on ", " at ", " that are in ")), "")]
            said += self.place("here" if rng.random() < 0.1 else "")
            if said[-1][0].startswith(("in ", "on ", "here")):
                said[-2] = (" ", "")
        elif slot == "t" and rng.random() < 0.05:
            said += [(" ", ""), (rng.choice(words.EVERYWHERE), "r")]
        return said
