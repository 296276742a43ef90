"""The project as dbt parsed it, kept so that the next build need not parse it again.

dbt's own partial parsing starts anew whenever a variable changes, and each candidate has another
path. What is parsed depends on the project alone, its files and the dbt that read them, but for
the name of the database: that of the candidate's file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

MADE_BY_DBT = frozenset({"target", "logs", "dbt_packages"})
READ_BY_DBT = frozenset({".sql", ".yml", ".yaml", ".csv", ".md", ".py"})
PARSED_BY = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "mashumaro", "msgpack")
SUFFIX = ".parsed"
OWN_NAME = re.compile(r"[0-9a-f]{64}\.(parsed|[0-9]+\.partial)")
DIGEST_BYTES = 32

log = logging.getLogger(__name__)


def parsed_project(
    project: Path, kept: Path | None, database: str, parse: Callable[[], Any]
) -> Any:
    """Return dbt's manifest of a project: the kept one, or what `parse` gives, kept from now on.

    `database` is the name under which the project's relations are built now.

    `kept` is a folder for manifests, each named by what it was parsed from; None keeps nothing.
    What cannot be read back is parsed again, and what cannot be kept is not: a build never fails
    for it.
    """
    if kept is None:
        return parse()
    before = fingerprint(project)
    path = kept / f"{before}{SUFFIX}"
    manifest = _read(path, database)
    if manifest is None:
        manifest = parse()
        if fingerprint(project) == before:
            _keep(path, manifest)
    return manifest


def fingerprint(project: Path) -> str:
    """Return the SHA-256 of all that dbt reads of a project, where it lies, and dbt's versions."""
    digest = hashlib.sha256()
    versions = [version(name) for name in PARSED_BY]
    digest.update(repr((str(project.resolve()), sys.version, versions)).encode())
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.suffix in READ_BY_DBT and not MADE_BY_DBT.intersection(inside.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{inside}\0{content}\n".encode())
    return digest.hexdigest()


def _move(manifest: Any, database: str) -> None:
    """Have every relation lie in another database than the one it was parsed for.

    Raises `ValueError` for a relation that does not begin with its database.
    """
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        old, new = f'"{node.database}".', f'"{database}".'
        if node.relation_name and not node.relation_name.startswith(old):
            raise ValueError(f"{node.relation_name} is not in {node.database}")
        if node.relation_name:
            node.relation_name = new + node.relation_name.removeprefix(old)
        node.database = database
    for model in manifest.semantic_models.values():
        table = model.node_relation
        table.database = database
        table.relation_name = f'"{database}"."{table.schema_name}"."{table.alias}"'


def _read(path: Path, database: str) -> Any | None:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    if not path.is_file():
        return None
    try:
        content = path.read_bytes()
        digest, packed = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if not packed or hashlib.sha256(packed).digest() != digest:
            raise ValueError("it is not as it was written")
        manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
        _move(manifest, database)
    except Exception as error:  # whatever is wrong with it, parsing again makes it good
        log.warning("The kept project %s is parsed again: %s", path, error)
        return None
    return manifest


def _keep(path: Path, manifest: Any) -> None:
    """Write a manifest after its own digest, in one step, and drop those of other states."""
    from dbt.parser.manifest import extended_mashumaro_encoder

    packed = manifest.to_msgpack(extended_mashumaro_encoder)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(packed).digest() + packed)
        partial.replace(path)
        for other in path.parent.iterdir():
            if OWN_NAME.fullmatch(other.name) and other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The parsed project is not kept for the next build: %s", error)
