"""Object keys, the object store, what the domain asks of it, and the signing of media tokens.

`layout` is the one place that knows object keys; `store` is the port and `open_store(url)` its adapters;
`recordings` speaks of chunks and inits over a store; `signing` turns grants into tokens and back.
"""
