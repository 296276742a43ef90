"""Say by the exit code whether an address answers: healthy.py URL. For images without joinedup."""

from __future__ import annotations

import sys
import urllib.request


def main(url: str) -> int:
    """Ask once; 0 is well, 1 is not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return 0
    except (OSError, ValueError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
