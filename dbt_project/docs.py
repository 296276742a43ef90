"""The documentation of tables and models as one static page: dbt's own page, filled by the build.

`dbt docs generate` would start dbt a second time, parse and ask the candidate what the build knew
already, and its page names the machine and the run. So the build keeps what the page shows, and
`write_docs` puts that, and the columns of the candidate, into the page that dbt-core brings.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

KEPT = "docs_manifest.json"
"""What the build keeps for the page, in its work folder."""

DATABASE = "joinedup"
"""What the page calls the database: a candidate's own name says which run it was made in."""

_PAGE = "dbt/task/docs/index.html"
_MANIFEST, _CATALOGUE = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
_PROJECT = "joinedup"

_KINDS = (
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "unit_tests",
    "macros",
    "docs",
    "groups",
)

_LEFT_OUT = frozenset(
    {
        "build_path",
        "checksum",
        "compiled_path",
        "created_at",
        "extra_ctes",
        "extra_ctes_injected",
        "node_relation",
        "relation_name",
        "root_path",
        "unrendered_config",
        "unrendered_config_call_dict",
        "_event_status",
    }
)
"""Of a node: where and when it was made, and what the page does not show."""

_HEAD = (
    ("<title>dbt Docs</title>", "<title>joinedup: tables and models</title>"),
    # Both would ask the server for a page and a picture that are not there.
    ('<link rel="canonical" href="/overview/"/>', ""),
    (
        """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>""",
        '<link rel="icon" href="data:,"/>',
    ),
    ("\n//# sourceMappingURL=main.js.map", ""),
    # Else the page's own library tries out whether it may make code of texts, which it may not.
    ('<html dir="ltr"', '<html ng-csp="no-unsafe-eval" dir="ltr"'),
)
# Before it is filled in, a browser would take what stands in these for an address and ask for it.
_LINK, _LATE_LINK = '<use xlink:href="{{', '<use ng-attr-xlink:href="{{'
_CHARSET = '<meta charset="utf-8">'
_SCRIPT, _SCRIPT_END = '<script defer="defer">', "</script>"


class DocsError(Exception):
    """The page cannot be made: the message says what is missing, and what to do."""


def keep_manifest(manifest: Any, work: Path) -> None:
    """Write what the page shows of a build into its work folder.

    `manifest` is dbt's, after the build: a model's SQL is shown as it ran.
    """
    manifest.build_parent_and_child_maps()
    kinds = {
        kind: {uid: _plain(one) for uid, one in getattr(manifest, kind).items()} for kind in _KINDS
    }
    own = {uid: one for uid, one in kinds["macros"].items() if one["package_name"] == _PROJECT}
    kept: dict[str, Any] = {
        **kinds,
        "macros": own,
        "parent_map": manifest.parent_map,
        "child_map": manifest.child_map,
        "metadata": {
            "adapter_type": "duckdb",
            "project_name": _PROJECT,
            "send_anonymous_usage_stats": False,
        },
    }
    (work / KEPT).write_text(json.dumps(kept, sort_keys=True), encoding="utf-8")


def write_docs(candidate: Path, work: Path, out: Path, *, memory: str = "200MB") -> None:
    """Write the page `out`, one file that asks for no other.

    `candidate` is the built DuckDB file, which is only read, `work` the folder of that build.
    `out`'s folder is made. The same build gives the same bytes. Raises `DocsError` where the build
    kept nothing, or where the page is not the one this was written for.
    """
    try:
        kept = json.loads((work / KEPT).read_text(encoding="utf-8"))
    except OSError as error:
        raise DocsError(f"the build kept nothing for its documentation: {error}") from error
    with duckdb.connect(str(candidate), read_only=True, config={"memory_limit": memory}) as tables:
        catalogue = _catalogue(tables, kept)
    page = _mended(_page())
    page = _put(page, _MANIFEST, _inline(kept))
    page = _put(page, _CATALOGUE, _inline(catalogue))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(_guarded(page), encoding="utf-8")


