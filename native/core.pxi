"""The Python face of the native core; each variant includes it. The rules are in the .pxd files."""

import sys

cimport numpy
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t

from exact cimport LONGEST_CODE
from exact_check cimport is_printable
from processor cimport has_x86_64_v3

if sys.byteorder != "little":
    raise ImportError(
        "sorter's routing table needs a little-endian machine: compiled tables are mapped as they "
        f"are, and this one is {sys.byteorder}-endian"
    )

numpy.import_array()

MAX_CODE_LENGTH = LONGEST_CODE
MAX_DESTINATIONS = 1 << 16


def variants():
    """The names of the variants of this core that the processor can run, the fastest last."""
    return ("plain", "x86_64_v3") if has_x86_64_v3() else ("plain",)


def code_fault(bytes code not None):
    """Why these bytes can be no key, or None: a key is 1 to 48 printable ASCII characters."""
    cdef Py_ssize_t length = PyBytes_GET_SIZE(code)
    if length == 0:
        return "empty"
    if length > LONGEST_CODE:
        return f"{length} characters"
    if not is_printable(<const uint8_t*>PyBytes_AS_STRING(code), length):
        return "a character that is not printable ASCII"
    return None


include "checksum.pxi"
include "names.pxi"
include "region.pxi"
include "code_objects.pxi"
include "codes.pxi"
include "sorting.pxi"
include "section_writer.pxi"
include "csv.pxi"
include "prefixes.pxi"
include "prefix_changes.pxi"
