"""The files that say in open formats what a release holds: Data Package, CSV on the Web, DCAT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic_core import to_json

from publishing.exports import catalogue_entry, csv_on_the_web, data_package
from publishing.exports.released import Released

DESCRIPTIONS: Mapping[str, Callable[[Released], dict[str, Any]]] = MappingProxyType(
    {
        data_package.NAME: data_package.data_package,
        csv_on_the_web.NAME: csv_on_the_web.csv_on_the_web,
        catalogue_entry.NAME: catalogue_entry.catalogue_entry,
    }
)
"""Each file, and what gives its content."""


def write_descriptions(folder: Path, released: Released) -> None:
    """Write them into a release's folder; the same release gives the same bytes."""
    for name, described in DESCRIPTIONS.items():
        # The json of Python's own takes ten times as long where it indents.
        (folder / name).write_bytes(to_json(described(released), indent=1) + b"\n")
