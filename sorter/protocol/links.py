"""How a link to a device can fail. What the caller may assume differs, so each has its own name."""

from __future__ import annotations


class LinkError(Exception):
    """A request over a device link did not succeed."""


class LinkDownError(LinkError):
    """Nothing was sent: there is no connection."""


class LinkSilentError(LinkError):
    """The request was sent and no answer came: it may have been obeyed or not.

    The connection has been reset, so that the frame is not delivered any later.
    """


class LinkRefusedError(LinkError):
    """The device answered with an exception: the request was not obeyed. `code` is Modbus's."""

    def __init__(self, code: int, request: str) -> None:
        self.code = code
        super().__init__(f"{request}: the device answered with Modbus exception {code}")
