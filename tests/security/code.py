"""The program's own source, parsed, for tests that hold rules over all of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("joinedup", "ingestion", "dbt_project", "expectations", "publishing", "dags", "deploy")
"""What a data team runs; the demonstration, the benchmarks, the gate's own checks and the tests are
not among it."""


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Give every module, by its path in the checkout."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).glob("*.py")))
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    )


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Give every function of a module, methods too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
