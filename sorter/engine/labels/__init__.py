"""Label knowledge: which formats a scanned code has, whether it was read right, where it goes.

Barcode formats are facts in tables (`families/`), each with its source; reading a code needs
nothing but the code, the site's list of formats and its home country.
"""

from sorter.engine.labels.catalogue import DEFAULT_FORMATS, FORMATS
from sorter.engine.labels.format import Format
from sorter.engine.labels.label import Label, Match
from sorter.engine.labels.reading import LabelReader, read_label, remove_blanks

__all__ = [
    "DEFAULT_FORMATS",
    "FORMATS",
    "Format",
    "Label",
    "LabelReader",
    "Match",
    "read_label",
    "remove_blanks",
]
