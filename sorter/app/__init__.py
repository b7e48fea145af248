"""Composition roots: the only place that builds adapters and wires them into processes."""
