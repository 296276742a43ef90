"""docker-compose.yml as it stands, and a service's command as it can be run on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from joinedup.settings import PROJECT_ROOT

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
DEPLOY = PROJECT_ROOT / "deploy"
CODE = {
    "/opt/joinedup": str(PROJECT_ROOT),
    "/opt/joinedup/deploy/": f"{DEPLOY}/",
    "/deploy/": f"{DEPLOY}/",
}
"""Where the code lies in the images, and here."""


@cache
def compose() -> dict[str, Any]:
    """Read the file, its anchors followed and its variables at their defaults."""
    found = _at_default(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    assert isinstance(found, dict)
    return found


def _at_default(read: Any) -> Any:
    """Fill in variables after the reading, as Compose does: an empty one stays a text."""
    if isinstance(read, dict):
        return {key: _at_default(value) for key, value in read.items()}
    if isinstance(read, list):
        return [_at_default(one) for one in read]
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", read) if isinstance(read, str) else read


def services() -> dict[str, dict[str, Any]]:
    """Give every service, those of a profile too."""
    found = compose()["services"]
    assert len(found) > 10
    return dict(found)


@dataclass(frozen=True)
class Here:
    """What stands in for a container's places: each text of the file, and what it is here.

    `more` are variables for what a container needs not be told, such as a port of its own.
    """

    places: Mapping[str, str]
    more: Mapping[str, str] = field(default_factory=dict)

    def said(self, text: str) -> str:
        """Give a text of the file with this machine's places; the longest that fits counts."""
        longest_first = sorted(self.places, key=len, reverse=True)
        found = re.compile("|".join(map(re.escape, longest_first)))
        return found.sub(lambda place: self.places[place[0]], text).replace("$$", "$")

    def command(self, name: str) -> list[str]:
        """Give what the service runs: its entry point, or its image's, and its command."""
        service = services()[name]
        entry = service["entrypoint"] if "entrypoint" in service else _entry_point(service)
        return [self.said(part) for part in [*entry, *service.get("command", [])]]

    def health(self, name: str) -> list[str]:
        """Give the service's health check as a command."""
        kind, *command = services()[name]["healthcheck"]["test"]
        said = [self.said(part) for part in command]
        return ["sh", "-c", *said] if kind == "CMD-SHELL" else said

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """Give the service's environment and no more of this process's than it needs."""
        own = {key: os.environ[key] for key in ("PATH", "LANG", "TZ") if key in os.environ}
        asked = {key: self.said(str(value)) for key, value in _environment(name).items()}
        return {**own, **asked, **self.more, **more}


def _environment(name: str) -> dict[str, Any]:
    return dict(services()[name].get("environment", {}))


def _entry_point(service: Mapping[str, Any]) -> list[str]:
    """Give the entry point that the service's image is built with."""
    build = service["build"]
    file = "Dockerfile" if isinstance(build, str) else build["dockerfile"]
    text = (PROJECT_ROOT / file).read_text(encoding="utf-8")
    found = re.search(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)
    assert found, file
    return list(yaml.safe_load(found[1]))


def dockerfiles() -> list[Path]:
    """Give the files that images are built from."""
    return [PROJECT_ROOT / "Dockerfile", *sorted(DEPLOY.glob("*/Dockerfile"))]
