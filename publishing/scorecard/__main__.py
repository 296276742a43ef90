"""Make the pages of a release folder: `python -m publishing.scorecard FOLDER FACTS`.

A process of its own: what the pages and their charts take of memory ends with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from publishing.scorecard.facts import facts_from
from publishing.scorecard.writing import write_pages


def main(arguments: list[str]) -> int:
    """Write the pages; FACTS is JSON as `facts_text` gives it. Returns the exit code."""
    if len(arguments) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder, facts = arguments
    count = write_pages(Path(folder), facts_from(facts))
    sys.stdout.write(f"{count} pages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
