"""The pure engine: events in, commands and reports out.

No I/O, no clock, no thread, no random. Time and encoder count are fields of the events, and
positions are integers, so that a recorded shift runs again on any machine to the same commands.
"""
