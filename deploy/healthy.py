"""Say by the exit code whether a service is well: healthy.py URL [PART].

Without a part it is enough that the address answers. With one, the answer is Airflow's account of
its parts, which it takes from their own signs of life, and that part has to be healthy.
"""

from __future__ import annotations

import json
import sys
import urllib.request


def main(url: str, part: str | None = None) -> int:
    """Ask once; 0 is well, 1 is not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return 0 if part is None or json.load(answer)[part]["status"] == "healthy" else 1
    except (OSError, ValueError, KeyError, TypeError):
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
