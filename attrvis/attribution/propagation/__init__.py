"""Relevance handed back through the network, op by op."""
