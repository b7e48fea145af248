"""Why a parcel went where it went: the engine's reason codes, each in a person's words."""

from __future__ import annotations

ASSIGNED = "assigned"
ALTERNATE = "alternate"
OVERFLOW = "overflow"
FALLBACK = "fallback"
FULL = "full"
TOO_LATE = "too_late"
GAP = "gap"
DIVERTER_DOWN = "diverter_down"
NO_CHUTE = "no_chute"
NOT_EXECUTED = "not_executed"
NO_CONFIRM = "no_confirm"
AMBIGUOUS = "ambiguous_telegram"
DOUBLE_INDUCT = "double_induct"
MISSED_EYE = "missed_eye"
NEVER_SEEN_AGAIN = "never_seen_again"
TWO_IN_WINDOW = "two_in_window"
LENGTH_CHANGED = "length_changed"
TOO_LONG = "too_long"
NO_LENGTH = "no_length"
ENCODER_RESET = "encoder_reset"
ENCODER_DEAD = "encoder_dead"
ENCODER_DRIFTS = "encoder_drifts"
EDGES_MISSED = "edges_missed"
FLUSHED = "flushed"
DUPLICATE = "duplicate"
MAX_LAPS = "max_laps"
UNPROVEN = "unproven"
EXCHANGED = "exchanged"
WRONG_CHUTE = "wrong_chute"
TAKEN_OFF = "taken_off"
SHADOW = "shadow"
MAINTENANCE = "maintenance"
MACHINE_STOPPED = "machine_stopped"
BLOCKED = "blocked"
JAMMED = "jammed"
FAULTED = "faulted"
NO_ROOM = "no_room"
RATE = "rate"
AFTER_CUT_OFF = "after_cut_off"

WORDS = {
    ASSIGNED: "the first chute of its destination",
    ALTERNATE: "another chute of its destination, the first was not to be had",
    OVERFLOW: "overflow, every chute of its destination is shut",
    FALLBACK: "the chute the plan keeps for parcels like this",
    FULL: "the chutes of its destination are full",
    TOO_LATE: "decided too late for the diverter",
    GAP: "too close to its neighbour for the diverter",
    DIVERTER_DOWN: "the diverter's controller was not ready",
    NO_CHUTE: "the plan has no chute on this line for its destination",
    NOT_EXECUTED: "the diverter did not fire",
    NO_CONFIRM: "the diverter fired, the chute's eye did not see it",
    DOUBLE_INDUCT: "its codes are of two parcels",
    AMBIGUOUS: "a telegram could belong to it or to its neighbour",
    MISSED_EYE: "it did not come to the next eye",
    NEVER_SEEN_AGAIN: "neither a chute's eye nor the end eye saw it",
    TWO_IN_WINDOW: "two parcels came where one was expected",
    LENGTH_CHANGED: "its length changed between two eyes",
    TOO_LONG: "longer than any parcel: two end to end, or a jam",
    NO_LENGTH: "its tail was not seen where it came onto the belt",
    ENCODER_RESET: "the encoder was reset while it was on the belt",
    ENCODER_DEAD: "parcels came to eyes while the encoder did not count",
    ENCODER_DRIFTS: "the encoder counts too wrong to hit its diverter so far behind an eye",
    EDGES_MISSED: "what the eyes saw was overwritten before it was read",
    FLUSHED: "control or PLC were away or the line was stopped, and no eye proved it since",
    DUPLICATE: "another parcel on the belt, or just off it, bears the same code",
    MAX_LAPS: "overflow, no chute of its destination took it on any lap",
    UNPROVEN: "no eye before the diverter saw it whole where it should be",
    EXCHANGED: "it came round with other codes than it had: another is in its place",
    TAKEN_OFF: "a person took it off the belt",
    WRONG_CHUTE: "it was seen in a chute that was not meant for it",
    SHADOW: "the line only shows what it would do, and fires nothing",
    MAINTENANCE: "the line is in maintenance, and fires nothing",
    BLOCKED: "a person has blocked the chute",
    JAMMED: "the mouth of the chute is jammed",
    FAULTED: "its diverter missed too often and awaits a person",
    NO_ROOM: "as many parcels as the chute can take were on their way to it",
    AFTER_CUT_OFF: "the chute for what has missed its departure",
    RATE: "the chute had been given as many parcels as it may get in a while",
    MACHINE_STOPPED: "the machine was stopped, and fires nothing",
}
