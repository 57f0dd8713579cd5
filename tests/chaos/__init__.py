"""Bad networks, made on this machine: a link that loses, delays and cuts, and what must be whole behind it."""
