"""Refusals: nothing is broken, and trying again would not help. Nothing is imported here."""

from __future__ import annotations


class NotReleased(Exception):  # noqa: N818  (reads as what happened)
    """The load ends here without a release, and running it again would not help."""


class ReleaseBlocked(NotReleased):
    """The audit, or the release, refused a warehouse; readers keep what they have."""
