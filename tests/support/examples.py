"""How many examples a property test is shown, where the usual number is not what it needs."""

from __future__ import annotations

from hypothesis import settings

_USUAL = 100


def examples(count: int) -> int:
    """So many in the usual profile, and in another one as many times more or fewer as it has."""
    return max(1, count * settings().max_examples // _USUAL)
