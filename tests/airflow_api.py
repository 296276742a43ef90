"""Airflow's API server as a test asks it: on loopback, whatever proxy the machine has."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

PATIENCE_SECONDS = 60


def ask(
    address: str, body: Any = None, *, token: str = "", method: str | None = None
) -> tuple[int, Any]:
    """Ask with JSON, as whoever the token is of; give the status, and the answer of a success."""
    request = urllib.request.Request(  # noqa: S310 - an address of this machine
        address,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
        method=method,
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None
