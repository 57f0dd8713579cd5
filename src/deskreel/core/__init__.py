"""Vocabulary and rules. Pure: no I/O, no asyncio, no clock, no logging. Everything else depends on this."""
