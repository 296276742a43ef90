"""`dcat.jsonld`: the release for data catalogues, in DCAT 3 (W3C) as JSON-LD.

All its terms are declared in the file, so it is read without a request. Addresses are relative to
where the file lies.
"""

from __future__ import annotations

from typing import Any

from publishing.exports.released import (
    ABOUT,
    STATED_LICENCES,
    Mart,
    Released,
    Source,
    csv_name,
    parquet_name,
)
from publishing.manifest import FileEntry

NAME = "dcat.jsonld"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def catalogue_entry(released: Released) -> dict[str, Any]:
    """Give the release as a data set of data sets, one for each mart, with its sources."""
    facts = released.facts
    return {
        "@context": CONTEXT,
        "@id": "",
        "@type": "dcat:Dataset",
        "dcterms:title": _english(released.title),
        "dcterms:description": _english(ABOUT),
        "dcterms:identifier": facts.release_id,
        "dcterms:issued": {"@value": facts.made_at.isoformat(), "@type": "xsd:dateTime"},
        "dcterms:language": {
            "@id": "http://publications.europa.eu/resource/authority/language/ENG"
        },
        "dcterms:spatial": {
            "@id": "http://statistics.data.gov.uk/id/statistical-geography/E92000001"
        },
        "dcat:version": facts.release_id,
        **({"dcat:previousVersion": {"@id": f"../{facts.previous}/"}} if facts.previous else {}),
        "dcat:keyword": [_english(word) for word in ("health", "social care", "integration")],
        "dcat:distribution": _distribution(
            "marts.duckdb", "DuckDB", "application/vnd.duckdb", released.database
        ),
        "dcterms:hasPart": [_dataset(mart) for mart in released.marts],
        "dcterms:source": [_source(source) for source in released.sources],
    }


def _dataset(mart: Mart) -> dict[str, Any]:
    return {
        "@id": f"#{mart.name}",
        "@type": "dcat:Dataset",
        "dcterms:title": _english(mart.name),
        "dcterms:description": _english(mart.table.comment or mart.name),
        "dcat:distribution": [
            _distribution(csv_name(mart), "CSV", "text/csv", mart.csv),
            _distribution(
                parquet_name(mart), "Parquet", "application/vnd.apache.parquet", mart.parquet
            ),
        ],
    }


def _distribution(path: str, title: str, media_type: str, entry: FileEntry) -> dict[str, Any]:
    return {
        "@id": f"#{path}",
        "@type": "dcat:Distribution",
        "dcterms:title": _english(title),
        "dcat:downloadURL": {"@id": path},
        "dcat:mediaType": {"@id": f"{MEDIA_TYPES}{media_type}"},
        "dcat:byteSize": {"@value": str(entry.bytes), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": entry.sha256, "@type": "xsd:hexBinary"},
        },
    }


def _source(source: Source) -> dict[str, Any]:
    """Give a return; its licence is an address where one is stated, else what is said of it."""
    licence = STATED_LICENCES.get(source.licence)
    return {
        "@id": f"#return-{source.return_id}",
        "@type": "dcat:Dataset",
        "dcterms:title": _english(source.title),
        "dcterms:publisher": {"@type": "foaf:Agent", "foaf:name": source.publisher},
        "dcat:landingPage": {"@id": source.landing_page},
        **(
            {"dcterms:license": {"@id": licence[1]}}
            if licence
            else {"dcterms:rights": _english(f"licence: {source.licence}")}
        ),
    }


def _english(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}
