"""The recorder: captures an agent's desktop, spools what it captured and sends it on."""
