"""Settings with which the influence methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
