"""Settings with which the cams methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
