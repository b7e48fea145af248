"""Telling a running line something, through the control process that runs it."""

from __future__ import annotations

from typing import Any

from sorter.adapters.local_socket import call
from sorter.app.activate import RefusedError
from sorter.config import Config
from sorter.protocol.local import MAX_LINE_BYTES, Answer, AnyRequest, decode_answer, encode


def ask_line(config: Config, line: str, request: AnyRequest) -> dict[str, Any]:
    """What control answers. Raises RefusedError, also when nobody runs the line, and OSError."""
    try:
        answer: Answer = decode_answer(
            call(config.control_socket(line), encode(request), MAX_LINE_BYTES)
        )
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise RefusedError(f"no control process runs line {line}") from error
    if answer.refused is not None:
        raise RefusedError(answer.refused)
    return answer.done or {}
