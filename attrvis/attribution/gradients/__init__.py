"""Gradients and what bends them: saliency, noise averages, guided rules, full gradients."""
