"""Server capability accounts: what is switched on, who is selected for screen recording, and how it is made."""
