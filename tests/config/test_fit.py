"""What each value of a config leaves open: parts that do not fit together are named too."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.config.scanner_presets import PRESETS
from sorter.control.layout import layout_of
from sorter.demo.plant import line_toml
from tests.config.files import GOOD, LINE, changed, load, problems


def test_the_demo_s_line_is_sound(tmp_path: Path) -> None:
    text = '[box]\nname = "b"\nsite = "s"\n' + line_toml(plc_port=1502, scanner_port=2112)
    assert len(load(tmp_path, text).lines[0].chutes) == 20


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("number = 2", "number = 1", "diverter number 1 is used by D1 and D2"),
        ("at_mm = 6000", "at_mm = 4500", "diverter place 4500 mm is used by D1 and D2"),
        ('name = "C02"', 'name = "C01"', "chute name C01 is used 2 times"),
        ('side = "right"', 'side = "left"', "outlet D1 left is used by C01 and C02"),
        (
            "confirm_input = 9",
            "confirm_input = 32",
            "PLC input 32 is used by chutes[C01].full_input and chutes[C02].confirm_input",
        ),
        (
            "confirm_input = 8",
            "confirm_input = 2",
            "PLC input 2 is used by eyes.end.input and chutes[C01].confirm_input",
        ),
        (
            'diverter = "D1"',
            'diverter = "D9"',
            "chutes[C01].diverter is 'D9', expected one of D1, D2",
        ),
        (
            "end = { at_mm = 9000, input = 2 }",
            "end = { at_mm = 9000, input = 2, full_input = 8 }",
            "PLC input 8 is used by eyes.end.full_input and chutes[C01].confirm_input",
        ),
        (
            "pulses_per_m = 1000",
            "pulses_per_m = 1000, jam_mm = 1200",
            "belt.jam_mm is 1200, expected more than belt.max_parcel_mm, 1200",
        ),
        ("{ at_mm = 0,", "{ at_mm = 3,", "eyes.induct.at_mm is 3, expected 0"),
        (
            "tunnel = { at_mm = 1500",
            "tunnel = { at_mm = 0",
            "eyes.tunnel.at_mm is 0, expected more than the induct eye's 0",
        ),
        (
            "at_mm = 1700",
            "at_mm = 1500",
            "scanners[top].at_mm is 1500, expected between the tunnel eye at 1500 and the first "
            "diverter at 4500",
        ),
        (
            "at_mm = 4500",
            "at_mm = 1600",
            "scanners[top].at_mm is 1700, expected between the tunnel eye at 1500 and the first "
            "diverter at 1600",
        ),
        (
            "end = { at_mm = 9000",
            "end = { at_mm = 6000",
            "eyes.end.at_mm is 6000, expected behind the last diverter at 6000",
        ),
        (
            "pulses_per_m = 1000",
            "pulses_per_m = 1000, loop_mm = 9000",
            "eyes.end is there, expected none: belt.loop_mm makes the belt a loop",
        ),
        (
            "end = { at_mm = 9000, input = 2 }",
            'end = { at_mm = 9000, input = 2 }\nalong = [{ name = "A1", at_mm = 1600, input = 3 }]',
            "eyes.along[A1].at_mm is 1600, expected at least twice window_mm behind the tunnel eye "
            "at 1500",
        ),
        (
            "end = { at_mm = 9000, input = 2 }",
            'end = { at_mm = 9000, input = 2 }\nalong = [{ name = "A1", at_mm = 8950, input = 3 }]',
            "eyes.end.at_mm is 9000, expected at least twice window_mm behind "
            "eyes.along[A1] at 8950",
        ),
        (
            "end = { at_mm = 9000, input = 2 }",
            'end = { at_mm = 9000, input = 2 }\nalong = [{ name = "A1", at_mm = 3000, input = 1 }]',
            "PLC input 1 is used by eyes.tunnel.input and eyes.along[A1].input",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_named(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    (found,) = problems(tmp_path, changed(old, new))
    assert found.removesuffix(", expected by one of them") == f"{LINE}: {problem}"


@pytest.mark.parametrize(
    ("marks", "problem"),
    [
        (
            'no_read = "NO;READ"',
            "separator ';' stands in no_read 'NO;READ'; they must be told apart",
        ),
        (
            'separator = "\\u0003"',
            "frame_end '\\x03' stands in separator '\\x03'; they must be told apart",
        ),
        (
            'count_prefix = "\\u0002@"',
            "frame_start '\\x02' stands in count_prefix '\\x02@'; they must be told apart",
        ),
        (
            'count_prefix = "#"\ntrigger_prefix = "#1"',
            "count_prefix '#' begins trigger_prefix '#1'; they must be told apart",
        ),
        (
            'trigger_prefix = "No"',
            "trigger_prefix 'No' begins no_read 'NoRead'; they must be told apart",
        ),
        (
            "min_delay_ms = 90",
            "min_delay_ms is 90, expected at most max_delay_ms, 80",
        ),
    ],
)
def test_a_framing_that_cuts_itself_is_refused(tmp_path: Path, marks: str, problem: str) -> None:
    found = problems(tmp_path, changed("at_mm = 1700", f"at_mm = 1700\n{marks}"))
    assert f"{LINE}.scanners[#1]: {problem}" in found


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('sides = ["l", "r"]', "side_prefix or sides is missing, expected both, or none of them"),
        ('side_prefix = "S"', "side_prefix or sides is missing, expected both, or none of them"),
        ('side_prefix = "S"\nsides = ["l", "l"]', "side l is used 2 times"),
        (
            'heartbeat = "NoRead"',
            "heartbeat and no_read are both 'NoRead'; they must be told apart",
        ),
        ("heartbeat_s = 5", "heartbeat_s is 5, expected only with a heartbeat"),
        (
            'side_prefix = "A"\nsides = ["l"]\nheartbeat = "ALIVE"',
            "side_prefix 'A' begins heartbeat 'ALIVE'; they must be told apart",
        ),
        ('bind = "0.0.0.0"', "bind is '0.0.0.0', expected only with mode = \"server\""),
        (
            'mode = "server"\nhost = "scanner.local"',
            "host is 'scanner.local', expected an IP address with mode = \"server\"",
        ),
        (
            'mode = "server"\nbind = "box"',
            "bind is 'box', expected an IP address with mode = \"server\"",
        ),
    ],
)
def test_what_a_scanner_says_and_who_calls_whom_must_be_clear(
    tmp_path: Path, keys: str, problem: str
) -> None:
    found = problems(tmp_path, changed("at_mm = 1700", f"at_mm = 1700\n{keys}"))
    assert found == [f"{LINE}.scanners[#1]: {problem}"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_sound_framing_and_any_key_overrides_it(tmp_path: Path, name: str) -> None:
    preset = PRESETS[name]
    own = f'at_mm = 1700\npreset = "{name}"'
    (scanner,) = load(tmp_path, changed("at_mm = 1700", own)).lines[0].scanners
    assert {key: getattr(scanner, key) for key in preset.values} == preset.values
    assert set(preset.from_memory) <= set(preset.values)
    own += '\nno_read = "NIX"'
    (scanner,) = load(tmp_path, changed("at_mm = 1700", own)).lines[0].scanners
    assert (scanner.no_read, scanner.frame_end) == ("NIX", preset.values["frame_end"])


def test_a_preset_that_nobody_has_is_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, changed("at_mm = 1700", 'at_mm = 1700\npreset = "sik"'))
    assert found.endswith(
        'preset: found \'sik\', expected "sick", "cognex", "datalogic", "keyence" or "zebra"'
    )


def test_each_side_of_a_scanner_is_one_to_the_line(tmp_path: Path) -> None:
    own = 'at_mm = 1700\nside_prefix = "S="\nsides = ["left", "right"]'
    line = load(tmp_path, changed("at_mm = 1700", own)).lines[0]
    assert set(layout_of(line).scanners) == {"top:left", "top:right"}


def test_two_scanners_that_call_one_port_are_refused(tmp_path: Path) -> None:
    one = 'at_mm = 1700\nmode = "server"\nhost = "192.0.2.20"\n'
    two = f'{one}\n[[lines.scanners]]\nname = "side"\nport = 2112\n{one}'
    assert problems(tmp_path, changed("at_mm = 1700", two)) == [
        "scanner port 2112 is used by line-1.scanners[top] and line-1.scanners[side], expected by "
        "one of them"
    ]
    load(tmp_path, changed("at_mm = 1700", two.replace("port = 2112", "port = 2113")))


def test_a_scanner_that_ends_lines_and_sends_no_start_is_sound(tmp_path: Path) -> None:
    marks = 'frame_start = ""\nframe_end = "\\r\\n"\nseparator = ","\nno_read = "?"'
    load(tmp_path, changed("at_mm = 1700", f"at_mm = 1700\n{marks}"))


@pytest.mark.parametrize("key", ["timeout_ms", "poll_ms"])
def test_a_plc_slower_than_its_watchdog_is_refused(tmp_path: Path, key: str) -> None:
    plc = f"plc = {{ port = 1502, watchdog_ms = 120, {key} = 150 }}"
    wanted = f"{LINE}.plc: {key} is 150, expected less than watchdog_ms, 120"
    assert wanted in problems(tmp_path, changed("plc = { port = 1502 }", plc))


def test_two_lines_of_one_name_are_refused(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("[[lines]]") :]
    assert problems(tmp_path, GOOD + second) == ["line name line-1 is used 2 times"]


def test_all_misfits_of_a_line_are_told_in_one_run(tmp_path: Path) -> None:
    text = changed("number = 2", "number = 1").replace("confirm_input = 9", "confirm_input = 8")
    found = problems(tmp_path, text.replace('name = "C02"', 'name = "C01"'))
    assert [problem.split(" is used")[0] for problem in found] == [
        f"{LINE}: chute name C01",
        f"{LINE}: diverter number 1",
        f"{LINE}: PLC input 8",
    ]
