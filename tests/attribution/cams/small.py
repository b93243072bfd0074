"""Settings with which the class activation maps are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
