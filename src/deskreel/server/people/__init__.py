"""Server capability people: users who sign in, their sessions, and the agents whose screens are recorded."""
