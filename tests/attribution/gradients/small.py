"""Settings with which the gradients methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
