"""Settings with which the perturbation methods are quick in the conformance tests."""

SMALL: dict[str, dict[str, object]] = {
    "occlusion": {"window": 2, "stride": 2},
    "tiled-occlusion": {"window": 2, "shifts": 1},
}
