"""Server capability recordings: screen recordings and call recordings."""
