"""The pages of a release as files: what a page links to, shows and carries, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

_VOID = {"meta", "link", "input", "br", "hr", "img", "col", "wbr", "area", "source"}


@dataclass
class Seen:
    """What stands in a page: `links` are addresses as written, `open_tags` those left open."""

    links: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        seen = self.seen
        seen.tags.append(tag)
        if tag not in _VOID:
            seen.open_tags.append(tag)
        self._note_inline(tag, said)
        if "id" in said:
            seen.ids.append(said["id"] or "")
        if tag == "a" and said.get("href") is not None:
            seen.links.append(said["href"] or "")
        if tag in ("link", "script", "img", "use", "image"):
            carried = filter(None, (said.get("href"), said.get("src")))
            seen.carried.extend(name for name in carried if not name.startswith("data:"))
        if tag == "figure" and said.get("class") == "chart":
            seen.charts.append(said.get("id") or "")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            seen.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.seen.open_tags and self.seen.open_tags[-1] == tag:
            self.seen.open_tags.pop()
        else:
            self.seen.inline.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if not self.seen.open_tags or self.seen.open_tags[-1] not in ("script", "style"):
            self.seen.text.append(data)
        elif data.strip():
            self.seen.inline.append(f"{self.seen.open_tags[-1]} with content")

    def _note_inline(self, tag: str, said: dict[str, str | None]) -> None:
        for name, value in said.items():
            is_script = name.startswith("on") or (value or "").strip().startswith("javascript:")
            if is_script or name == "style":
                self.seen.inline.append(f"<{tag} {name}>")


@cache
def seen_in(page: Path) -> Seen:
    """Read a page once."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    return reader.seen


def pages_of(site: Path) -> list[Path]:
    """Return every page of a site, in one order."""
    return sorted(site.rglob("*.html"))


def broken_links(site: Path) -> Iterator[str]:
    """Name each link within the release that leads nowhere: a file, or a place in a page."""
    release = site.parent
    for page in pages_of(site):
        for link in seen_in(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            base = page.relative_to(release).as_posix()
            path = unquote(parts.path)
            to = normpath(str(PurePosixPath(base).parent / path)) if path else base
            target = release / to
            if to.startswith("..") or not target.is_file():
                yield f"{base}: {link}"
            elif parts.fragment and _lacks(target, site, unquote(parts.fragment)):
                yield f"{base}: {link} (no such place)"


def _lacks(target: Path, site: Path, place: str) -> bool:
    """Tell whether a page of the site lacks a place; what lies beside it is not looked into.

    Areas with commas between are no place but a choice, which the script takes.
    """
    is_page = target.suffix == ".html" and target.is_relative_to(site)
    return is_page and "," not in place and place not in seen_in(target).ids


def kinds_of(site: Path) -> dict[str, Path]:
    """Give one page of each kind: those at the top, and the heaviest of each folder."""
    kinds = {page.stem: page for page in sorted(site.glob("*.html"))}
    for folder in sorted(path for path in site.iterdir() if path.is_dir()):
        pages = sorted(folder.glob("*.html"), key=lambda page: page.stat().st_size)
        if pages:
            kinds[f"{folder.name}, heaviest"] = pages[-1]
            kinds[f"{folder.name}, lightest"] = pages[0]
    return kinds
