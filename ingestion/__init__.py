"""Fetch and read: publishers' bytes in, long observations out."""
