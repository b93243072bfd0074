"""Gradients integrated along paths, and their re-calibrations."""
