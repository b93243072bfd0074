"""Settings with which the propagation methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {"deep-shap": {"count": 2}}
