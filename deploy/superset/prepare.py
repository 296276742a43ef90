"""Bring Superset's database to this version; make its administrator, the marts and the dashboard.

Run to its end before Superset starts, at each start.
"""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    """Migrate, then see to roles, the one user, the one database and its dashboard."""
    from flask_migrate import upgrade
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        import superset

        upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    # What is set up at the start had no tables to look into before.
    app = create_app()
    with app.app_context():
        app.appbuilder.add_permissions(update_perms=True)
        app.appbuilder.sm.sync_role_definitions()
        _ensure_user(app)
        _ensure_marts(app)
        _ensure_dashboard(app)


def _ensure_user(app: object) -> None:
    secrets = Path(os.environ.get("SECRETS_FOLDER", "/run/secrets"))
    password = (secrets / "superset_admin_password").read_text(encoding="utf-8").strip()
    users = app.appbuilder.sm  # type: ignore[attr-defined]
    user = users.find_user("admin")
    if user is not None:
        users.reset_password(user.id, password)
        return
    role = users.find_role("Admin")
    if not users.add_user("admin", "Superset", "Admin", "admin@localhost", role, password):
        raise SystemExit("Superset's administrator could not be made.")


def _ensure_marts(app: object) -> None:
    from superset import db
    from superset.utils.database import get_or_create_db

    address = app.config["MARTS"]  # type: ignore[attr-defined]
    get_or_create_db("marts", address, always_create=True)
    db.session.commit()


def _ensure_dashboard(app: object) -> None:
    """Import the dashboard where it is not; one that is there may have been changed by hand."""
    import yaml
    from bundle import bundle
    from superset import db
    from superset.commands.dashboard.importers.v1 import ImportDashboardsCommand
    from superset.models.dashboard import Dashboard
    from superset.utils.core import override_user

    files = bundle(app.config["MARTS"])  # type: ignore[attr-defined]
    ours = files["dashboards/joinedup.yaml"]["uuid"]
    if db.session.query(Dashboard).filter_by(uuid=ours).first() is not None:
        return
    contents = {name: yaml.safe_dump(content) for name, content in files.items()}
    with override_user(app.appbuilder.sm.find_user("admin")):  # type: ignore[attr-defined]
        ImportDashboardsCommand(contents).run()


if __name__ == "__main__":
    main()
