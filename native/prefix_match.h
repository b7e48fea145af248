/* Answers of two numbers, each a named tuple. Whoever takes an answer apart at once gives it back at
 * once, so the last one is kept and filled anew when nobody else has it: nothing needs to be
 * allocated. */

#ifndef SORTER_PREFIX_MATCH_H
#define SORTER_PREFIX_MATCH_H

#include <Python.h>

static inline int is_ours_alone(PyObject *match)
{
#if PY_VERSION_HEX >= 0x030e0000 || defined(Py_GIL_DISABLED)
    return 0; /* a tuple remembers its hash, or others may take it meanwhile */
#else
    return match != NULL && Py_REFCNT(match) == 1;
#endif
}

static inline void drop_spare(PyObject **spare)
{
    Py_CLEAR(*spare);
}

/* The match of these numbers, of the named tuple `kind`. */
static inline PyObject *match_in(
    PyObject **spare, PyTypeObject *kind, long destination, long length)
{
    PyObject *items[2] = {PyLong_FromLong(destination), PyLong_FromLong(length)};
    PyObject *match = *spare;
    if (!items[0] || !items[1])
        goto failed;
    if (!is_ours_alone(match)) {
        match = kind->tp_alloc(kind, 2);
        if (!match)
            goto failed;
        Py_XDECREF(*spare);
        *spare = match;
    }
    for (int place = 0; place < 2; place++) {
        PyObject *before = PyTuple_GET_ITEM(match, place);
        PyTuple_SET_ITEM(match, place, items[place]);
        Py_XDECREF(before);
    }
    Py_INCREF(match);
    return match;
failed:
    Py_XDECREF(items[0]);
    Py_XDECREF(items[1]);
    return NULL;
}

#endif
