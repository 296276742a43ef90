"""Bring Airflow's database to this version, and make its pools and its one user.

Run to its end before the services start, at each start: what is done already costs seconds.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

QUEUE_SECONDS = 60.0


def main() -> None:
    """Prepare the database that Airflow's own settings name."""
    if os.environ.get("AIRFLOW__CORE__EXECUTOR") == "CeleryExecutor":
        require_queue(os.environ["QUEUE"], QUEUE_SECONDS)
    from airflow.configuration import conf

    from joinedup.serving.metadata import Metadata, prepare

    secrets = Path(os.environ.get("SECRETS_FOLDER", "/run/secrets"))
    url = conf.get_mandatory_value("database", "sql_alchemy_conn")
    password = (secrets / "admin_password").read_text(encoding="utf-8").strip()
    prepare(Metadata(url, "PostgreSQL", is_postgresql=True), password, rotated=False)


def require_queue(address: str, seconds: float) -> None:
    """Wait for the queue that several workers need; SystemExit says how it is started.

    Without it every task would wait for ever, and nothing would say why.
    """
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + seconds
    while not _answers(host, int(port)):
        if time.monotonic() > deadline:
            raise SystemExit(
                "Not started: AIRFLOW_EXECUTOR=CeleryExecutor needs Redis and the workers, which "
                "docker compose --profile celery up --detach starts as well."
            )
        time.sleep(1)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
