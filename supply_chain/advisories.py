"""The gate on known weaknesses: every locked library is looked up, or the gate says it was not.

pip-audit asks an OSV service about each library. By itself it ends well when the service answers
that it knows none of them, as a mirror does, so its answer is read and counted here.
`PIP_AUDIT_OSV_URL` names another service, `PIP_AUDIT_REQUIRED=1` lets the gate fail where none can
be reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field

from supply_chain.locks import LOCKS, libraries

OSV = "https://api.osv.dev/v1/query"
ACCEPTED = Path(__file__).parent / "accepted_advisories.yml"
SECONDS_TO_ANSWER = 15
SECONDS_FOR_ALL = 600
"""The whole look-up may take so long, over some hundred questions."""


class Accepted(BaseModel):
    """A weakness that does not stop the gate until a day, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, description="The advisory's id or one of its aliases.")
    library: str = Field(min_length=1)
    until: date = Field(description="The last day on which it is accepted.")
    reason: str = Field(min_length=20, description="Why it does no harm here.")
    owner: str = Field(min_length=1, description="Who looks at it again.")


class Weakness(BaseModel):
    """One advisory about one library, as pip-audit tells it."""

    id: str
    aliases: list[str] = []
    fix_versions: list[str] = []

    @property
    def names(self) -> set[str]:
        """Every id it is known by."""
        return {self.id, *self.aliases}


class LookedUp(BaseModel):
    """A library that pip-audit was asked about; `skip_reason` where it got no answer."""

    name: str
    version: str = ""
    vulns: list[Weakness] = []
    skip_reason: str | None = None


class AuditError(Exception):
    """pip-audit gave no answer that can be read, though its source is within reach."""


def load_accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """Give what is accepted; raises pydantic's ValidationError for an entry that lacks a part."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [Accepted.model_validate(entry) for entry in listed]


def problems(found: Iterable[LookedUp], accepted: Sequence[Accepted], today: date) -> Iterator[str]:
    """Say what stops the gate: weaknesses, libraries nobody knows, and stale acceptances."""
    used: set[Accepted] = set()
    for library in found:
        if library.skip_reason is not None:
            yield f"{library.name}: was not looked up ({library.skip_reason})"
        for weakness in library.vulns:
            entry = _accepting(library, weakness, accepted)
            if entry is not None:
                used.add(entry)
            if entry is None or entry.until < today:
                yield _told(library, weakness, entry)
    for entry in accepted:
        if entry not in used:
            yield f"{entry.library} {entry.id}: is accepted, but no longer found: take it out"


def _accepting(
    library: LookedUp, weakness: Weakness, accepted: Iterable[Accepted]
) -> Accepted | None:
    fits = (one for one in accepted if one.library == library.name and one.id in weakness.names)
    return next(fits, None)


def _told(library: LookedUp, weakness: Weakness, entry: Accepted | None) -> str:
    names = ", ".join(sorted(weakness.names))
    mended = f"mended in {', '.join(weakness.fix_versions)}" if weakness.fix_versions else "no fix"
    ended = f"; accepted until {entry.until} only ({entry.owner})" if entry else ""
    return f"{library.name} {library.version}: {names} ({mended}){ended}"


def is_within_reach(url: str) -> bool:
    """Ask the service about one library; whatever is no answer of an OSV service counts as none."""
    if urlsplit(url).scheme not in ("https", "http"):
        return False
    question = {"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "0"}
    request = urllib.request.Request(  # noqa: S310 - http or https, see above
        url, json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310 - as above
            return isinstance(json.load(answer), dict)
    except (OSError, ValueError):
        return False


def look_up(locks: Sequence[Path], url: str, seconds: float = SECONDS_FOR_ALL) -> list[LookedUp]:
    """Ask about every library that this machine would install from these; raises AuditError."""
    with TemporaryDirectory(prefix="pip-audit-") as cache:
        command = [
            *(sys.executable, "-m", "pip_audit"),
            *(part for lock in locks for part in ("--requirement", str(lock))),
            *("--require-hashes", "--disable-pip", "--progress-spinner", "off"),
            *("--vulnerability-service", "osv", "--osv-url", url),
            *("--format", "json", "--cache-dir", cache),
        ]
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            raise AuditError(f"pip-audit had no answer within {seconds:.0f} seconds") from None
    try:
        listed = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = ended.stderr.strip().splitlines()[-1:] or ["nothing was said"]
        raise AuditError(f"pip-audit broke: {last[0]}") from None
    found = [LookedUp.model_validate(entry) for entry in listed]
    if not found:
        raise AuditError("pip-audit looked at no library")
    return found


def gate(
    locks: Sequence[Path],
    url: str,
    accepted: Sequence[Accepted],
    *,
    is_required: bool,
    today: date,
    seconds: float = SECONDS_FOR_ALL,
) -> tuple[int, str]:
    """Give the exit code, and what to say."""
    count = len({library for lock in locks for library in libraries(lock)})
    not_looked_up = int(is_required), _warning(count, urlsplit(url).hostname or "no host")
    if not is_within_reach(url):
        return not_looked_up
    try:
        found = look_up(locks, url, seconds)
    except AuditError as error:
        # It may have gone out of reach in the middle: asked too often, or the line is down.
        return (1, str(error)) if is_within_reach(url) else not_looked_up
    told = list(problems(found, accepted, today))
    if told:
        return 1, "\n".join(["Known weaknesses in what is locked:", *(f"  - {t}" for t in told)])
    return 0, f"No known weakness in {len(found)} locked libraries."


def _warning(count: int, host: str) -> str:
    line = "!" * 78
    return (
        f"{line}\n!! NOT LOOKED UP: {count} locked libraries. {host} gives no answer.\n"
        "!! Nothing is known of their weaknesses. Run `make check` where it can be reached.\n"
        f"{line}"
    )


def main() -> int:
    """Look up all that is ever installed; exit code 1 where something has to be done."""
    code, said = gate(
        LOCKS,
        os.environ.get("PIP_AUDIT_OSV_URL") or OSV,
        load_accepted(),
        is_required=os.environ.get("PIP_AUDIT_REQUIRED") == "1",
        today=datetime.now(UTC).date(),
    )
    (sys.stderr if code or "NOT LOOKED UP" in said else sys.stdout).write(f"{said}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
