"""What changes when parts are taken away."""
