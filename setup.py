"""The native core is the only thing that pyproject.toml cannot describe."""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    ext_modules=cythonize(
        [
            Extension(
                "sorter._native",
                ["native/_native.pyx"],
                extra_compile_args=["-O3"],
                depends=[str(path) for path in Path("native").glob("*.pxd")],
            )
        ],
        include_path=["native"],
        build_dir="build",
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "embedsignature": True,
        },
    )
)
