"""Settings with which the path methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {"aumann-shapley": {"points": 8, "baseline": "constant:0.1"}}
