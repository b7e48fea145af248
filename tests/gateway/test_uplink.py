"""What a box says to its hub, and what it believes of what is said to it."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sorter.disk.cursor import load_cursor
from sorter.disk.journal import JournalWriter
from sorter.gateway.gateway import Gateway
from sorter.gateway.settings import GatewaySettings, LineFiles
from sorter.protocol.broker_link import LinkDown, LinkUp, MessageArrived, Outgoing
from sorter.protocol.messages import AckMessage, encode_message
from sorter.protocol.topics import BoxTopics
from tests.support.links import HandClock, HandLink
from tests.support.reports import UTC_NS, closed

TOPICS = BoxTopics("LGG", "b1")


class Story:
    """A gateway turned by hand, one look at the world each 20 ms."""

    def __init__(self, folder: Path, *, room: int = 1000) -> None:
        self.files = LineFiles("north", folder / "journal", folder / "cursor")
        self.journal = JournalWriter.open(self.files.journal_dir)
        self.clock = HandClock()
        self.link = HandLink(room=room)
        self.begin()

    def begin(self) -> None:
        settings = GatewaySettings("LGG", "b1", (self.files,), software="1")
        self.gateway = Gateway(settings, self.link, self.clock)

    def report(self, count: int) -> None:
        for _ in range(count):
            self.journal.append_report(closed(self.journal.next_seq), UTC_NS, "synced")
        self.journal.flush()

    def run(self, seconds: float) -> dict[str, int]:
        """Work for a while, then drain in vain."""
        end_ns = self.clock.now_ns + int(seconds * 1e9)
        self.link.next = self._next  # type: ignore[method-assign]  # time passes while waiting
        return self.gateway.run(lambda: self.clock.now_ns >= end_ns, lambda: None)

    def _next(self, timeout_s: float) -> Any:
        if self.link.coming:
            return self.link.coming.popleft()
        self.clock.advance(timeout_s)
        self.link.on_idle()
        return None

    def hear(self, seq: int, *, resume: bool = False, epoch: int | None = None) -> None:
        ack = AckMessage(line="north", epoch=epoch or self.journal.epoch, seq=seq, resume=resume)
        self.link.coming.append(MessageArrived(TOPICS.ack, encode_message(ack), False))

    def said(self, topic: str) -> list[Any]:
        return [json.loads(m.payload) for m in self.link.published if m.topic == topic]

    def sent_seqs(self) -> list[int]:
        """Seqs in the order they were published, singly or in batches."""
        return [seq for message in self.link.published for seq in seqs_of(message)]


def seqs_of(message: Outgoing) -> list[int]:
    """The reports in a message; none in one of another kind."""
    content = json.loads(message.payload)
    events = content.get("events") or ([content] if "seq" in content else [])
    return [event["seq"] for event in events]


@pytest.fixture
def story(tmp_path: Path) -> Any:
    story = Story(tmp_path)
    yield story
    story.journal.close()


def test_a_box_says_who_it_is_and_what_it_holds_before_anything_else(story: Story) -> None:
    story.report(3)
    story.run(0.1)
    about, connection, *_, farewell = story.link.published
    assert (about.topic, about.retain) == (TOPICS.about, True)
    assert (connection.topic, connection.retain) == (TOPICS.connection, True)
    online, offline = json.loads(connection.payload), json.loads(farewell.payload)
    held = {"line": "north", "epoch": story.journal.epoch, "first_held": 1, "last": 3}
    assert (online["state"], online["lines"]) == ("ONLINE", [held])
    assert offline["state"] == "OFFLINE"


def test_nothing_is_sent_before_the_hub_said_what_it_has(story: Story) -> None:
    story.report(6)
    story.hear(4, resume=True)
    assert story.run(0.5) == {"north": 2}
    assert story.sent_seqs()[:2] == [5, 6]


def test_a_silent_hub_gets_one_message_again_and_again_ever_more_slowly(story: Story) -> None:
    story.report(2)
    assert story.run(30) == {"north": 2}
    assert set(story.sent_seqs()) == {1}
    assert 4 <= len(story.sent_seqs()) <= 7
    assert story.said(TOPICS.event("north", "closed"))[0]["report"]["parcel"] == 1


def test_an_acknowledgement_opens_the_way_again(story: Story) -> None:
    story.report(900)
    hub_comes_ns = story.clock.now_ns + int(2e9)

    def hub(message: Outgoing) -> None:
        seqs = seqs_of(message)
        if seqs and story.clock.now_ns >= hub_comes_ns:
            story.hear(seqs[-1])

    story.link.on_published = hub
    assert story.run(10) == {"north": 0}
    times_sent = Counter(story.sent_seqs())
    assert sum(times > 1 for times in times_sent.values()) < 300
    assert list(times_sent) == list(range(1, 901))


def test_after_a_lost_connection_the_box_goes_on_where_the_hub_says(story: Story) -> None:
    story.report(10)
    story.hear(0, resume=True)
    story.run(0.1)
    assert story.sent_seqs()[:10] == list(range(1, 11))
    story.link.published.clear()
    story.link.coming += [LinkDown("cable"), LinkUp()]
    story.hear(8, resume=True)
    story.begin()
    story.run(0.1)
    assert story.sent_seqs()[:2] == [9, 10]


def test_a_hub_that_lost_reports_gets_them_again_from_the_journal(story: Story) -> None:
    story.report(50)
    story.hear(50, resume=True)
    story.run(0.1)
    assert story.sent_seqs() == []
    story.link.coming.append(LinkUp())
    story.hear(20, resume=True)
    story.begin()
    story.run(0.5)
    assert story.sent_seqs()[:30] == list(range(21, 51))


def test_acknowledgements_that_cannot_be_true_are_refused_by_reason(story: Story) -> None:
    story.report(5)
    story.hear(0, resume=True)
    story.hear(6)
    story.hear(6, resume=True)
    story.hear(3, epoch=story.journal.epoch % 2**40 + 1)
    lies = [
        (TOPICS.ack, b"garbage", False),
        (TOPICS.ack, b'{"v":1,"line":"north","epoch":1,"seq":-1}', False),
        (TOPICS.ack, b"x" * 5000, False),
        (TOPICS.ack, encode_message(AckMessage(line="south", epoch=1, seq=1)), False),
        (TOPICS.ack, encode_message(AckMessage(line="north", epoch=1, seq=1)), True),
        (TOPICS.connection, b"{}", False),
    ]
    story.link.coming += [MessageArrived(*lie) for lie in lies]
    assert story.run(0.2) == {"north": 5}
    assert story.gateway.refused == {
        "never_sent": 2,
        "other_epoch": 1,
        "malformed": 2,
        "too_large": 1,
        "unknown_line": 1,
        "retained": 1,
        "wrong_topic": 1,
    }
    assert len(story.link.accepted) == 10


def test_what_the_broker_does_not_take_waits_and_memory_stays_bounded(tmp_path: Path) -> None:
    story = Story(tmp_path, room=5)
    story.report(20_000)
    story.hear(0, resume=True)
    assert story.run(0.5) == {"north": 20_000}
    assert len(story.link.published) == 6
    story.journal.close()


def test_nothing_is_published_that_the_disk_refused_to_keep(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk failed")

    story.run(0.1)
    story.report(5)
    story.link.coming.append(LinkUp())
    story.hear(0, resume=True)
    story.begin()
    monkeypatch.setattr(os, "fdatasync", refuse)
    with pytest.raises(OSError, match="the disk failed"):
        story.run(5)
    assert story.sent_seqs() == []


def test_the_journal_is_synced_by_interval_and_not_by_report(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda _: syncs.append(story.clock.now_ns))
    story.hear(0, resume=True)
    story.link.on_idle = lambda: story.report(1)
    story.run(2)
    assert 10 <= len(syncs) <= 40
    assert min(b - a for a, b in pairwise(syncs)) >= int(0.2e9)


def test_the_cursor_survives_and_a_damaged_one_costs_nothing(story: Story) -> None:
    story.report(9)
    story.hear(7, resume=True)
    assert story.run(0.1) == {"north": 2}
    cursor = load_cursor(story.files.cursor_path)
    assert cursor is not None
    assert (cursor.epoch, cursor.seq) == (story.journal.epoch, 7)
    story.files.cursor_path.write_bytes(b"\x00" * 30)
    story.link.coming.append(LinkUp())
    story.hear(9, resume=True)
    story.begin()
    assert story.run(0.1) == {"north": 0}


def test_a_new_epoch_begins_when_the_old_one_is_delivered(story: Story) -> None:
    story.report(3)
    first_epoch = story.journal.epoch
    story.journal.close()
    apart = story.files.journal_dir.with_name("other")
    story.journal = JournalWriter.open(apart)
    story.report(2)
    (apart / "00000001.journal").rename(story.files.journal_dir / "00000002.journal")
    story.hear(0, epoch=first_epoch, resume=True)
    assert story.run(0.1) == {"north": 5}
    assert story.sent_seqs()[:3] == [1, 2, 3]
    story.link.published.clear()
    story.link.coming.append(LinkUp())
    story.hear(3, epoch=first_epoch, resume=True)
    story.begin()
    assert story.run(3) == {"north": 2}
    epochs = {json.loads(m.payload).get("epoch") for m in story.link.published} - {None}
    assert epochs == {story.journal.epoch}


def test_a_damaged_journal_leaves_the_gateway_running_and_says_which_line(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.report(30)
    segment = story.files.journal_dir / "00000001.journal"
    content = bytearray(segment.read_bytes())
    content[500] ^= 1
    segment.write_bytes(content)
    assert story.run(0.1) == {"north": 0}
    assert "line north is not delivered any more" in caplog.text
    assert "00000001.journal" in caplog.text
