"""The Python face of the native core; each variant includes it. The rules are in the .pxd files."""

import sys

cimport numpy
from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_Check,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
)
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from code_input cimport (
    CELLS,
    KEYS,
    OFFSETS_32,
    OFFSETS_64,
    CodeBatch,
    clear_batch,
    set_content,
)
from exact cimport LONGEST_CODE, Exact, Key, find_code
from exact_batch cimport find_batch, overlay_batch
from exact_check cimport is_printable
from exact_export cimport RowExport, export_rows
from exact_open cimport HEAD_WORDS, open_head, open_lines, refuse_unless_sound
from key_number cimport ShapeBook, write_shape_book
from line_table cimport (
    LINE_BYTES,
    LINE_WORDS,
    Place,
    place_destination,
    place_group,
    place_op,
)
from processor cimport has_x86_64_v3
from row_columns cimport Columns, add_columns
from row_duplicates cimport (
    Duplicate,
    Duplicates,
    SourceCode,
    count_alike,
    drop_duplicates,
    is_alike,
    read_source_codes,
    sort_duplicates,
)
from row_layout cimport Layout, lay_out_region, start_layout
from row_ops cimport is_gone
from row_sorter cimport (
    ADDED,
    IMPOSSIBLE,
    NO_MEMORY,
    AddResult,
    Sorter,
    best_key_bits,
    free_sorter,
    key_rows,
    lines_for,
    number_lines_for,
    pack_unfit_numbers,
    sort_all,
    sorter_add,
    unkey_numbers,
)

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    bint PyUnicode_IS_COMPACT_ASCII(object text)

if sys.byteorder != "little":
    raise ImportError(
        "sorter's routing table needs a little-endian machine: compiled tables are mapped as they "
        f"are, and this one is {sys.byteorder}-endian"
    )

numpy.import_array()

cdef ShapeBook SHAPES_IN_USE
write_shape_book(&SHAPES_IN_USE)

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
include "region.pxi"
include "code_objects.pxi"
include "codes.pxi"
include "sorting.pxi"
include "section_writer.pxi"
include "csv.pxi"
include "prefixes.pxi"