def put_in(page: str) -> tuple[str, str, str] | None:
    """What `write_docs` put into a page: its policy, the manifest and the catalogue, both JSON.

    All else is letter for letter dbt's own page, as it is installed here. None where it is not.
    """
    try:
        own = _mended(_page())
    except DocsError:
        return None
    until_policy, rest = own.split(_CHARSET)
    until_manifest, rest = rest.split(_MANIFEST)
    until_catalogue, end = rest.split(_CATALOGUE)
    found: list[str] = []
    at = 0
    for before, after in pairwise((until_policy + _CHARSET, until_manifest, until_catalogue, end)):
        start = at + len(before)
        stop = page.find(after, start)
        if page[at:start] != before or stop < 0:
            return None
        found.append(page[start:stop])
        at = stop
    policy, manifest, catalogue = found
    return (policy, manifest, catalogue) if page[at:] == end else None


def _plain(node: Any) -> dict[str, Any]:
    """A node as JSON has it, without what names this machine or this run."""
    told = {k: v for k, v in node.to_dict(omit_none=True).items() if k not in _LEFT_OUT}
    compiled = told.pop("compiled_code", None)
    if compiled and told["resource_type"] == "model":
        told["compiled_code"] = compiled.replace(f'"{told["database"]}".', "")
    return told | ({"database": DATABASE} if "database" in told else {})


def _catalogue(tables: duckdb.DuckDBPyConnection, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The tables that are there, as dbt's catalogue has them: columns with types, and rows."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for schema, name, column, index, kind, comment in tables.execute(
        "select schema_name, table_name, column_name, column_index, data_type, comment "
        "from duckdb_columns() where not internal order by all"
    ).fetchall():
        about = {"name": column, "index": index, "type": kind, "comment": comment}
        found.setdefault((schema, name), {})[column] = about
    rows = {
        (schema, name): number
        for schema, name, number in tables.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables() where not internal"
        ).fetchall()
    }
    listed: dict[str, Any] = {"metadata": {}, "errors": None}
    for kind in ("nodes", "sources"):
        listed[kind] = {
            uid: _entry(uid, place, found[place], rows.get(place))
            for uid, node in kept[kind].items()
            if (place := (node["schema"], node.get("alias") or node.get("identifier"))) in found
        }
    return listed


def _entry(
    unique_id: str, place: tuple[str, str], columns: Mapping[str, Any], rows: int | None
) -> dict[str, Any]:
    """One table or view of the catalogue; only of a table are the rows counted."""
    schema, name = place
    kind = "VIEW" if rows is None else "BASE TABLE"
    about = {"id": "rows", "label": "Rows", "value": rows, "description": "", "include": True}
    return {
        "unique_id": unique_id,
        "metadata": {"database": DATABASE, "schema": schema, "name": name, "type": kind},
        "columns": columns,
        "stats": {} if rows is None else {"rows": about},
    }


def _page() -> str:
    """The page of dbt, found without starting dbt."""
    path = Path(str(distribution("dbt-core").locate_file(_PAGE)))
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DocsError(f"dbt-core brings no page for its documentation: {error}") from error


def _mended(page: str) -> str:
    """The page with nothing in it that would make a browser ask for another file."""
    for was, becomes in _HEAD:
        page = _put(page, was, becomes)
    return page.replace(_LINK, _LATE_LINK)


def _put(page: str, place: str, text: str) -> str:
    """The page with a text in the one place for it."""
    if page.count(place) != 1:
        raise DocsError(
            f"dbt's page has {place!r} {page.count(place)} times, not once: it is of a version of "
            "dbt-core that dbt_project/docs.py was not written for"
        )
    return page.replace(place, text)


def _inline(value: Any) -> str:
    """JSON that can stand in a script: nothing in it ends the script."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")


def _guarded(page: str) -> str:
    """The page with a policy that lets it run its own script and fetch nothing."""
    start = page.index(_SCRIPT) + len(_SCRIPT)
    script = page[start : page.index(_SCRIPT_END, start)]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return _put(page, _CHARSET, _CHARSET + meta)
