"""Run by test_release_pages.py in a process of its own: `pages_apart.py HOW` ends as it is told."""

from __future__ import annotations

import sys
import threading


def main(how: str) -> None:
    """End well, with an error, in a lack of memory, or never."""
    sys.stdout.write("begun\n")
    if how == "fails":
        raise ValueError("page metric/x.html weighs 900,000 bytes")
    if how == "grows":
        held = [b"x" * 1_000_000 for _ in range(2_000)]
        sys.stdout.write(f"{len(held)}\n")
    if how == "hangs":
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
