"""Words of the owner's own: synonyms and example sentences, from config.toml and device files.

They are used as they stand, with nothing trained anew. An example only proposes calls, as the
tagger does: the toolbox and the gate check them like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agentd import config
from agentd.brains import delays
from agentd.brains.language import fold, normalise
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.own_deeds import Deed, parse_deed
from agentd.brains.own_sentences import ExampleError, Pattern, Sentence, sentence
from agentd.brains.stop_words import stop_call
from agentd.brains.synonyms import Synonyms, stop_in
from agentd.catalogue.spec import DeviceSpec
from agentd.errors import ConfigError
from agentd.model import Call, Device, Example
from agentd.tools.specs import TOOLS, ToolSpec

log = logging.getLogger(__name__)

Where = Callable[[tuple[int | str, ...]], str]
"""Says in which file and line a key of the settings stands."""

LONGEST = 300
"""Characters that a sentence may have once its words are replaced."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A sentence and what it stands for."""

    pattern: Pattern
    deeds: tuple[Deed, ...]
    device: Device | None = None
    """The device that brought it, if one did."""

    def calls(self, said: Sentence) -> list[Call]:
        """Return the calls if it was `said`; a question changes nothing."""
        numbers = self.pattern.match(said)
        changes = any(not deed.tool.reads for deed in self.deeds)
        if numbers is None or (said.asks and changes and not self.pattern.asks):
            return []
        return [deed.call(numbers) for deed in self.deeds]


class OwnWords:
    """What the owner's words mean in the home of one moment."""

    def __init__(self, synonyms: Synonyms | None = None, meanings: Iterable[Meaning] = ()) -> None:
        self._synonyms = synonyms or Synonyms({})
        self._settled = tuple(meanings)
        self._brought: tuple[Meaning, ...] = ()
        self._devices: tuple[Device, ...] = ()

    def said(self, words: str, devices: Sequence[Device]) -> str:
        """Return normalised `words` with the owner's words replaced by those understood anyway.

        Raises `NotUnderstood` when that makes the sentence too long.
        """
        self._know(devices)
        plain = self._synonyms.said(words)
        if len(plain) > LONGEST:
            raise NotUnderstood(Why.LONG, words)
        return plain

    def calls(self, words: str, devices: Sequence[Device]) -> list[Call]:
        """Return what the example stands for that normalised `words` are, or nothing.

        Raises `NotUnderstood`: a number has an unfit unit, or two devices brought it.
        """
        plain = self.said(words, devices)
        if plain != words and (stop := stop_call(plain)) is not None:
            return [stop]
        for said in dict.fromkeys((words, plain)):
            bare, when = delays.read(said)
            if found := self._meant(said):
                return found
            if when is not None and (found := self._meant(bare)):
                return delays.timed(found, when)
        return []

    def _meant(self, words: str) -> list[Call]:
        said = sentence(words)
        for meaning in self._settled:
            if calls := meaning.calls(said):
                return calls
        able = [(each.device, calls) for each in self._brought if (calls := each.calls(said))]
        names = list(dict.fromkeys(device.name for device, _ in able if device))
        if len({device.id for device, _ in able if device}) > 1:
            raise NotUnderstood(Why.AMBIGUOUS, words, names)
        return able[0][1] if able else []

    def _know(self, devices: Sequence[Device]) -> None:
        """Take in the examples of what is attached now; they go with their device."""
        if tuple(devices) == self._devices:
            return
        self._devices = tuple(devices)
        self._synonyms.know(self._devices)
        self._brought = tuple(found for device in self._devices for found in _brought(device))


def _brought(device: Device) -> Iterator[Meaning]:
    """Yield what the device's own examples mean, also said with its name before or behind."""
    for example in device.examples:
        try:
            deed = deed_of(device, example)
            for name in dict.fromkeys(("", device.name, *device.aliases)):
                for say in {f"{example.say} {name}", f"{name} {example.say}"}:
                    yield Meaning(Pattern.of(say.strip()), (deed,), device)
        except ExampleError as error:
            log.warning('%s: its example "%s" is left out: %s', device.name, example.say, error)


def deed_of(device: Device, example: Example) -> Deed:
    """Return the call that `example` sets its device by. Raises `ExampleError` if none can."""
    Pattern.of(example.say)
    tool = next((each for each in TOOLS if _sets(each, device, example)), None)
    if tool is None:
        given = ", ".join(example.set) or "nothing"
        raise ExampleError("set", f"no tool sets {given} on a {device.kind}")
    return Deed(tool, device.id, example.set)


def _sets(tool: ToolSpec, device: Device, example: Example) -> bool:
    given = set(example.set)
    if device.kind not in tool.kinds or tool.reads or tool.device_optional:
        return False
    fits = tool.only is None or given <= tool.only
    return fits and bool(given) is not tool.bare and (not tool.needs or tool.needs in given)


def build(words: config.Words, where: Where) -> OwnWords:
    """Return the words of the settings.

    Raises `ConfigError` with file and line (from `where`) and what to write instead.
    """
    _check_synonyms(words.synonyms, where)
    meanings: dict[str, Meaning] = {}
    for at, example in enumerate(words.examples):
        place = ("words", "examples", at)
        try:
            pattern = Pattern.of(example.say)
            deeds = tuple(parse_deed(line, pattern.slots) for line in example.do)
        except ExampleError as error:
            raise ConfigError(f"{where((*place, error.key))}: {error}.") from None
        if pattern.key in meanings:
            raise ConfigError(
                f'{where((*place, "say"))}: "{example.say}" is the same as an example above.',
                hint="Put all its calls into one `do`.",
            )
        meanings[pattern.key] = Meaning(pattern, deeds)
    return OwnWords(Synonyms(words.synonyms), meanings.values())


def problems(families: Iterable[DeviceSpec]) -> list[str]:
    """Return a line for each example of a device file that will be left out, and why."""
    found = []
    for spec in families:
        for channel in spec.channels:
            device = channel.device(id=channel.id, name=channel.name, area="", via="")
            for example in device.examples:
                try:
                    deed_of(device, example)
                except ExampleError as error:
                    found.append(f'{spec.id}: the example "{example.say}" is left out: {error}.')
    return found


def _check_synonyms(synonyms: dict[str, str], where: Where) -> None:
    seen: dict[str, str] = {}
    for word, plain in synonyms.items():
        at = where(("words", "synonyms", word))
        key = fold(word)
        if not key or not normalise(plain):
            raise ConfigError(f'{at}: "{word}" = "{plain}": both need at least one word.')
        if key in seen:
            raise ConfigError(f'{at}: "{word}" is the same word as "{seen[key]}".')
        if stop := stop_in(word):
            raise ConfigError(
                f'{at}: "{word}" holds "{stop}", which stops what moves and keeps its meaning.',
                hint="For a thing that is called so, give the device an alias.",
            )
        seen[key] = word
