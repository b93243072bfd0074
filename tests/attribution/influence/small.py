"""Settings with which the influence methods are quick in the conformance tests."""

SMALL: dict[str, dict] = {
    "internal-influence": {"distribution": "line:16"},
    "neuron-conductance": {"steps": 4},
}
