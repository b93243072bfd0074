"""The optimisation that draws what an objective looks for."""

from attrvis.rendering.films import write_film
from attrvis.rendering.loop import CLIMB, render
from attrvis.rendering.moments import Callback, Moment, preview
from attrvis.rendering.result import Rendering

__all__ = ["CLIMB", "Callback", "Moment", "Rendering", "preview", "render", "write_film"]
