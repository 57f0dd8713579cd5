"""Programs that print the figures the docs cite, each side by side with a peer: `make bench`."""
