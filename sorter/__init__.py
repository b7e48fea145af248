"""sorter: the open controller for parcel sorting lines."""

__version__ = "0.1.0"
