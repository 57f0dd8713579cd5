"""Chunks on the desktop's disk, from the moment they are finished until the gateway has acknowledged them."""
