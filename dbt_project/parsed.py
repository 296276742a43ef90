"""The project as dbt parsed it, kept so that the next build need not parse it again.

dbt's own partial parsing starts anew whenever a variable changes, and each candidate has another
path. What is parsed depends on the project alone, its files and the dbt that read them, but for
the name of the database: that of the candidate's file.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

MADE_BY_DBT = frozenset({"target", "logs", "dbt_packages"})
READ_BY_DBT = frozenset({".sql", ".yml", ".csv", ".md"})
DIGEST_BYTES = 32


def parsed_project(
    project: Path, kept: Path | None, database: str, parse: Callable[[], Any]
) -> Any:
    """Return dbt's manifest of a project: the kept one, or what `parse` gives, kept from now on.

    `database` is the name under which the project's relations are built now.

    `kept` is a folder for manifests, each named by what it was parsed from; None keeps nothing.
    A manifest that is not as it was written is parsed again.
    """
    if kept is None:
        return parse()
    path = kept / f"{fingerprint(project)}.manifest"
    manifest = _read(path)
    if manifest is None:
        manifest = parse()
        _keep(path, manifest)
    else:
        _move(manifest, database)
    return manifest


def fingerprint(project: Path) -> str:
    """Return the SHA-256 of all that dbt reads of a project, where it lies, and dbt's versions."""
    digest = hashlib.sha256()
    versions = [version(name) for name in ("dbt-core", "dbt-adapters", "dbt-duckdb")]
    digest.update(repr((str(project.resolve()), versions)).encode())
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.suffix in READ_BY_DBT and not MADE_BY_DBT.intersection(inside.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{inside}\0{content}\n".encode())
    return digest.hexdigest()


def _move(manifest: Any, database: str) -> None:
    """Have every relation lie in another database than the one it was parsed for."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if node.relation_name:
            old, new = f'"{node.database}".', f'"{database}".'
            node.relation_name = new + node.relation_name.removeprefix(old)
        node.database = database


def _read(path: Path) -> Any | None:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    content = path.read_bytes() if path.is_file() else b""
    digest, packed = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if not packed or hashlib.sha256(packed).digest() != digest:
        return None
    return Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)


def _keep(path: Path, manifest: Any) -> None:
    """Write a manifest after its own digest, in one step; drop those of other states."""
    from dbt.parser.manifest import extended_mashumaro_encoder

    packed = manifest.to_msgpack(extended_mashumaro_encoder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(hashlib.sha256(packed).digest() + packed)
    Path(file.name).replace(path)
    for other in path.parent.glob("*.manifest"):
        if other != path:
            other.unlink(missing_ok=True)
