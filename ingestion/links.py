"""Find the files of a return on its publisher's page. Pure: text in, addresses out.

Addresses change with every issue of a file (upload month, random suffix), so they are
never put together, only found.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from ingestion.web_error import Fault, WebError

FILE_SUFFIXES = frozenset({".csv", ".ods", ".txt", ".xls", ".xlsb", ".xlsm", ".xlsx", ".zip"})
SHOWN_CANDIDATES = 10
UPLOADED = re.compile(r"/uploads/(?:sites/\d+/)?(\d{4})/(\d{2})/")


class _Anchors(HTMLParser):
    """Collects `href` of `<a>`, and the page's `<base>`."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.hrefs: list[str] = []
        self.is_page = False

    def handle_decl(self, decl: str) -> None:
        self.is_page |= decl.lower().startswith("doctype html")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_page |= tag in {"html", "body"}
        href = dict(attrs).get("href")
        if href and tag == "a":
            self.hrefs.append(href)
        elif href and tag == "base" and not self.base:
            self.base = href


def read_page(text: str, address: str, is_content: bool) -> tuple[list[str], list[str]]:
    """Return what a page links to, and which of that are pages of the same publication.

    `is_content` tells that the text is the content API's. `address` is where the text came
    from. Raises `WebError` when it is not such a page.
    """
    if is_content:
        return content_links(text, address), content_documents(text, address)
    links = page_links(text, address)
    return links, pages_below(links, address)


def page_links(text: str, page: str) -> list[str]:
    """Return the absolute web addresses linked from an HTML page, each once, in its order.

    `page` is the address the text came from. Raises `WebError` when the text is no page.
    """
    anchors = _Anchors()
    anchors.feed(text)
    anchors.close()
    if not anchors.is_page:
        raise WebError(Fault.NOT_THE_PAGE, page, "what came is not a web page")
    base = urljoin(page, anchors.base)
    return _absolute(anchors.hrefs, base)


def is_content_page(page: str, hosts: Iterable[str]) -> bool:
    """Whether the page's host has the content API (`/api/content/<path>`)."""
    return urlsplit(page).hostname in set(hosts)


def content_address(page: str) -> str:
    """Return where the content API describes a page."""
    path = urlsplit(page).path
    return urljoin(page, path if path.startswith("/api/content/") else f"/api/content{path}")


def content_links(text: str, address: str) -> list[str]:
    """Return the attachments that the content API lists, in its order.

    Raises `WebError` when the text is not the API's answer.
    """
    details = _content(text, address).get("details")
    attachments = details.get("attachments", []) if isinstance(details, dict) else []
    return _absolute(_texts(attachments, "url"), address)


def content_documents(text: str, address: str) -> list[str]:
    """Return the content-API addresses of the publications a collection lists."""
    links = _content(text, address).get("links")
    documents = links.get("documents", []) if isinstance(links, dict) else []
    return [content_address(urljoin(address, path)) for path in _texts(documents, "base_path")]


def pages_below(addresses: Iterable[str], page: str) -> list[str]:
    """Return the linked pages that lie right below a page, such as one for each year."""
    root = page if page.endswith("/") else f"{page}/"
    below = [
        address
        for address in addresses
        if address.startswith(root)
        and re.fullmatch(r"[^/?]+/?", address.removeprefix(root))
        and suffix_of(address) not in FILE_SUFFIXES
    ]
    return _once(below)


def matching(addresses: Sequence[str], pattern: str, page: str) -> list[str]:
    """Return the addresses whose file name fits a pattern, the newest upload last.

    Case and `%20` make no difference. Where an address does not tell its upload month
    it keeps the page's order, before those that do. Raises `WebError` naming the
    nearest files when none fits.
    """
    wanted = unquote(pattern).casefold()
    found = [a for a in _once(addresses) if fnmatchcase(file_name(a).casefold(), wanted)]
    if not found:
        raise WebError(Fault.NO_LINK, page, _no_match(addresses, pattern))
    return sorted(found, key=_uploaded)


def file_name(address: str) -> str:
    """Return the last part of an address's path, as a person reads it."""
    return unquote(urlsplit(address).path.rpartition("/")[2])


def suffix_of(address: str) -> str:
    """Return what the address claims its file to be, such as `.xlsx`; '' when nothing."""
    _, dot, suffix = file_name(address).rpartition(".")
    return f".{suffix.lower()}" if dot else ""


def _uploaded(address: str) -> tuple[int, int]:
    told = UPLOADED.search(urlsplit(address).path)
    return (int(told[1]), int(told[2])) if told else (0, 0)


def _no_match(addresses: Sequence[str], pattern: str) -> str:
    files = _once(a for a in addresses if suffix_of(a) in FILE_SUFFIXES)
    if not files:
        return f"no link fits '{pattern}', and the page links to no data file at all"

    def likeness(address: str) -> float:
        plain = pattern.replace("*", "").casefold()
        return difflib.SequenceMatcher(None, plain, file_name(address).casefold()).ratio()

    nearest = sorted(files, key=likeness, reverse=True)[:SHOWN_CANDIDATES]
    listed = ", ".join(file_name(address) for address in nearest)
    return f"no link fits '{pattern}'; nearest of {len(files)} files on the page: {listed}"


def _absolute(hrefs: Iterable[str], base: str) -> list[str]:
    """Resolve links; on a page that came by https, http is taken as https."""
    found: list[str] = []
    for href in hrefs:
        try:
            address = urldefrag(urljoin(base, href.strip())).url
            parts = urlsplit(address)
        except ValueError:  # a link that is no address, such as http://[, leads nowhere
            continue
        if parts.scheme == "http" and urlsplit(base).scheme == "https":
            parts = parts._replace(scheme="https")
        if parts.scheme in {"http", "https"}:
            found.append(parts.geturl().replace(" ", "%20"))
    return _once(found)


def _content(text: str, address: str) -> dict[str, object]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict) or "details" not in content:
        raise WebError(Fault.NOT_THE_PAGE, address, "what came is not the content API's answer")
    return content


def _texts(entries: object, key: str) -> list[str]:
    if not isinstance(entries, list):
        return []
    values = [entry.get(key) for entry in entries if isinstance(entry, dict)]
    return [value for value in values if isinstance(value, str)]


def _once(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(addresses))
