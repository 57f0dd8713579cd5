"""Server capability coverage: of what should have been captured, how much was, and why the rest is missing."""
