"""Whose facts the tables of formats are."""

from __future__ import annotations

TRACKING_NUMBER_DATA = "jkeen/tracking_number_data (MIT)"
GS1_GENERAL_SPECIFICATIONS = "GS1 General Specifications"
DEUTSCHE_POST = "Deutsche Post, Leitcode and Identcode (Interleaved 2 of 5)"
DPD_LABEL = f"{TRACKING_NUMBER_DATA}; DPD parcel label: leading identification character"
CAINIAO = "Cainiao logistics order numbers as printed on parcels"
