"""The box's config, value by value: every way to get it wrong with the words that help out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sorter.config import MAX_CONFIG_BYTES, Config, ConfigError, load_config
from sorter.config.wording import worded
from tests.config.files import GOOD, LINE, changed, load, problems


def test_a_sound_file_gives_its_values_and_the_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert (config.box.name, config.box.site) == ("box-1", "liege")
    assert config.box.state_dir == Path("/var/lib/sorter")
    assert (config.broker.host, config.broker.port) == ("127.0.0.1", 1883)
    line = config.line("line-1")
    assert (line.plc.port, line.plc.watchdog_ms, line.plc.timeout_ms) == (1502, 500, 150)
    assert (line.scanners[0].name, line.scanners[0].count_prefix) == ("top", None)
    assert (line.chutes[0].full_input, line.chutes[1].full_input) == (32, None)
    assert config.journal_dir("line-1") == Path("/var/lib/sorter/journal/line-1")
    assert config.store_dir == Path("/var/lib/sorter/store")
    assert config.control_socket("line-1") == Path("/run/sorter/control-line-1.sock")
    with pytest.raises(KeyError, match="no line 'line-2'; the config has line-1"):
        config.line("line-2")


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        config.box.name = "other"


def test_a_whole_number_is_a_number_too(tmp_path: Path) -> None:
    assert load(tmp_path, changed("speed_mps = 2.5", "speed_mps = 2")).lines[0].belt.speed_mps == 2


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'site = "liege"',
            'site = "liege"\nstate_dri = "/x"',
            "box.state_dri: unknown key; did you mean state_dir?",
        ),
        (
            'site = "liege"',
            'site = "liege"\ntimezone = "Europe/Luik"',
            "box.timezone: found 'Europe/Luik', expected a time zone such as \"Europe/Brussels\"; "
            "is the package tzdata installed?",
        ),
        (
            "at_mm = 1700",
            "at_mm = 1700\nfrane_start = 2",
            f"{LINE}.scanners[#1].frane_start: unknown key; did you mean frame_start?",
        ),
        (
            "plc = { port = 1502 }",
            "plc = { port = 1502, colour = 1 }",
            f"{LINE}.plc.colour: unknown key; "
            "expected one of host, port, unit, timeout_ms, poll_ms, watchdog_ms",
        ),
        (
            'side = "right"',
            'side = "right"\nsped_mps = 1',
            f"{LINE}.chutes[C02].sped_mps: unknown key; expected one of name, diverter, side, "
            "confirm_input, full_input, full_when, full_after_ms, open_after_ms, jam_after_ms, "
            "room, rate, slide_mm, overflow",
        ),
        (
            'site = "liege"\n',
            "",
            "box.site: missing, expected a name of 1 to 32 letters, digits, - or _, "
            "a letter or digit first",
        ),
        (
            "port = 2112\n",
            "",
            f"{LINE}.scanners[#1].port: missing, expected a port number from 1 to 65535",
        ),
        (
            "end = { at_mm = 9000, input = 2 }",
            "",
            f"{LINE}: eyes.end is missing, expected on a belt that is no loop (belt.loop_mm)",
        ),
        (
            "port = 1502",
            'port = "1502"',
            f"{LINE}.plc.port: found '1502', expected a port number from 1 to 65535",
        ),
        (
            "port = 1502",
            "port = 65536",
            f"{LINE}.plc.port: found 65536, expected a port number from 1 to 65535",
        ),
        (
            "input = 0",
            "input = true",
            f"{LINE}.eyes.induct.input: found True, expected a PLC input from 0 to 63",
        ),
        (
            "confirm_input = 9",
            "confirm_input = 64",
            f"{LINE}.chutes[C02].confirm_input: found 64, expected a PLC input from 0 to 63",
        ),
        (
            "pulses_per_m = 1000",
            "pulses_per_m = 1000.5",
            f"{LINE}.belt.pulses_per_m: found 1000.5, expected whole encoder pulses a metre, "
            "100 to 100000",
        ),
        (
            "speed_mps = 2.5",
            "speed_mps = nan",
            f"{LINE}.belt.speed_mps: found nan, expected m/s from 0.1 to 10",
        ),
        (
            "at_mm = 1700",
            "at_mm = inf",
            f"{LINE}.scanners[#1].at_mm: found inf, expected mm from the induct eye, 0 or more",
        ),
        (
            'side = "left"',
            'side = "Left"',
            f"""{LINE}.chutes[C01].side: found 'Left', expected "left" or "right\"""",
        ),
        (
            'name = "D1"',
            'name = "D 1"',
            f"{LINE}.diverters[D 1].name: found 'D 1', expected a name of 1 to 32 letters, "
            "digits, - or _, a letter or digit first",
        ),
        (
            "belt = { speed_mps = 2.5, pulses_per_m = 1000 }",
            "belt = 2.5",
            f"{LINE}.belt: found 2.5, expected a section with speed_mps, pulses_per_m, window_mm, "
            "length_tolerance_mm, slip_mm, loop_mm, max_laps, max_parcels, max_parcel_mm, jam_mm",
        ),
        (
            "at_mm = 1700",
            'at_mm = 1700\nframe_end = "Ende"\nframe_start = "ß"',
            f"{LINE}.scanners[#1].frame_start: found 'ß', expected up to 8 ASCII characters",
        ),
        (
            "at_mm = 1700",
            'at_mm = 1700\nseparator = ""',
            f"{LINE}.scanners[#1].separator: found '', expected 1 to 8 ASCII characters",
        ),
        (
            'site = "liege"',
            'site = "liege"\nstate_dir = 5',
            "box.state_dir: found 5, expected the path of a folder",
        ),
        (
            "actuation_ms = 30",
            "actuation_ms = 2000",
            f"{LINE}.diverters[D1].actuation_ms: found 2000, expected whole ms from 0 to 1000",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert problems(tmp_path, changed(old, new)) == [problem]


def test_all_errors_of_a_file_are_told_in_one_run(tmp_path: Path) -> None:
    text = GOOD.replace("port = 1502", "port = 0").replace("port = 2112", "prot = 2112")
    text = text.replace('side = "left"', 'side = "up"').replace('site = "liege"', "")
    assert sorted(problem.split(":")[0] for problem in problems(tmp_path, text)) == [
        "box.site",
        f"{LINE}.chutes[C01].side",
        f"{LINE}.plc.port",
        f"{LINE}.scanners[#1].port",
        f"{LINE}.scanners[#1].prot",
    ]


def test_a_thing_without_a_name_is_named_by_its_place(tmp_path: Path) -> None:
    text = changed('name = "D2"', "")
    assert problems(tmp_path, text)[0].startswith(f"{LINE}.diverters[#2].name: missing")


def test_a_long_wrong_value_is_not_told_in_full(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, changed('"box-1"', '"' + "x" * 5000 + '"'))
    assert len(found) < 200


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "box: missing, expected a section with name, site, timezone, state_dir, runtime_dir"),
        (b"[box", "is no TOML: Expected ']' at the end of a table declaration (at end of "),
        (b"[box]\nname = 1\nname = 2\n", "is no TOML: Cannot overwrite a value (at line 3"),
        (b"\xff\xfe", "is no TOML: 'utf-8' codec can't decode byte 0xff in position 0"),
        (b"\xef\xbb\xbf[box]", "is no TOML: Invalid statement (at line 1, column 1)"),
    ],
)
def test_what_is_no_toml_is_named_with_its_place(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    assert problems(tmp_path, content)[0].startswith(problem)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    assert problems(tmp_path, b"#" * (MAX_CONFIG_BYTES + 1)) == ["is larger than 1048576 bytes"]
    load(tmp_path, GOOD.encode() + b"#" * (MAX_CONFIG_BYTES - len(GOOD.encode())))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "can't be read: No such file or directory"),
        (lambda path: path.mkdir(), "can't be read: Is a directory"),
    ],
)
def test_a_file_that_can_t_be_read_is_named(
    tmp_path: Path, make: Callable[[Path], None], problem: str
) -> None:
    path = tmp_path / "sorter.toml"
    make(path)
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert str(refused.value) == f"{path}: {problem}"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
keys = st.sampled_from(["box", "lines", "broker", "name", "plc", "scanners", "chutes", "x"])


@given(st.dictionaries(keys, json_like | st.lists(st.dictionaries(keys, json_like), max_size=3)))
def test_every_error_of_any_content_has_its_words(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        Config.model_validate(content)
    for detail in refused.value.errors():
        for line in worded(detail, content):
            assert "expected" in line or "did you mean" in line
