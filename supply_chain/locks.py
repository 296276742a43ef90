"""The lock files: which libraries, at which version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CORE = ROOT / "requirements.lock"
SERVER = ROOT / "requirements-server.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
PIP = ROOT / "requirements-pip.lock"
SBOM = ROOT / "requirements-sbom.lock"
SUPERSET = ROOT / "deploy" / "superset" / "requirements.lock"

LOCKS = (CORE, SERVER, DEVELOPMENT, PIP, SBOM, SUPERSET)
"""All that is ever installed. Each is resolved by itself, so versions may differ between them."""

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>\S+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Library:
    """One locked library; a universal lock may have it twice, for two kinds of machine."""

    name: str
    version: str


def libraries(lock: Path) -> list[Library]:
    """Give the libraries of a lock, by name."""
    text = lock.read_text(encoding="utf-8")
    return sorted({Library(found["name"], found["version"]) for found in _ENTRY.finditer(text)})
