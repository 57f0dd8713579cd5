"""Server capability interactions: calls as reviewers see them."""
