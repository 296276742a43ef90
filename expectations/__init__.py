"""Audit: the suites and the gate a candidate has to pass."""
