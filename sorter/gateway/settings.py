"""What a gateway is told at its start; every figure has the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LineFiles:
    """Where the files of one line lie."""

    name: str
    journal_dir: Path
    cursor_path: Path


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Frozen settings of one gateway.

    `sync_interval_s`: a power cut may lose that much of the journal; shorter wears the disk.
    `poll_s`: how soon a new report is seen; an idle look costs some microseconds.
    `window_reports`, `window_bytes`: sent or ready and not acknowledged, per line; bounds memory.
    `single_events`: up to so many are sent as single events, more as batches.
    `cursor_wait_s`: after connecting, for the hub to say what it has, before sending unasked.
    `resend_after_s`, doubling to `resend_max_s`: without an acknowledgement, send again.
    `cursor_interval_s`: how often the cursor file follows the hub's acknowledgements.
    `drain_s`: at the end, for the hub to acknowledge what the journals hold.
    """

    site: str
    box: str
    lines: tuple[LineFiles, ...]
    software: str = ""
    sync_interval_s: float = 0.2
    poll_s: float = 0.02
    window_reports: int = 4000
    window_bytes: int = 2 << 20
    single_events: int = 4
    cursor_wait_s: float = 1.0
    resend_after_s: float = 2.0
    resend_max_s: float = 15.0
    cursor_interval_s: float = 1.0
    drain_s: float = 5.0
