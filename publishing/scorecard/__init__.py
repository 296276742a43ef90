"""Scorecard: the static pages of a release, made from its own marts and nothing else."""
