"""The pieces of the embedded network's training."""
