"""Settings with which the wrappers methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
