"""Benchmarks of call control."""
