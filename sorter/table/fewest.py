"""The prefixes of many ranges made the fewest that answer the same.

Rows of `prefixes.csv` stay as they are; only what ranges were compiled to changes, by two rules:

- Where all ten digits after a beginning lead to one destination by ranges, that beginning can
  stand for them: 4000 to 4499 and 4500 to 4999 are the prefix 4. It is not taken where a row lists
  it. A prefix never stands for a code that no range names, so a code that was cut short has a
  destination only where all its continuations have it.
- A prefix is left out that says the same as the longest shorter one, whoever it comes from.

So every code as long as those of its ranges has the destination it had. The prefix that a decision
names may be a shorter one.
"""

from __future__ import annotations

from collections.abc import Mapping

_ZERO = ord("0")
_OTHER_DIGITS = [b"%d" % digit for digit in range(1, 10)]


def fewest_prefixes(listed: Mapping[bytes, int], ranged: Mapping[bytes, int]) -> dict[bytes, int]:
    """What of `ranged`, or in its place, is needed beside `listed`; all are prefix -> destination.

    What is in both has one destination.
    """
    return _without_repeats(listed, {**ranged, **_worthwhile(listed, ranged)})


def _worthwhile(listed: Mapping[bytes, int], ranged: Mapping[bytes, int]) -> dict[bytes, int]:
    """Beginnings that stand for two or more of the prefixes below them."""
    by_length: dict[int, dict[bytes, int]] = {}
    for prefix, number in ranged.items():
        by_length.setdefault(len(prefix), {})[prefix] = number
    # What stands for nothing: a listed row answers for it, or for all its ten parts.
    idle = ranged.keys() & listed.keys()
    worthwhile = {}
    for length in range(max(by_length, default=0), 1, -1):
        level = by_length.get(length, {})
        for first, number in level.items():
            if first[-1] != _ZERO:
                continue
            beginning = first[:-1]
            if beginning in ranged or any(
                level.get(beginning + digit) != number for digit in _OTHER_DIGITS
            ):
                continue
            by_length.setdefault(length - 1, {})[beginning] = number
            parts = [first, *(beginning + digit for digit in _OTHER_DIGITS)]
            stands_for = sum(part not in idle for part in parts)
            if beginning in listed or stands_for == 0:
                idle.add(beginning)
            elif stands_for > 1:
                worthwhile[beginning] = number
    return worthwhile


def _without_repeats(listed: Mapping[bytes, int], ranged: Mapping[bytes, int]) -> dict[bytes, int]:
    """Those of `ranged` that say something else than the longest shorter prefix of all."""
    needed = {}
    around: list[tuple[bytes, int]] = []
    for prefix in sorted({**ranged, **listed}):
        while around and not prefix.startswith(around[-1][0]):
            around.pop()
        number = listed.get(prefix)
        if number is None:
            number = ranged[prefix]
            if around and around[-1][1] == number:
                continue
            needed[prefix] = number
        around.append((prefix, number))
    return needed
