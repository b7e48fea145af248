"""The outbox against a plain model: whatever is sent, acknowledged or begun again, in any order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sorter.gateway.outbox import Outbox
from sorter.protocol.messages import MAX_BATCH_EVENTS, EventBody, utc_text
from tests.support.reports import UTC_NS

START = 7


def event(seq: int, length: int = 20) -> EventBody:
    content = b'{"kind":"x","pad":"%s"}' % (b"a" * length)
    return EventBody(
        seq=seq, utc=utc_text(UTC_NS), utc_quality="synced", report=msgspec.Raw(content)
    )


class OutboxStory(RuleBasedStateMachine):
    """`acked`, `sent` and `last` are all there is to know."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(5, START)
        self.acked = self.sent = self.last = START

    @rule(count=st.integers(1, 40), length=st.integers(0, 3000))
    def admit(self, count: int, length: int) -> None:
        for _ in range(count):
            self.last += 1
            self.outbox.admit(event(self.last, length))

    @rule()
    def send(self) -> None:
        events = self.outbox.next_events()
        assert [e.seq for e in events] == list(range(self.sent + 1, self.sent + 1 + len(events)))
        assert bool(events) == (self.sent < self.last)
        if events:
            self.sent = events[-1].seq
            self.outbox.mark_sent(self.sent)

    @precondition(lambda self: self.sent > self.acked)
    @rule(share=st.floats(0, 1))
    def acknowledge(self, share: float) -> None:
        self.acked += round(share * (self.sent - self.acked))
        self.outbox.acknowledge(self.acked)

    @rule(ahead=st.integers(1, 50))
    def hub_has_more_than_was_sent_in_this_run(self, ahead: int) -> None:
        self.acked += ahead
        self.outbox.acknowledge(self.acked)
        self.sent, self.last = max(self.sent, self.acked), max(self.last, self.acked)

    @rule()
    def rewind(self) -> None:
        self.sent = self.acked
        self.outbox.rewind()

    @invariant()
    def counts_agree(self) -> None:
        outbox = self.outbox
        assert (outbox.acked, outbox.sent, outbox.last) == (self.acked, self.sent, self.last)
        assert len(outbox) == self.last - self.acked
        assert outbox.unsent == self.last - self.sent
        assert outbox.unacknowledged == self.sent - self.acked
        assert (outbox.pending_bytes > 0) == (self.last > self.acked)
        assert outbox.highest_sent >= self.sent


TestOutboxStory = OutboxStory.TestCase
TestOutboxStory.settings = settings(max_examples=50, stateful_step_count=20)


def test_a_report_out_of_turn_is_refused_and_changes_nothing() -> None:
    outbox = Outbox(5, START)
    with pytest.raises(ValueError, match="report 9 of epoch 5 comes after 7"):
        outbox.admit(event(9))
    assert len(outbox) == 0


def test_an_old_acknowledgement_says_nothing_new() -> None:
    outbox = Outbox(5, START)
    outbox.admit(event(8))
    outbox.mark_sent(8)
    outbox.acknowledge(3)
    assert (outbox.acked, outbox.sent) == (START, 8)


def test_a_message_takes_as_many_reports_as_fit() -> None:
    outbox = Outbox(5, 0)
    for seq in range(1, 1500):
        outbox.admit(event(seq, 1))
    assert 200 < len(outbox.next_events()) <= MAX_BATCH_EVENTS
    big = Outbox(5, 0)
    for seq in range(1, 5):
        big.admit(event(seq, 40_000))
    assert len(big.next_events()) == 1
