"""MQTT topics: built from checked names, and taken apart again.

A name (site, box, line) is 1 to 64 letters, digits, `_`, `-` or `.`, so that it can hold neither a
level separator nor a wildcard, and never `$`, with which brokers mark their own topics.
"""

from __future__ import annotations

import re

import msgspec

BASE = "sorter/v1"
# \Z and not $: the latter lets a line feed through at the end.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}\Z"
KIND_PATTERN = r"^[a-z][a-z0-9_]{0,63}\Z"
_NAME = re.compile(NAME_PATTERN)
_KIND = re.compile(KIND_PATTERN)


class TopicError(ValueError):
    """A name that can't stand in a topic, or a topic that is not ours."""


class BoxTopics:
    """The topics of one box."""

    def __init__(self, site: str, box: str) -> None:
        """Raises TopicError when a name can't stand in a topic."""
        self._base = f"{BASE}/{checked_name(site)}/box/{checked_name(box)}"
        self.connection = f"{self._base}/connection"
        self.about = f"{self._base}/about"
        self.ack = f"{self._base}/ack"

    def event(self, line: str, kind: str) -> str:
        """Where single reports of a kind go."""
        if not _KIND.fullmatch(kind):
            raise TopicError(f"found report kind {kind!r}, expected lower case letters and _")
        return f"{self._base}/line/{checked_name(line)}/event/{kind}"

    def batch(self, line: str) -> str:
        """Where reports of a line go many at once."""
        return f"{self._base}/line/{checked_name(line)}/batch"


class UpTopic(msgspec.Struct, frozen=True):
    """A topic on which a box speaks; `what` is connection, event or batch."""

    site: str
    box: str
    what: str
    line: str | None = None
    kind: str | None = None


def checked_name(name: str) -> str:
    """The name itself. Raises TopicError when it can't stand in a topic."""
    if not _NAME.fullmatch(name):
        raise TopicError(
            f"found the name {name!r}, expected 1 to 64 letters, digits, '_', '-' or '.', the"
            " first a letter or digit"
        )
    return name


def parse_up(topic: str) -> UpTopic:
    """Take a box's topic apart. Raises TopicError for any other topic."""
    match topic.split("/"):
        case ["sorter", "v1", site, "box", box, "connection"]:
            return UpTopic(checked_name(site), checked_name(box), "connection")
        case ["sorter", "v1", site, "box", box, "line", line, "batch"]:
            return UpTopic(checked_name(site), checked_name(box), "batch", checked_name(line))
        case ["sorter", "v1", site, "box", box, "line", line, "event", kind] if _KIND.fullmatch(
            kind
        ):
            names = checked_name(site), checked_name(box)
            return UpTopic(*names, "event", checked_name(line), kind)
    raise TopicError(f"found {topic[:200]!r}, expected a topic on which boxes speak")


def hub_filters(site: str | None) -> tuple[str, ...]:
    """What a collector subscribes to: the boxes of a site, or of all sites."""
    boxes = f"{BASE}/{'+' if site is None else checked_name(site)}/box/+"
    return f"{boxes}/connection", f"{boxes}/line/+/event/+", f"{boxes}/line/+/batch"
