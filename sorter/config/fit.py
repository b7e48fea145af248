"""What no value shows alone: whether the parts of a scanner, a PLC and a line fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sorter.config.zones import zone_of

if TYPE_CHECKING:
    from sorter.config.scanners import ScannerConfig
    from sorter.config.shape import Config, LineConfig, PlcConfig


def raise_all(problems: Iterable[str]) -> None:
    """Raise ValueError with one line a problem, if there are any."""
    if found := list(problems):
        raise ValueError("\n".join(found))


def repeated(what: str, values: Iterable[object]) -> Iterator[str]:
    """Values that stand there more than once and should be there once."""
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what} {value} is used {times} times"


def zone_problems(name: str) -> Iterator[str]:
    """A zone that this machine's time zone data does not have."""
    try:
        zone_of(name)
    except ValueError:
        yield (
            f'found {name!r}, expected a time zone such as "Europe/Brussels"; '
            "is the package tzdata installed?"
        )


def scanner_problems(scanner: ScannerConfig) -> Iterator[str]:
    """A mark that stands inside another text would cut it in two."""
    texts = {
        "frame_start": scanner.frame_start,
        "frame_end": scanner.frame_end,
        "separator": scanner.separator,
        "no_read": scanner.no_read,
        "count_prefix": scanner.count_prefix or "",
        "trigger_prefix": scanner.trigger_prefix or "",
        "side_prefix": scanner.side_prefix or "",
        "heartbeat": scanner.heartbeat or "",
    }
    for mark in ("frame_start", "frame_end", "separator"):
        for other, text in texts.items():
            if other != mark and texts[mark] and texts[mark] in text:
                yield f"{mark} {texts[mark]!r} stands in {other} {text!r}; they must be told apart"
    yield from _mistakable_prefixes(texts)
    yield from _uncallable(scanner)
    yield from repeated("side", scanner.sides)
    if bool(scanner.sides) is not bool(scanner.side_prefix):
        yield "side_prefix or sides is missing, expected both, or none of them"
    if scanner.heartbeat is not None and scanner.heartbeat == scanner.no_read:
        yield f"heartbeat and no_read are both {scanner.no_read!r}; they must be told apart"
    if scanner.heartbeat_s and scanner.heartbeat is None:
        yield f"heartbeat_s is {scanner.heartbeat_s:g}, expected only with a heartbeat"
    if scanner.min_delay_ms > scanner.max_delay_ms:
        yield (
            f"min_delay_ms is {scanner.min_delay_ms}, expected at most max_delay_ms, "
            f"{scanner.max_delay_ms}"
        )


def _mistakable_prefixes(texts: dict[str, str]) -> Iterator[str]:
    """A prefix that begins another field would take that for its own."""
    for prefix in ("count_prefix", "trigger_prefix", "side_prefix"):
        for other, text in texts.items():
            if other != prefix and texts[prefix] and text.startswith(texts[prefix]):
                yield f"{prefix} {texts[prefix]!r} begins {other} {text!r}; they must be told apart"


def _uncallable(scanner: ScannerConfig) -> Iterator[str]:
    """Who calls whom; a scanner that calls is known by its address, which no name may stand for."""
    if scanner.mode == "client":
        if scanner.bind is not None:
            yield f'bind is {scanner.bind!r}, expected only with mode = "server"'
        return
    for key, address in (("host", scanner.host), ("bind", scanner.bind)):
        if address is not None and not _is_address(address):
            yield f'{key} is {address!r}, expected an IP address with mode = "server"'


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def plc_problems(plc: PlcConfig) -> Iterator[str]:
    """A PLC that is asked or answers slower than its watchdog goes to its safe state again."""
    for key, value_ms in (("timeout_ms", plc.timeout_ms), ("poll_ms", plc.poll_ms)):
        if value_ms >= plc.watchdog_ms:
            yield f"{key} is {value_ms}, expected less than watchdog_ms, {plc.watchdog_ms}"


def box_problems(config: Config) -> Iterator[str]:
    """What only one of the box's lines can have."""
    yield from repeated("line name", (line.name for line in config.lines))
    yield from _shared(
        "scanner port",
        (
            (scanner.port, f"{line.name}.scanners[{scanner.name}]")
            for line in config.lines
            for scanner in line.scanners
            if scanner.mode == "server"
        ),
    )


