"""WebRTC behind a narrow interface: H.264 that is encoded already goes out and comes in; nothing is decoded here.

`port` is all that the rest of Deskreel knows; aiortc, and what is patched in it, is known to this package alone.
"""
