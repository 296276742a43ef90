"""Links in texts: a claim, a metric or a table that a text of the marts names leads to its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from publishing.scorecard.site import Site
from publishing.scorecard.words import source_for_readers

_NAMED = re.compile(
    r"\b(?P<claim>C\d{3})\b"
    r"|\b[Mm]etric (?P<metric>[a-z][a-z0-9_]*)\b"
    r"|(?P<before>\btable |\bsee |\bKey into )(?P<mart>[a-z][a-z_]*)\b"
)


@dataclass(frozen=True)
class Links:
    """What has a page: claims by their number, metrics by id with their titles, marts by name."""

    claims: frozenset[str]
    metrics: Mapping[str, str]
    marts: frozenset[str]

    def told(self, text: object, root: str) -> Markup:
        """Return a text of the marts for readers, with links relative to `root`; none is ''.

        Internal names are gone (`source_for_readers`); what has no page stays as it is.
        """
        if text is None:
            return Markup("")
        return self.in_text(source_for_readers(str(text)), root)

    def in_text(self, text: str, root: str) -> Markup:
        """Return a text with links, otherwise as it is."""
        parts: list[Markup] = []
        end = 0
        for found in _NAMED.finditer(text):
            link = self._link(found, root)
            if link is not None:
                parts += [escape(text[end : found.start()]), link]
                end = found.end()
        return Markup("").join([*parts, escape(text[end:])])

    def claim(self, claim_id: str, root: str) -> Markup:
        """Return the number of a claim, with a link where the claim is here."""
        return self.in_text(claim_id, root)

    def metric(self, metric_id: str, root: str) -> Markup:
        """Return a metric by its title, with a link; by its id where it is not here."""
        if metric_id not in self.metrics:
            return escape(metric_id)
        return _anchor(f"{root}metric/{metric_id}.html", self.metrics[metric_id])

    def _link(self, found: re.Match[str], root: str) -> Markup | None:
        claim, metric, mart = found["claim"], found["metric"], found["mart"]
        if claim in self.claims:
            return _anchor(f"{root}claims.html#{claim}", claim)
        if metric in self.metrics:
            return Markup("metric ") + self.metric(metric, root)
        if mart in self.marts:
            return escape(found["before"]) + _anchor(f"{root}dictionary/{mart}.html", mart)
        return None


def links_of(site: Site) -> Links:
    """Return what has a page in this release."""
    return Links(
        claims=frozenset(str(row["claim_id"]) for row in site.each("SELECT claim_id FROM claim")),
        metrics={
            str(row["metric_id"]): str(row["title"] or row["metric_id"])
            for row in site.each("SELECT metric_id, title FROM metric")
        },
        marts=frozenset(
            str(row["table_name"])
            for row in site.each(
                "SELECT table_name FROM duckdb_tables() "
                "WHERE database_name = current_database() AND schema_name = current_schema()"
            )
        ),
    )


def _anchor(href: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, text)
