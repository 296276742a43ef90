"""Under which licence each locked library is used, and whether we may use it."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

import yaml
from license_expression import ExpressionError, LicenseExpression, Licensing, get_spdx_licensing
from pydantic import BaseModel, ConfigDict

from supply_chain.locks import Library

RULES = Path(__file__).parent / "licences.yml"
_GENERIC = "License :: OSI Approved"


class Rules(BaseModel):
    """What is allowed, what other wordings mean, and what is known of single libraries."""

    model_config = ConfigDict(extra="forbid")

    allowed: list[str]
    named: dict[str, str]
    libraries: dict[str, str]


@dataclass(frozen=True)
class Licence:
    """A library and its licence, an SPDX expression; None where none could be found out."""

    library: Library
    expression: str | None


@cache
def load_rules(path: Path = RULES) -> Rules:
    """Give the rules; raises pydantic's ValidationError when they are not whole."""
    return Rules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def licence_of(library: Library, rules: Rules) -> Licence:
    """Give what a library says of itself where it is installed, or what the rules know of it."""
    known = rules.libraries.get(library.name)
    if known is None:
        try:
            known = _said(metadata(library.name), rules)
        except PackageNotFoundError:
            known = None
    return Licence(library, known)


def _said(about: PackageMetadata, rules: Rules) -> str | None:
    """Read the newest way of saying it first: an expression, then classifiers, then free text."""
    said = about.json
    if expression := said.get("license_expression"):
        return str(expression)
    listed = [str(line) for line in said.get("classifier", [])]
    last = [line.rpartition(" :: ")[2] for line in listed if line.startswith("License ::")]
    words = [word for word in last if word not in _GENERIC] or [str(said.get("license") or "")]
    meant = [rules.named.get(word.strip(), word.strip()) for word in words]
    return " OR ".join(sorted(set(meant))) if all(meant) else None


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


def may_be_used(expression: str, allowed: Iterable[str]) -> bool:
    """Tell whether an SPDX expression leaves a choice of licences that are all allowed."""
    try:
        parsed = _spdx().parse(expression, validate=True)
    except ExpressionError:
        return False
    return parsed is not None and _fits(parsed, frozenset(allowed))


def _fits(parsed: LicenseExpression, allowed: frozenset[str]) -> bool:
    operator = getattr(parsed, "operator", None)
    if operator is None:
        return str(parsed) in allowed
    fits = [_fits(part, allowed) for part in parsed.args]
    return any(fits) if operator.strip() == "OR" else all(fits)


def refused(found: Iterable[Licence], rules: Rules) -> list[str]:
    """Say which libraries may not be used, and which say nothing."""
    return [
        f"{one.library.name} {one.library.version}: {one.expression or 'says no licence'}"
        for one in found
        if one.expression is None or not may_be_used(one.expression, rules.allowed)
    ]


def with_licences(bom: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Put each component's licence into a bill of materials made from a lock."""
    components = [
        {
            **component,
            "licenses": [{"expression": expression}],
        }
        if (expression := licence_of(_library(component), rules).expression)
        else component
        for component in bom["components"]
    ]
    return {**bom, "components": components}


def _library(component: Mapping[str, Any]) -> Library:
    return Library(component["name"], component["version"])


def main(paths: Sequence[str]) -> int:
    """Complete bills of materials where they lie; write the licences of all beside them.

    Exit code 1 where a library may not be used.
    """
    rules = load_rules()
    found: set[Library] = set()
    for path in map(Path, paths):
        bom = json.loads(path.read_text(encoding="utf-8"))
        found |= {_library(component) for component in bom["components"]}
        text = json.dumps(with_licences(bom, rules), indent=2, sort_keys=True, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
    licences = [licence_of(library, rules) for library in sorted(found)]
    with (Path(paths[0]).parent / "licences.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["library", "version", "licence"])
        rows.writerows([one.library.name, one.library.version, one.expression] for one in licences)
    told = refused(licences, rules)
    sys.stderr.write("".join(f"may not be used: {line}\n" for line in told))
    return int(bool(told))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
