"""The main job: from a photo and a network to a clean picture of the neurons that decided."""

from attrvis.explanation.explanation import Explanation
from attrvis.explanation.main_job import explain

__all__ = ["Explanation", "explain"]
