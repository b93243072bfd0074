"""What other libraries make of small networks, stored for the tests."""
