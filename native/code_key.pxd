"""A code as callers hand it over, bytes or text, seen as its characters without a copy."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport uint8_t

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)


cdef struct Key:
    # Borrowed: valid as long as the caller's object lives.
    const uint8_t* text
    Py_ssize_t length


cdef inline int read_key(object code, Key* key) except -1:
    """Point at a code's characters. Text outside ASCII can be no key, so it reads as empty."""
    if PyBytes_Check(code):
        key.text = <const uint8_t*>PyBytes_AS_STRING(code)
        key.length = PyBytes_GET_SIZE(code)
    elif PyUnicode_Check(code):
        key.text = <const uint8_t*>PyUnicode_DATA(code)
        key.length = PyUnicode_GET_LENGTH(code) if PyUnicode_IS_ASCII(code) else 0
    else:
        raise TypeError(f"a code is bytes or str, not {type(code).__name__}")
    return 0
