"""Settings with which the gradient methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {
    "smooth-grad": {"samples": 4},
    "smooth-grad-squared": {"samples": 4},
    "var-grad": {"samples": 4},
    "smooth-full-grad": {"samples": 3},
}
