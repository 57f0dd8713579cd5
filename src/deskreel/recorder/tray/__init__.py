"""The agent's side of the recorder: tray icon, window, banner, notice. A process of its own.

Two halves with a pipe between them. In the recorder's process, `describe` turns a `RecorderStatus` into a
`Panel` (all words that the agent sees, no Qt), and `companion` sends it down the pipe and carries out what the
agent asks for. In the tray's process (`__main__`), Qt draws the panel and sends wishes back. The tray's process
imports neither pydantic nor anything that touches network, credential or spool; `panel` is all both share.
"""
