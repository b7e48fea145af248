"""The same core as `plain`, compiled for x86-64 processors with AVX2."""

from sorter._native.plain import *  # noqa: F403 - one interface, described once
