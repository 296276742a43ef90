"""Why a step ends early, for those who have to know it without the engines. Nothing is imported."""

from __future__ import annotations


class NotReleased(Exception):  # noqa: N818  (reads as what happened)
    """The load ends here without a release, and running it again would not help."""


class ReleaseBlocked(NotReleased):
    """The audit, or the release, refused a warehouse; readers keep what they have."""


class WriterBusyError(Exception):
    """Another process is writing in the same JOINEDUP_HOME."""
