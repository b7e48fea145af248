"""A scanner that is dead is found by the parcels of which it says nothing."""

from __future__ import annotations

import msgspec

from sorter.engine.events import (
    EncoderReset,
    ScannerFound,
    ScannerLost,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.layout import ScannerPlace
from sorter.engine.reports import AlarmCleared, AlarmRaised
from tests.engine.belt_model import LAYOUT, SCANNER, Belt, of

WATCHED = ScannerPlace(at=SCANNER, min_delay=0, max_delay=200, silent_after=3)
ONE = msgspec.structs.replace(LAYOUT, scanners={"top": WATCHED})
TWO = msgspec.structs.replace(LAYOUT, scanners={"top": WATCHED, "side": WATCHED})
# A parcel is owed a telegram until its tail can have left the beam and the telegram has come.
HEARD_BY = SCANNER + 200 + LAYOUT.max_length
PITCH = 600


def silent(belt: Belt) -> list[str]:
    """The places of the alarms that were raised, in order."""
    return [alarm.place for alarm in of(belt.said, AlarmRaised) if alarm.cause == "scanner_silent"]


def spoken_of_again(belt: Belt) -> list[str]:
    return [alarm.place for alarm in of(belt.said, AlarmCleared) if alarm.cause == "scanner_silent"]


def hear(belt: Belt, scanner: str, *codes: str) -> None:
    belt.tell(TelegramReceived(**belt.now, scanner=scanner, codes=codes))


def inducted(belt: Belt, heads: range) -> None:
    for head in heads:
        belt.induct(head)


def test_a_scanner_that_tells_of_no_parcel_is_silent_when_three_have_passed_it() -> None:
    belt = Belt(layout=ONE)
    third = 2 * PITCH
    inducted(belt, range(0, third + HEARD_BY, PITCH))
    assert not silent(belt), "of the third one a telegram may still come"
    belt.induct(third + HEARD_BY)
    (alarm,) = [a for a in of(belt.said, AlarmRaised) if a.cause == "scanner_silent"]
    assert (alarm.place, alarm.priority) == ("top", "high")
    assert alarm.detail == "no telegram for 3 parcels"


def test_its_next_telegram_ends_the_alarm_even_if_it_read_nothing() -> None:
    belt = Belt(layout=ONE)
    inducted(belt, range(0, 5 * PITCH + HEARD_BY, PITCH))
    assert silent(belt) == ["top"]
    assert not spoken_of_again(belt)
    hear(belt, "top")
    assert spoken_of_again(belt) == ["top"]


def test_what_cannot_be_read_is_no_telegram() -> None:
    belt = Belt(layout=ONE)
    for head in range(0, 5 * PITCH + HEARD_BY, PITCH):
        belt.induct(head)
        belt.tell(TelegramGarbled(**belt.now, scanner="top", why="no code", text="x"))
    assert silent(belt) == ["top"]


def test_a_scanner_that_speaks_of_one_in_three_is_alive() -> None:
    belt = Belt(layout=ONE)
    for number, head in enumerate(range(0, 60 * PITCH, PITCH)):
        belt.induct(head)
        if number % 3 == 0:
            hear(belt, "top")
    assert not silent(belt)


def test_of_two_scanners_the_dead_one_is_named() -> None:
    belt = Belt(layout=TWO)
    for head in range(0, 5 * PITCH + HEARD_BY, PITCH):
        belt.induct(head)
        hear(belt, "side")
    assert silent(belt) == ["top"]


def test_parcels_on_their_way_to_the_beam_say_nothing_of_it() -> None:
    near = Belt(layout=ONE)
    inducted(near, range(0, SCANNER, 310))
    assert len(near.births) > WATCHED.silent_after
    assert not silent(near)


def test_a_count_that_jumped_is_no_silence() -> None:
    belt = Belt(layout=ONE)
    inducted(belt, range(0, 2 * PITCH, PITCH))
    belt.count += 50_000
    belt.tell(EncoderReset(**belt.now))
    belt.induct(belt.count)
    belt.induct(belt.count + HEARD_BY)
    assert not silent(belt)


def test_a_scanner_that_stays_dead_is_not_told_again_each_time() -> None:
    belt = Belt(layout=ONE)
    inducted(belt, range(0, 100 * PITCH, PITCH))
    assert len(silent(belt)) == 2, "the first time and the tenth"


def test_a_scanner_that_nobody_watches_is_never_silent() -> None:
    belt = Belt()
    inducted(belt, range(0, 60 * PITCH, PITCH))
    assert not silent(belt)


def test_a_scanner_whose_heartbeat_stopped_is_lost_until_it_is_heard_again() -> None:
    belt = Belt(layout=TWO)
    (lost,) = of(belt.tell(ScannerLost(**belt.now, scanner="top", why="nothing")), AlarmRaised)
    assert (lost.cause, lost.place, lost.detail) == ("scanner_lost", "top", "nothing")
    (over,) = of(belt.tell(ScannerFound(**belt.now, scanner="top")), AlarmCleared)
    assert (over.cause, over.place) == ("scanner_lost", "top")
