"""Influence of neurons over a distribution, as lib-attribution and TruLens have it."""
