"""From the spool to the gateway: what may leave the desktop, in which order, how fast, and what refusals mean."""
