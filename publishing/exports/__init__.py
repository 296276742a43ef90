"""Exports: the marts as CSV, and what says in open formats which files a release has."""
