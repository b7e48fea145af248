"""The native core is the only thing that pyproject.toml cannot describe."""

import os
import sysconfig
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

# Python's own flags ask for debug information, which takes a fifth of the compile time; whoever
# sets CFLAGS says himself whether there should be any.
DEBUGGING = () if "CFLAGS" in os.environ else ("-g0",)


def variant(name: str, *flags: str) -> Extension:
    """The core compiled for one kind of processor; `sorter._native` picks one at run time."""
    return Extension(
        f"sorter._native.{name}",
        [f"native/{name}.pyx"],
        include_dirs=["native", numpy.get_include()],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
        extra_compile_args=["-O3", "-pthread", *DEBUGGING, *flags],
        extra_link_args=["-pthread"],
        depends=[str(path) for path in Path("native").iterdir()],
    )


variants = [variant("plain")]
if sysconfig.get_platform().endswith("x86_64"):
    variants.append(variant("x86_64_v3", "-march=x86-64-v3"))

setup(
    ext_modules=cythonize(
        variants,
        include_path=["native"],
        build_dir="build",
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "embedsignature": True,
            # A method that is no Python function costs a third less to call.
            "binding": False,
        },
    ),
    options={"build_ext": {"parallel": 2}},
)
