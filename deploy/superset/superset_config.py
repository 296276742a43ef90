"""Superset's settings: every secret is a file, and the marts can only be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

_SECRETS = Path(os.environ.get("SECRETS_FOLDER", "/run/secrets"))
# It listens on this machine only, without TLS. Behind a proxy with TLS set SUPERSET_TLS=true.
_TLS = os.environ.get("SUPERSET_TLS") == "true"
_DATABASES = os.environ.get("SUPERSET_DATABASES", "postgres:5432")

MARTS = f"postgresql+psycopg2://marts_reader@{_DATABASES}/marts"
"""The copy of the marts, the only database; its password is not stored with it."""


def _secret(name: str) -> str:
    return (_SECRETS / name).read_text(encoding="utf-8").strip()


def _password_of(url: Any) -> str | None:
    """Give the password of a connection when it is opened: that of the marts is in a file only.

    It goes to no other server. Superset keeps no password of another database beside this.
    """
    return _secret("marts_reader_password") if _place(url) == _place(make_url(MARTS)) else None


def _place(url: Any) -> tuple[object, ...]:
    return url.drivername, url.username, url.host, url.port, url.database, dict(url.query)


SECRET_KEY = _secret("superset_secret_key")
SQLALCHEMY_DATABASE_URI = (
    f"postgresql+psycopg2://superset:{_secret('superset_database_password')}@{_DATABASES}/superset"
)
SQLALCHEMY_CUSTOM_PASSWORD_STORE = _password_of

PUBLIC_ROLE_LIKE = None
AUTH_ROLE_PUBLIC = "Public"
WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
# Superset's own, without the hosts of others: no map, and no pixel that tells who looks.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _TLS,
}
PREVENT_UNSAFE_DB_CONNECTIONS = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _TLS
ENABLE_PROXY_FIX = SESSION_COOKIE_SECURE
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"
FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": False}
ROW_LIMIT = 50_000
SQL_MAX_ROW = 100_000
