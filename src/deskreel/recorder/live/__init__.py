"""The live leg: the screen being recorded, sent to whoever watches it, as an extra that may fail at any moment.

Rooms, along the way of a frame: `tap` takes a copy from the capture's thread; `thread` waits, by the rules of `pace`,
and has `encoder` make H.264 of it; `session` sends it over one connection and goes by `rate`; `climb` makes that
connection, by the rules of `ladder`, with `whip` for the signalling; `publisher` holds these together, one connection
after the other; `leg` starts and ends it all as the server's order says.
"""
