"""Media regions: where what is recorded is kept and processed, and who is recorded into which."""
