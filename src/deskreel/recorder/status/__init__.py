"""What the recorder says of itself, to the server, to the agent and on the terminal."""
