"""Methods that run another method many times."""
