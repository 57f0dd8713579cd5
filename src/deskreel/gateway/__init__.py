"""The gateway: takes chunks in and serves media out, per region and without state of its own.

`create_app(Deps(...))` is the whole of it; what may be read and written stands in the token of each request.
"""
