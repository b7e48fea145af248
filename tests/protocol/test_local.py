"""What may be asked of control: a short list, and everything else is refused with its reason."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter.protocol.local import (
    Activate,
    Answer,
    AnyRequest,
    ShowStatus,
    decode_answer,
    decode_request,
    encode,
)

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize("request_", [ShowStatus(), Activate(table=DIGEST, plan=DIGEST)])
def test_a_request_arrives_as_it_was_made(request_: AnyRequest) -> None:
    line = encode(request_)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


@pytest.mark.parametrize(
    "answer", [Answer(done={"line": "line-1", "n": [1, None]}), Answer(refused="no\nsuch table")]
)
def test_an_answer_arrives_as_it_was_made(answer: Answer) -> None:
    line = encode(answer)
    assert line.count(b"\n") == 1
    assert decode_answer(line) == answer


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "truncated"),
        (b"{}", "missing required field `do`"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"do": "reboot"}', "Invalid value 'reboot' - at `$.do`"),
        (b'{"do": "status", "please": 1}', "unknown field `please`"),
        (b'{"do": "activate", "table": "%s"}' % DIGEST.encode(), "missing required field `plan`"),
        (b'{"do": "activate", "table": 7, "plan": 7}', "Expected `str`, got `int` - at `$.table`"),
        (
            b'{"do": "activate", "table": "../../etc/passwd", "plan": "x"}',
            "matching regex '^[0-9a-f]{64}$' - at `$.table`",
        ),
        (b'{"do": "status"', "truncated"),
        (b'{"do": "\xff"}', "utf-8"),
    ],
)
def test_a_request_that_is_none_is_refused_with_its_reason(line: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=r"^no request: ") as refused:
        decode_request(line)
    assert said in str(refused.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_value_error(line: bytes) -> None:
    try:
        request = decode_request(line)
    except ValueError:
        return
    assert json.loads(line)["do"] in {"status", "activate"}
    assert isinstance(request, ShowStatus | Activate)


def test_an_answer_that_is_none_is_named_as_one() -> None:
    with pytest.raises(ValueError, match=r"^no answer: "):
        decode_answer(b"Segmentation fault\n")
