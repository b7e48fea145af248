"""One file for each thing outside: its library or protocol is known there and nowhere else."""
