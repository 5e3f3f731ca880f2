"""The deny-list: USB radios that belong to somebody else's software. Data in radios.toml."""

from __future__ import annotations

from fnmatch import fnmatchcase

from agentd.catalogue.port import Port
from agentd.catalogue.spec import HexId
from agentd.toml_file import Table


class Radio(Table):
    """A Zigbee, Thread or Z-Wave stick and the `stack` that talks to it."""

    name: str
    vid: HexId
    pid: HexId
    glob: str
    manufacturers: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()

    def is_(self, port: Port) -> bool:
        """Say whether `port` is this radio: the ids and either of the strings agree."""
        if (port.vid, port.pid) != (self.vid, self.pid):
            return False
        maker = plain(port.manufacturer)
        if any(plain(each) in maker for each in self.manufacturers):
            return True
        said = (port.product, port.manufacturer, f"{port.manufacturer} {port.product}", *port.links)
        return any(fnmatchcase(plain(text), plain(self.glob)) for text in said)


class RadioList(Table):
    """The whole of radios.toml."""

    sources: tuple[str, ...] = ()
    radio: tuple[Radio, ...]


def plain(text: str) -> str:
    """Return `text` as by-id names, descriptors and globs are compared: no case, no underscores."""
    return text.casefold().replace("_", " ").strip()
