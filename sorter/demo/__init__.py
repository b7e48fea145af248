"""The demo: a real hub's work on one machine, with its own judge.

Here stand the shipped routing table of Liege (`liege/`), the mix of parcels that comes down the
line (`mix.py`), the labels on them (`labels.py`) and the line they run on (`plant.py`). What is
true about a parcel, its destination above all, is settled while it is made and never asked of the
controller's code: `labels.py` shares nothing with `sorter.engine.labels`, and postal codes come
from a list in which each has its own destination, not from the routing table's ranges.
"""
