"""Run by test_release_pages.py in a process of its own: `pages_apart.py HOW` ends as it is told.

`pages_apart.py starts FOLDER` starts one that hangs, which writes its number into FOLDER first.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from joinedup.release_pages import run_apart


def main(how: str, folder: str = "") -> None:
    """End well, with an error, in a lack of memory, or never."""
    if how == "starts":
        run_apart("tests.joinedup.pages_apart", "hangs", folder, what="test's pages")
    if folder:
        (Path(folder) / "began.partial").write_text(str(os.getpid()))
        (Path(folder) / "began.partial").rename(Path(folder) / "began")
    sys.stdout.write("begun\n")
    if how == "fails":
        raise ValueError("page metric/x.html weighs 900,000 bytes")
    if how == "grows":
        held = [b"x" * 1_000_000 for _ in range(2_000)]
        sys.stdout.write(f"{len(held)}\n")
    if how == "hangs":
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
