"""Python's own objects as the codes of a search: bytes, str, numpy arrays, Arrow-style columns."""

from typing import NamedTuple

cimport numpy
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from code_input cimport CELLS, KEYS, OFFSETS_32, OFFSETS_64, CodeBatch, set_content
from exact cimport LONGEST_CODE, Key

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    bint PyUnicode_IS_COMPACT_ASCII(object text)

cdef extern from *:
    """
    static const uint8_t NO_CODE[32] = {0};
    """
    const uint8_t NO_CODE[32]

cdef enum:
    ROOM_BYTES = 32 + LONGEST_CODE


class ArrowCodes(NamedTuple):
    """Codes as Apache Arrow lays out a column of strings.

    `offsets` is an int32 or int64 array of shape (n + 1,); code i is the bytes of `content` from
    offsets[i] up to offsets[i + 1]. `content` is a contiguous buffer.
    """

    offsets: object
    content: object


cdef inline bint is_apart(object code) noexcept:
    """Whether a str keeps its characters in a block of their own, as subclasses of it do."""
    if not PyUnicode_Check(code) or PyUnicode_IS_COMPACT_ASCII(code):
        return False
    return PyUnicode_IS_ASCII(code)


cdef inline int read_key(object code, Key* key, uint8_t* room) except -1:
    """Point at a code's characters. Text outside ASCII can be no code, so it reads as empty.

    A bytes or str object has 32 bytes of its own before its characters. `room` is ROOM_BYTES for
    the rare one that has not.
    """
    if PyBytes_Check(code):
        key.text = <const uint8_t*>PyBytes_AS_STRING(code)
        key.length = PyBytes_GET_SIZE(code)
    elif PyUnicode_Check(code) and not PyUnicode_IS_ASCII(code):
        key.text = &NO_CODE[32]
        key.length = 0
    elif PyUnicode_Check(code):
        key.text = <const uint8_t*>PyUnicode_DATA(code)
        key.length = PyUnicode_GET_LENGTH(code)
        if is_apart(code):
            key.length = key.length if key.length <= LONGEST_CODE else 0
            memcpy(room + 32, key.text, key.length)
            key.text = room + 32
    else:
        raise TypeError(f"a code is bytes or str, not {type(code).__name__}")
    return 0


cdef object open_objects(object codes, CodeBatch* batch):
    cdef uint8_t room[ROOM_BYTES]
    cdef Py_ssize_t number
    cdef tuple items = tuple(codes)
    for code in items:
        if is_apart(code):
            items = tuple([str.encode(each) if is_apart(each) else each for each in items])
            break
    batch.kind = KEYS
    batch.count = len(items)
    batch.keys = <Key*>malloc(max(batch.count, 1) * sizeof(Key))
    if batch.keys is NULL:
        raise MemoryError(f"no memory for {batch.count} codes")
    for number in range(batch.count):
        read_key(items[number], &batch.keys[number], room)
    return items


cdef object open_cells(numpy.ndarray cells, CodeBatch* batch):
    if cells.ndim != 1 or numpy.PyArray_TYPE(cells) != numpy.NPY_STRING:
        raise TypeError(
            f"found an array of {cells.dtype} in {cells.ndim} dimensions; codes are a "
            "one-dimensional array of bytes (dtype S), or a list of bytes or str"
        )
    cells = numpy.PyArray_GETCONTIGUOUS(cells)
    batch.kind = CELLS
    batch.count = numpy.PyArray_DIM(cells, 0)
    batch.width = numpy.PyArray_ITEMSIZE(cells)
    set_content(
        batch, <const uint8_t*>numpy.PyArray_DATA(cells), batch.count * batch.width
    )
    return cells


