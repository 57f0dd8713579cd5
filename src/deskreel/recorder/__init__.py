"""The recorder: captures an agent's desktop, spools what it captured and sends it on.

Rooms, along the way of a frame:

screen/   what is on the desktop: pixels, monitors, pointer, lock
canvas/   a grabbed picture, drawn into the fixed picture of the recording
encode/   frames to H.264, in hardware or software
capture/  the thread that obeys orders, its runs, and the chunks they make
spool/    chunks on the disk until they are acknowledged
upload/   what may leave the desktop, in which order, how fast
live/     the screen sent to whoever watches it now, beside the recording
control/  what the server wants, its time, and the state that follows
adapt/    what the recorder gives up when desktop, disk or link are short
enrol/    who this recorder is, and its secrets
status/   what it says of itself
tray/     the agent's side: icon, window, banner; a process of its own

`app` puts the parts together; `__main__` is the process.
"""
