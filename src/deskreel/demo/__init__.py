"""The demo: one command that shows the whole product with a synthetic agent, calls and audio."""