cdef object open_arrow(object codes, CodeBatch* batch):
    cdef const uint8_t[::1] content
    cdef numpy.ndarray offsets
    given, bytes_given = codes
    if not isinstance(given, numpy.ndarray) or given.dtype not in ("int32", "int64"):
        raise TypeError("offsets are a numpy array of int32 or int64")
    if given.ndim != 1 or given.shape[0] == 0:
        raise ValueError(f"offsets of shape {given.shape}; n codes need shape (n + 1,)")
    offsets = given if numpy.PyArray_ISCARRAY_RO(given) else given.copy()
    content = memoryview(bytes_given).cast("B")
    if numpy.PyArray_ITEMSIZE(offsets) == 4:
        batch.kind = OFFSETS_32
        batch.offsets_32 = <const int32_t*>numpy.PyArray_DATA(offsets)
    else:
        batch.kind = OFFSETS_64
        batch.offsets_64 = <const int64_t*>numpy.PyArray_DATA(offsets)
    batch.count = numpy.PyArray_DIM(offsets, 0) - 1
    set_content(batch, &content[0] if content.shape[0] else NULL, content.shape[0])
    return offsets, content


cdef object open_batch(object codes, CodeBatch* batch):
    """See codes in place; returns what must be kept alive meanwhile.

    The batch is a cleared one, and is closed even when this fails. Raises TypeError, ValueError,
    MemoryError.
    """
    if isinstance(codes, numpy.ndarray):
        return open_cells(codes, batch)
    if isinstance(codes, ArrowCodes):
        return open_arrow(codes, batch)
    if isinstance(codes, (bytes, str)):
        raise TypeError("found one code; a batch is a list of codes, or an array of bytes")
    return open_objects(codes, batch)


cdef inline int close_batch(CodeBatch* batch) except -1:
    """Raises ValueError when codes of an Arrow column lay outside its content."""
    free(batch.keys)
    batch.keys = NULL
    if batch.first_bad >= 0:
        raise ValueError(
            f"the offsets of code {batch.first_bad} lie outside the content's "
            f"{batch.content_bytes} bytes, or run backwards"
        )
    return 0


cdef numpy.ndarray answers_for(Py_ssize_t count, object out):
    """The array for `count` answers: the caller's, when it can take them. Raises ValueError."""
    cdef numpy.npy_intp shape = count
    cdef numpy.ndarray answers
    if out is None:
        return numpy.PyArray_EMPTY(1, &shape, numpy.NPY_INT32, 0)
    if isinstance(out, numpy.ndarray):
        answers = out
        if (
            numpy.PyArray_TYPE(answers) == numpy.NPY_INT32
            and answers.ndim == 1
            and numpy.PyArray_DIM(answers, 0) == count
            and numpy.PyArray_ISCARRAY(answers)
        ):
            return answers
    raise ValueError(
        f"out is {getattr(out, 'dtype', type(out).__name__)} of shape "
        f"{getattr(out, 'shape', None)}; {count} codes need a writable, contiguous int32 array "
        f"of shape ({count},)"
    )


cdef inline bint overlap(
    const void* one, Py_ssize_t one_bytes, const void* other, Py_ssize_t other_bytes
) noexcept:
    return (
        <const uint8_t*>one < <const uint8_t*>other + other_bytes
        and <const uint8_t*>other < <const uint8_t*>one + one_bytes
    )


cdef inline int refuse_overlap(const CodeBatch* batch, numpy.ndarray answers) except -1:
    """Answers that are written over codes not yet read would change what is asked for."""
    cdef const void* out = numpy.PyArray_DATA(answers)
    cdef Py_ssize_t bytes_out = numpy.PyArray_NBYTES(answers)
    cdef bint found = False
    if batch.kind != KEYS:
        found = overlap(out, bytes_out, batch.content, batch.content_bytes)
    if batch.kind == OFFSETS_32:
        found = found or overlap(out, bytes_out, batch.offsets_32, 4 * (batch.count + 1))
    if batch.kind == OFFSETS_64:
        found = found or overlap(out, bytes_out, batch.offsets_64, 8 * (batch.count + 1))
    if found:
        raise ValueError("out and the codes share memory")
    return 0
