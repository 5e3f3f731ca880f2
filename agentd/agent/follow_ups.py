"""Words that lean on what was said before: "and the bedroom too", "brighter", "undo that", 另一个.

What they mean is worked out from the conversation's last receipts, by rule. The result is calls,
which pass the gate like any other, or a whole sentence for the brain. Motion is never inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agentd.agent.answers import answered, called, names_only
from agentd.agent.follow_words import (
    CLAUSE,
    EDGES,
    EN_BARE,
    EN_IT,
    EN_NUDGE,
    EN_OTHER,
    EN_TOO,
    MOTION,
    NUDGES,
    UNDO,
    ZH_BARE,
    ZH_IT,
    ZH_NUDGE,
    ZH_OTHER,
    ZH_TOO,
)
from agentd.agent.memory import Talk
from agentd.brains.clock import told
from agentd.brains.deeds import STEPS
from agentd.brains.language import fold, normalise
from agentd.brains.list_words import further
from agentd.brains.manners import only_asks
from agentd.brains.misunderstanding import NotUnderstood
from agentd.brains.settings import TOOLS
from agentd.brains.stop_words import stop_call
from agentd.brains.targets import Home
from agentd.model import Call, Device, Kind, Number, Receipt, State
from agentd.tools.earlier import moves, restoring


@dataclass(frozen=True, slots=True)
class Follow:
    """What a follow-up comes down to: calls, or sentences, or candidates to choose from.

    `cancel` are scheduled ids to take back, `stuck` receipts that cannot be undone.
    """

    calls: tuple[Call, ...] = ()
    sentences: tuple[str, ...] = ()
    choices: tuple[Device, ...] = ()
    cancel: tuple[str, ...] = ()
    stuck: tuple[Receipt, ...] = ()
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What a follow-up is read against."""

    talk: Talk
    devices: Sequence[Device]
    states: Mapping[str, State]

    def known(self, receipts: Sequence[Receipt]) -> list[Device]:
        """Return the devices of `receipts` that are still here."""
        ids = dict.fromkeys(each.device_id for each in receipts)
        return [device for device in self.devices if device.id in ids]


def follow(words: str, here: Situation) -> Follow | None:
    """Return what `words` mean in this conversation, None when they stand on their own."""
    said = fold(words).strip(EDGES).removeprefix("please ").removesuffix(" please").strip(EDGES)
    if not said or len(said) > 120 or stop_call(words) is not None or told(words, "en"):
        return None
    asks = only_asks(words)
    if said in UNDO:
        return None if asks else _undo(here)
    answer = _answer(said, here)
    if answer is not None and (not asks or all(map(only_asks, answer.sentences))):
        return answer
    if not here.talk.about:
        return None
    for read in (_other, _bare, _too) if asks else (_other, _nudge, _bare, _noted_too, _too):
        found = read(said, here)
        if found is not None:
            return _looked(found, here) if asks else found
    return _pronoun(words, here)


def resolve(words: str, here: Situation) -> Follow | None:
    """Return what `words` mean as in `follow`; an answer's sentence may itself be a follow-up."""
    found = follow(words, here)
    if found is None or here.talk.question is None or not found.sentences:
        return found
    settled = replace(here, talk=replace(here.talk, question=None))
    deeper = [follow(sentence, settled) for sentence in found.sentences]
    if all(each is not None and each.calls for each in deeper):
        return Follow(tuple(call for each in deeper if each for call in each.calls))
    return found


def _looked(found: Follow, here: Situation) -> Follow | None:
    """Return the look that "off?" or "and the hall light?" comes down to: it changes nothing."""
    if found.choices and here.talk.about[-1].tool != "get_state":
        return None
    calls = [each if each.tool == "get_state" else _look(each) for each in found.calls]
    return replace(found, calls=tuple(calls))


def _look(call: Call) -> Call:
    expect = {name: value for name, value in call.arguments.items() if isinstance(value, bool)}
    return Call("get_state", {"device": call.arguments["device"]}, expect)


def _undo(here: Situation) -> Follow:
    calls, cancel, stuck = [], [], []
    by_id = {device.id: device for device in here.devices}
    for receipt in reversed(here.talk.done):
        if receipt.scheduled:
            cancel.append(receipt.scheduled)
        if receipt.status.value == "accepted":
            continue
        device = by_id.get(receipt.device_id)
        back = device and restoring(device, _call(receipt), receipt.before)
        if back:
            calls.append(back)
        else:
            stuck.append(receipt)
    return Follow(tuple(calls), cancel=tuple(cancel), stuck=tuple(stuck), undoes=True)


def _answer(said: str, here: Situation) -> Follow | None:
    question = here.talk.question
    sentences = answered(said, question, here.devices) if question is not None else ()
    return Follow(sentences=sentences) if sentences else None


def _other(said: str, here: Situation) -> Follow | None:
    if not (EN_OTHER.fullmatch(said) or ZH_OTHER.fullmatch(said)):
        return None
    last = here.talk.about[-1]
    device = next(iter(here.known([last])), None)
    if device is None or last.tool in MOTION or moves(device):
        return None
    used = {each.device_id for each in here.talk.about}
    same = [each for each in here.devices if each.kind is device.kind and each.id not in used]
    near = [each for each in same if each.area == device.area] or same
    if len(near) == 1:
        return Follow((_moved(_call(last), near[0]),))
    return Follow(choices=tuple(near)) if near else None


