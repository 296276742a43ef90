"""Bring Airflow's database to this version, and make its pools and its one user.

Run to its end before the services start, at each start: what is done already costs seconds.
"""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    """Prepare the database that Airflow's own settings name."""
    from airflow.configuration import conf

    from joinedup.server_metadata import Metadata, prepare

    secrets = Path(os.environ.get("SECRETS_FOLDER", "/run/secrets"))
    url = conf.get_mandatory_value("database", "sql_alchemy_conn")
    password = (secrets / "admin_password").read_text(encoding="utf-8").strip()
    prepare(Metadata(url, "PostgreSQL", is_postgresql=True), password, rotated=False)


if __name__ == "__main__":
    main()