def line_problems(line: LineConfig) -> Iterator[str]:
    """Names and wires used twice, and things that do not stand where they can work."""
    yield from repeated("diverter name", (d.name for d in line.diverters))
    yield from repeated("chute name", (c.name for c in line.chutes))
    yield from repeated("scanner name", (s.name for s in line.scanners))
    yield from repeated("eye name", (e.name for e in line.eyes.along))
    yield from _shared("diverter number", ((d.number, d.name) for d in line.diverters))
    yield from _shared("diverter place", ((f"{d.at_mm:g} mm", d.name) for d in line.diverters))
    yield from _shared("outlet", ((f"{c.diverter} {c.side}", c.name) for c in line.chutes))
    yield from _shared("PLC input", _inputs(line))
    known = {diverter.name for diverter in line.diverters}
    for chute in line.chutes:
        if chute.diverter not in known:
            yield (
                f"chutes[{chute.name}].diverter is {chute.diverter!r}, expected one of "
                f"{', '.join(sorted(known))}"
            )
    jam_mm, max_parcel_mm = line.belt.jam_mm, line.belt.max_parcel_mm
    if jam_mm is not None and jam_mm <= max_parcel_mm:
        yield f"belt.jam_mm is {jam_mm:g}, expected more than belt.max_parcel_mm, {max_parcel_mm:g}"
    yield from _misplaced(line)


def _shared(what: str, uses: Iterable[tuple[object, str]]) -> Iterator[str]:
    """Things that only one can have, and everybody who has one together with others."""
    users: dict[object, list[str]] = {}
    for thing, user in uses:
        users.setdefault(thing, []).append(user)
    for thing, names in users.items():
        if len(names) > 1:
            yield f"{what} {thing} is used by {' and '.join(names)}, expected by one of them"


def _inputs(line: LineConfig) -> Iterator[tuple[int, str]]:
    yield line.eyes.induct.input, "eyes.induct.input"
    yield line.eyes.tunnel.input, "eyes.tunnel.input"
    for eye in line.eyes.along:
        yield eye.input, f"eyes.along[{eye.name}].input"
    if line.eyes.end is not None:
        yield line.eyes.end.input, "eyes.end.input"
        if line.eyes.end.full_input is not None:
            yield line.eyes.end.full_input, "eyes.end.full_input"
    for chute in line.chutes:
        yield chute.confirm_input, f"chutes[{chute.name}].confirm_input"
        if chute.full_input is not None:
            yield chute.full_input, f"chutes[{chute.name}].full_input"


def _misplaced(line: LineConfig) -> Iterator[str]:
    tunnel_mm = line.eyes.tunnel.at_mm
    first_mm = min(d.at_mm for d in line.diverters)
    if line.eyes.induct.at_mm != 0:
        yield f"eyes.induct.at_mm is {line.eyes.induct.at_mm:g}, expected 0"
    if tunnel_mm <= 0:
        yield f"eyes.tunnel.at_mm is {tunnel_mm:g}, expected more than the induct eye's 0"
    for scanner in line.scanners:
        if not tunnel_mm < scanner.at_mm < first_mm:
            yield (
                f"scanners[{scanner.name}].at_mm is {scanner.at_mm:g}, expected between "
                f"the tunnel eye at {tunnel_mm:g} and the first diverter at {first_mm:g}"
            )
    yield from _misplaced_eyes(line)


def _misplaced_eyes(line: LineConfig) -> Iterator[str]:
    """Two eyes must not see one parcel within the window of both."""
    apart_mm = 2 * line.belt.window_mm
    before, before_mm = f"the tunnel eye at {line.eyes.tunnel.at_mm:g}", line.eyes.tunnel.at_mm
    for eye in line.eyes.along:
        if eye.at_mm <= before_mm + apart_mm:
            yield (
                f"eyes.along[{eye.name}].at_mm is {eye.at_mm:g}, expected at least twice "
                f"window_mm behind {before}"
            )
        before, before_mm = f"eyes.along[{eye.name}] at {eye.at_mm:g}", eye.at_mm
    end = _end_of(line)
    if isinstance(end, str):
        yield end
        return
    key, end_mm = end
    if line.eyes.along and end_mm <= before_mm + apart_mm:
        yield f"{key} is {end_mm:g}, expected at least twice window_mm behind {before}"
    last_mm = max(d.at_mm for d in line.diverters)
    if end_mm <= last_mm:
        yield f"{key} is {end_mm:g}, expected behind the last diverter at {last_mm:g}"


def _end_of(line: LineConfig) -> tuple[str, float] | str:
    """Where the belt ends, by its key in the file, or what is wrong with that."""
    end, loop_mm = line.eyes.end, line.belt.loop_mm
    if end is not None and loop_mm is not None:
        return "eyes.end is there, expected none: belt.loop_mm makes the belt a loop"
    if end is not None:
        return "eyes.end.at_mm", end.at_mm
    if loop_mm is not None:
        return "belt.loop_mm", loop_mm
    return "eyes.end is missing, expected on a belt that is no loop (belt.loop_mm)"
