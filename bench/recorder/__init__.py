"""Benchmarks of the recorder: its cost, what it makes of a desktop, and what it loses."""
