"""Media: fMP4 boxes and fragments, segments and playlists, assembly, call audio, export.

Bytes and values only, apart from `audio` and `export`, which go through PyAV. Nothing here knows object keys,
HTTP or the clock.
"""
