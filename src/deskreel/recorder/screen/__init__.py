"""Screens: where pictures come from. `port` says what the recorder needs, the other modules deliver it.

Pictures flow from a display server into one persistent buffer and are read in place; nothing here encodes,
stores or knows why it is asked.
"""
