"""Server capability audit: who did what."""
