"""Compiles `bare.pyx`, the floors of a lookup, when a bench asks for them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol, cast

from Cython.Build import cythonize
from setuptools import Distribution, Extension

SOURCE = Path(__file__).with_name("bare.pyx")


class Memory(Protocol):
    """Memory of its own, in huge or in 4 KiB pages."""

    def __len__(self) -> int: ...

    def touch_lines(self, first: int, count: int) -> int:
        """Read a word of each of `count` random cache lines, 16 prefetches in flight."""
        ...

    def sum(self) -> int:
        """Read all of it once."""
        ...


class Bare(Protocol):
    """The compiled module."""

    def empty_call(self, code: bytes, /) -> int:
        """What a call costs that does nothing."""
        ...

    def Memory(self, size: int, huge: bool, /) -> Memory:  # noqa: N802 - it is a class there
        """At least `size` bytes. Raises MemoryError."""
        ...


def compiled_floors(folder: Path) -> Bare:
    """The floors as a module, built in `folder`, which must be left alone as long as it is used."""
    extension = Extension("bare", [str(SOURCE)], extra_compile_args=["-O3"])
    modules = cythonize(  # type: ignore[no-untyped-call]  # it has no types
        [extension], build_dir=str(folder), quiet=True, compiler_directives={"language_level": 3}
    )
    build = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
    build.build_lib = build.build_temp = str(folder)
    build.ensure_finalized()
    build.run()
    path = build.get_ext_fullpath("bare")
    spec = importlib.util.spec_from_file_location("bare", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Bare, module)
