"""What the server wants and what is so: the control channel, the server's time, and the state that follows them."""
