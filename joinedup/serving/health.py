"""How the parts of a running Airflow say they are, from their own signs of life.

As a program, `python -m joinedup.serving.health URL PART` ends with 0 when that part is healthy,
else 1.
"""

from __future__ import annotations

import json
import sys
import urllib.request


def health_of(url: str) -> dict[str, str]:
    """Ask an API server how each part of Airflow is; empty when it does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
        return {part: str(said["status"]) for part, said in health.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


if __name__ == "__main__":
    sys.exit(health_of(sys.argv[1]).get(sys.argv[2]) != "healthy")
