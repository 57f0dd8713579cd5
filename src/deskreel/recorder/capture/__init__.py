"""From the screen to chunks: the loop that obeys orders, the runs it makes, what each frame becomes."""