def _nudge(said: str, here: Situation) -> Follow | None:
    match = EN_NUDGE.fullmatch(said) or ZH_NUDGE.fullmatch(said)
    known = NUDGES.get(match["word"]) if match else None
    if known is None:
        return None
    name, sign = known
    calls = [_step(each, name, sign, here) for each in here.talk.about if each.tool not in MOTION]
    found = tuple(call for call in calls if call is not None)
    return Follow(found) if found else None


def _step(receipt: Receipt, name: str, sign: int, here: Situation) -> Call | None:
    """Return one step further for the device of `receipt`; "more" goes on the way it went."""
    device = next(iter(here.known([receipt])), None)
    if device is None or moves(device):
        return None
    if not name:
        name = next((each for each in receipt.arguments if each in STEPS), "")
        asked, before = receipt.arguments.get(name), receipt.before.get(name)
        if isinstance(asked, int | float) and isinstance(before, int | float) and asked < before:
            sign = -sign
    span, now = device.arguments.get(name), here.states.get(device.id, {}).get(name)
    if name not in STEPS or not isinstance(span, Number):
        return None
    if isinstance(now, bool) or not isinstance(now, int | float):
        return None
    wanted = min(max(now + sign * STEPS[name], span.low), span.high)
    value = round(wanted) if span.whole else wanted
    return Call(TOOLS[device.kind], {"device": device.id, name: value})


def _bare(said: str, here: Situation) -> Follow | None:
    """Read "off" and 关掉: the switch of what was just spoken of."""
    match = EN_BARE.fullmatch(said) or ZH_BARE.fullmatch(said)
    if match is None:
        return None
    wanted = match["way"] == "on" or match["way"].endswith("开")
    calls = tuple(
        Call(TOOLS[device.kind], {"device": device.id, name: wanted})
        for device in here.known(here.talk.about)
        if not moves(device)
        for name in ("on", "open")
        if name in device.arguments and (name == "on" or "on" not in device.arguments)
    )
    return Follow(calls) if calls else None


def _noted_too(said: str, here: Situation) -> Follow | None:
    """Read "and eggs too" behind what was put on a list or taken off it."""
    match, last = ZH_TOO.fullmatch(said) or EN_TOO.fullmatch(said), here.talk.about[-1]
    device = next(iter(here.known([last])), None)
    name = next((each for each in ("add", "remove") if each in last.arguments), "")
    if match is None or device is None or device.kind is not Kind.TODO or not name:
        return None
    target = (match["a"] or match["b"]).strip()
    if Home(here.devices).spoken_of(target):
        return None
    noted = further(target, device)
    calls = tuple(Call(last.tool, {"device": device.id, name: each}) for each in noted)
    return Follow(calls) if calls else None


def _too(said: str, here: Situation) -> Follow | None:
    """Read "and the bedroom too": the same, for something else."""
    match = ZH_TOO.fullmatch(said) or EN_TOO.fullmatch(said)
    last = here.talk.about[-1]
    if match is None or last.tool in MOTION:
        return None
    target = (match["a"] or match["b"]).strip()
    if not names_only(target, here.devices):
        return None
    home = Home(here.devices)
    first = next(iter(here.known([last])), None)
    for like in (first, None):
        try:
            devices = home.find(target, partial(_takes, last, like))
        except NotUnderstood as problem:
            if problem.devices:
                return Follow(choices=problem.devices)
            continue
        return Follow(tuple(_moved(_call(last), device) for device in devices))
    return None


def _takes(receipt: Receipt, like: Device | None, device: Device) -> bool:
    if like is not None and device.kind is not like.kind:
        return False
    if moves(device):
        return False
    if receipt.tool == "get_state":
        return set(receipt.expect) <= set(device.arguments)
    names = set(receipt.arguments) - {"device"}
    return device.kind in TOOLS and bool(names) and names <= set(device.arguments)


def _pronoun(words: str, here: Situation) -> Follow | None:
    """Put the name of what was spoken of for an "it" that nothing in the same words explains."""
    text = normalise(words)
    first = CLAUSE.split(text, maxsplit=1)[0]
    match = EN_IT.search(first) or ZH_IT.search(first)
    devices = here.known(here.talk.about)
    if match is None or not devices or len(devices) > 12:
        return None
    rest = re.sub(r"\s+again(?=\W*$)", "", text[match.end() :], flags=re.IGNORECASE)
    names = [called(device, here.devices) for device in devices]
    return Follow(sentences=tuple(text[: match.start()] + name + rest for name in names))


def _moved(call: Call, device: Device) -> Call:
    """Return `call` for another device."""
    tool = call.tool if call.tool == "get_state" else TOOLS[device.kind]
    return Call(tool, {**call.arguments, "device": device.id}, call.expect)


def _call(receipt: Receipt) -> Call:
    arguments = {"device": receipt.device_id, **receipt.arguments}
    return Call(receipt.tool, arguments, receipt.expect)
