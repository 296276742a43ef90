"""Benchmarks: each prints ratios of one run on one machine."""
