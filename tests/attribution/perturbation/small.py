"""Settings with which the perturbation methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {}
