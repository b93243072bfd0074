"""Settings with which the path methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {
    "aumann-shapley": {"points": 8, "baseline": "constant:0.1"},
    "agi": {"steps": 2, "classes": 2},
    "lpi": {"steps": 3},
    "xrai": {"steps": 8},
    "ig-uniform": {"references": 2, "steps": 3},
    "ig-sg": {"references": 2, "steps": 3},
    "ig-sq": {"references": 2, "steps": 3},
    "sg-ig": {"samples": 2, "steps": 4},
    "sq-ig": {"samples": 2, "steps": 4},
    "expected-gradients": {"samples": 3},
    "gradient-shap": {"samples": 3},
    "guided-ig": {"steps": 6},
    "blur-ig": {"steps": 24},
    "ig-through": {"steps": 64},
}
