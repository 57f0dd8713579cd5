"""The control plane: API, pages, database, jobs. By capability; each has the same files.

`tables` (rows), `model` (what the API speaks), `service` (the rules over rows, no HTTP), `routes` (HTTP).
"""
