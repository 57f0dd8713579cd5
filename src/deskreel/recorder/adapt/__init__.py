"""What desktop, disk and link can bear, and what the recorder gives up for them."""
