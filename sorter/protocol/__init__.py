"""Bytes to facts and back: scanner telegrams, PLC maps, journal frames, hub messages. Pure."""
