"""Synthetic returns in the publishers' own layouts, every one marked SYNTHETIC."""
