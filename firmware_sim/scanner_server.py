"""The scanner's TCP port: every telegram to every client that is connected.

Like a real scanner it keeps nothing for later: without a client a telegram is gone, and a client
that does not read is cut off. What clients send is ignored.
"""

from __future__ import annotations

from firmware_sim.tcp import TcpServer


class ScannerServer(TcpServer):
    """Speaks to whoever listens."""

    def send(self, telegram: bytes) -> None:
        """Say it to every client."""
        for transport in tuple(self._clients):
            transport.write(telegram)
