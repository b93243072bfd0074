"""Static HTML pages: one file each, no scripts, safe with any name in it."""

from attrvis.pages.explanation import explanation_page

__all__ = ["explanation_page"]
