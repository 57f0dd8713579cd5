"""Benchmarks of the way of the data: call event, capture, upload, storage, playback."""
