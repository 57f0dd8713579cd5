"""Server capability jobs: what happens later, in a worker (Procrastinate)."""
