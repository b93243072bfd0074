"""The main job: from a photo and a network to a clean picture of the neurons that decided."""

from attrvis.explanation.explain import explain
from attrvis.explanation.explanation import Explanation

__all__ = ["Explanation", "explain"]
