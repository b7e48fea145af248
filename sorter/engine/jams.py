"""Eyes that stay covered: a jam.

Over the belt, an eye is covered for as much travel as a parcel is long; after `jam_after` pulses
something is caught under it. In the mouth of a chute nothing moves with the belt, so there time
tells: after the chute's `jam_after_ns` a parcel is stuck. A limit of 0 is none.
"""

from __future__ import annotations

import msgspec

from sorter.engine.layout import Layout, confirm_eye, eyes_over_belt


class Cover(msgspec.Struct):
    """An eye that is covered, since when, and whether that counts as a jam by now."""

    eye: str
    chute: str | None
    since_count: int
    since_ns: int
    jammed: bool = False


class CoveredEyes:
    """The eyes of one line that are covered."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._chutes = {confirm_eye(chute): chute for chute in layout.chutes}
        self._eyes = frozenset((*eyes_over_belt(layout), *self._chutes))
        self._covers: dict[str, Cover] = {}

    def cover(self, eye: str, at_count: int, now_ns: int) -> None:
        """Something covers the eye. Eyes that are not the line's are left alone."""
        if eye in self._eyes and eye not in self._covers:
            self._covers[eye] = Cover(eye, self._chutes.get(eye), at_count, now_ns)

    def uncover(self, eye: str) -> Cover | None:
        """The eye is free: gives the cover if it was a jam."""
        cover = self._covers.pop(eye, None)
        return cover if cover is not None and cover.jammed else None

    def count_from(self, count: int) -> None:
        """The count jumped: what is covered has been so since this count."""
        for cover in self._covers.values():
            cover.since_count = count

    def new_jams(self, count: int, now_ns: int) -> list[Cover]:
        """Covers that have become jams by now."""
        jams = [cover for cover in self._covers.values() if self._is_new(cover, count, now_ns)]
        for cover in jams:
            cover.jammed = True
        return jams

    def any_over_belt(self) -> bool:
        """Whether there is a jam on the belt itself."""
        return any(cover.jammed and cover.chute is None for cover in self._covers.values())

    def _is_new(self, cover: Cover, count: int, now_ns: int) -> bool:
        if cover.jammed:
            return False
        if cover.chute is None:
            return 0 < self._layout.jam_after < count - cover.since_count
        return 0 < self._layout.chutes[cover.chute].jam_after_ns <= now_ns - cover.since_ns
