"""Server capability live: who watches which call in progress, and the wall of all of them."""
