"""udev rules from the device files: `python -m agentd.catalogue.udev > systemd/70-agentd.rules`.

What an id proves to be a device or a board goes to the group `agentd`. A bridge chip, and an id
that a radio may have too, keeps the group its distribution gives it (`dialout`, `plugdev`): the
same chip is in Zigbee sticks and meters that other programs must go on reading, and the unit is
in those groups. ModemManager has its own list of bridges; boards and controllers are named to it
here, on the USB device (where it looks) as well as on the tty.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Set

from agentd.catalogue import Catalogue, load
from agentd.catalogue.spec import DeviceSpec, UsbId

HEADER = """\
# Generated from devices/ by `python -m agentd.catalogue.udev`; edit those files instead.
# Numbered below 73-seat-late.rules, which acts on the tag "uaccess".
ACTION=="remove", GOTO="agentd_end"
"""
FOOTER = 'LABEL="agentd_end"\n'
GRANT = 'GROUP="agentd", MODE="0660", TAG+="uaccess"'


def rules(catalogue: Catalogue) -> str:
    """Return the rules file for `catalogue`; the same files always give the same bytes."""
    blocks = [HEADER]
    radios = {(radio.vid, radio.pid) for radio in catalogue.radios}
    for spec in sorted(catalogue.specs.values(), key=lambda spec: spec.id):
        lines = [*_grants(spec, radios), *spec.udev]
        if lines:
            blocks.append("\n".join((f"# {spec.name}", *lines)) + "\n")
    return "\n".join((*blocks, FOOTER))


def _grants(spec: DeviceSpec, radios: Set[tuple[str, str]]) -> Iterator[str]:
    if spec.match.identifies == "bridge":
        return
    for each in sorted(spec.match.usb, key=lambda each: (each.vid, each.pid, each.product)):
        shared = (each.vid, each.pid) in radios and not each.product
        if not each.never_use and not shared:
            yield _grant(spec, each)


def _grant(spec: DeviceSpec, each: UsbId) -> str:
    ids = f'ATTRS{{idVendor}}=="{each.vid}", ATTRS{{idProduct}}=="{each.pid}"'
    if each.product:
        ids += f', ATTRS{{product}}=="{each.product}"'
    if spec.match.node == "usb":
        return f'SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", {ids}, {GRANT}'
    return f'SUBSYSTEM=="usb|tty", {ids}, {GRANT}, ENV{{ID_MM_DEVICE_IGNORE}}="1"'


def main() -> None:
    """Write the rules for the shipped device files to standard output."""
    sys.stdout.write(rules(load()))


if __name__ == "__main__":
    main()
