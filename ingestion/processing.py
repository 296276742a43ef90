"""The record of processing: every return that is held, why, on what ground and for how long.

Most of it stands in the definitions; what does not, in `processing.yml`. A catalogue adds what one
warehouse holds of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from ingestion.catalogue import Catalogue
from ingestion.definition import Definition
from ingestion.layouts import Strict

PROCESSING = Path(__file__).parent / "processing.yml"
HOW_OFTEN = {"once": "once", "irregular": "irregularly"}
COMMAND = "joinedup processing --write docs/processing_record.md"


class ProcessingError(Exception):
    """`processing.yml` does not say what it has to; the text says of which return."""


class Ground(Strict):
    """Whom a return is about, and why, on what ground and for how long it is held."""

    people: str
    purpose: str
    lawful_basis: str
    retention: str


class OwnGround(Strict):
    """What of that is true of one return; what it leaves out is as by default."""

    people: str
    purpose: str
    lawful_basis: str | None = None
    retention: str | None = None


class Grounds(Strict):
    """What `processing.yml` says."""

    default: Ground
    returns: dict[str, OwnGround] = Field(default_factory=dict)

    def of(self, return_id: str) -> Ground:
        """Return the ground of one return."""
        own = self.returns.get(return_id)
        said = own.model_dump(exclude_none=True) if own else {}
        return self.default.model_copy(update=said)


@dataclass(frozen=True)
class Held:
    """What a warehouse holds of a return: its files, and when the first and the last landed."""

    files: int = 0
    quarantined: int = 0
    bytes: int = 0
    first_landed_at: datetime | None = None
    last_landed_at: datetime | None = None


def load_grounds(definitions: Mapping[str, Definition], path: Path = PROCESSING) -> Grounds:
    """Read `processing.yml`; raises `ProcessingError` where it and the definitions do not fit."""
    try:
        grounds = Grounds.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise ProcessingError(f"{path.name}: {error}") from error
    for return_id in grounds.returns.keys() - definitions.keys():
        raise ProcessingError(f"{path.name}: there is no return {return_id}")
    for return_id, definition in definitions.items():
        needs_one = bool(definition.records) or definition.classification == "restricted"
        if needs_one and return_id not in grounds.returns:
            what = "records" if definition.records else "restricted figures"
            raise ProcessingError(
                f"{path.name}: {return_id} has {what}: say there whom they are about and why they "
                "are held"
            )
        own = grounds.returns.get(return_id)
        if definition.classification == "restricted" and own and not own.lawful_basis:
            raise ProcessingError(f"{path.name}: {return_id} is restricted: say its lawful_basis")
    return grounds


def held_by_return(catalogue: Catalogue) -> dict[str | None, Held]:
    """Return what is held of each return; under None what belongs to none, or waits to be read."""
    readings, evidence = catalogue.readings(), catalogue.evidence()
    found: dict[str | None, Held] = {}
    for file in catalogue.landed():
        reading = readings.get(file.sha256)
        return_id = reading.return_id if reading else None
        held = found.get(return_id, Held())
        landed = evidence[file.sha256].landed_at
        found[return_id] = Held(
            files=held.files + 1,
            quarantined=held.quarantined + (reading is not None and reading.state == "quarantined"),
            bytes=held.bytes + file.bytes,
            first_landed_at=min(filter(None, (held.first_landed_at, landed))),
            last_landed_at=max(filter(None, (held.last_landed_at, landed))),
        )
    return found


def processing_document(
    definitions: Mapping[str, Definition],
    grounds: Grounds,
    held: Mapping[str | None, Held] | None = None,
) -> dict[str, Any]:
    """Return the record as JSON values; with `held`, of what one warehouse holds."""
    known = held or {}
    entries = [
        _entry(definition, grounds.of(return_id)) | _held(held, return_id)
        for return_id, definition in definitions.items()
    ]
    # Files may lie there of a return whose definition is gone.
    others = [key for key in known if key not in definitions]
    document: dict[str, Any] = {"returns": entries}
    if held is not None:
        none = [known[key] for key in others]
        document["of_no_return"] = {
            "files": sum(one.files for one in none),
            "bytes": sum(one.bytes for one in none),
        }
    return document


def _entry(definition: Definition, ground: Ground) -> dict[str, Any]:
    return {
        "return": definition.return_id,
        "title": definition.title,
        "publisher": definition.publisher,
        "landing_page": definition.landing_page,
        "licence": definition.licence,
        "classification": definition.classification,
        "every": definition.cadence.every,
        "first": definition.cadence.first,
        "last": definition.cadence.last,
        **ground.model_dump(),
        "measures": {name: of.unit for name, of in sorted(definition.measures.items())},
        "dimensions": sorted(definition.dimensions),
        "columns": _columns(definition),
    }


def _columns(definition: Definition) -> dict[str, str]:
    """Return the columns of records, and what is done with the text of each."""
    found: dict[str, str] = {}
    for layout in definition.records.values():
        for name, column in layout.columns.items():
            found[name] = (
                "pseudonym: kept as a keyed hash only"
                if column.pseudonym
                else "organisations' own address, kept as it stands"
                if column.organisations_own
                else "kept as it stands"
            )
    return found


def _held(held: Mapping[str | None, Held] | None, return_id: str) -> dict[str, Any]:
    if held is None:
        return {}
    of = held.get(return_id, Held())
    return {
        "held": {
            "files": of.files,
            "quarantined": of.quarantined,
            "bytes": of.bytes,
            "first_landed_at": of.first_landed_at.isoformat() if of.first_landed_at else None,
            "last_landed_at": of.last_landed_at.isoformat() if of.last_landed_at else None,
        }
    }


def processing_page(definitions: Mapping[str, Definition], grounds: Grounds) -> str:
    """Return the record of every definition as a page: no figure of any warehouse is in it."""
    entries = processing_document(definitions, grounds)["returns"]
    lines = [
        f"<!-- Made by `{COMMAND}`. Do not edit. -->",
        "# Record of processing",
        "Every return that a warehouse of this project may hold, from its definition and from",
        "`ingestion/processing.yml`. Which are held, and how much of each, `joinedup processing`",
        "says of a warehouse, and each release in `quality/processing.json`. Whoever runs it is",
        "answerable for it; [disclosure](disclosure.md) says how people are protected.",
        "",
        f"{len(entries)} returns, {_restricted(entries)} of them restricted.",
        "",
        "## What is true of all that do not say otherwise",
        *_said(grounds.default),
        "",
        "## Returns",
    ]
    for entry in entries:
        lines += ["", *_section(entry, is_own=entry["return"] in grounds.returns)]
    return "\n".join(lines) + "\n"


def _restricted(entries: Iterable[Mapping[str, Any]]) -> str:
    return str(sum(entry["classification"] == "restricted" for entry in entries) or "none")


def _said(ground: Ground) -> list[str]:
    return [
        f"* **{name}:** {' '.join(said.split())}"
        for name, said in (
            ("whom it is about", ground.people),
            ("purpose", ground.purpose),
            ("lawful basis", ground.lawful_basis),
            ("retention", ground.retention),
        )
    ]


def _section(entry: Mapping[str, Any], *, is_own: bool) -> list[str]:
    until = f" to {entry['last']}" if entry["last"] else ""
    every = HOW_OFTEN.get(entry["every"], f"every {entry['every']}")
    lines = [
        f"### {entry['return']}",
        "",
        f"{entry['title']}. [{entry['publisher']}]({entry['landing_page']}), {entry['licence']}, "
        f"{entry['classification']}. Published {every}, from {entry['first']}{until}.",
        "",
    ]
    if is_own:
        ground = Ground.model_validate({name: entry[name] for name in Ground.model_fields})
        lines += _said(ground)
    if entry["measures"]:
        measures = ", ".join(f"`{name}` ({unit})" for name, unit in entry["measures"].items())
        lines.append(f"* **measures:** {measures}")
    if entry["dimensions"]:
        lines.append(f"* **split by:** {', '.join(f'`{name}`' for name in entry['dimensions'])}")
    for done in sorted(set(entry["columns"].values())):
        names = [f"`{name}`" for name, what in entry["columns"].items() if what == done]
        lines.append(f"* **columns, {done}:** {', '.join(names)}")
    return lines
