"""Links on publishers' pages: what is found, in which order, and what is refused."""

from __future__ import annotations

import json

import pytest

from ingestion.links import (
    content_address,
    content_documents,
    content_links,
    file_name,
    matching,
    page_links,
    pages_below,
    suffix_of,
)
from ingestion.web_error import Fault, WebError

PAGE = "https://www.publisher.test/statistics/work-areas/delays/"
UPLOADS = "https://www.publisher.test/statistics/wp-content/uploads/sites/2"


def html(*hrefs: str, head: str = "") -> str:
    """Return a page of links."""
    anchors = "".join(f'<p><a class="x" href="{href}">Data</a>' for href in hrefs)
    return f"<!DOCTYPE html><html><head>{head}</head><body>{anchors}</body></html>"


def test_links_become_absolute_addresses_in_page_order() -> None:
    """
    Given relative, rooted, whole and repeated links with entities and fragments,
    when read, then each address is there once.
    """
    text = html("b.xls", "/a.xls?x=1&amp;y=2", "https://other.test/c.xls#top", "b.xls#end")
    assert page_links(text, PAGE) == [
        f"{PAGE}b.xls",
        "https://www.publisher.test/a.xls?x=1&y=2",
        "https://other.test/c.xls",
    ]


def test_base_counts_and_other_schemes_do_not() -> None:
    """Given a base and links that are no web addresses, when read, then only the web is left."""
    text = html(
        "a.xls",
        "mailto:a@b.test",
        "javascript:void(0)",
        "file:///etc/passwd",
        "http://[bad",
        head='<base href="https://files.test/x/">',
    )
    assert page_links(text, PAGE) == ["https://files.test/x/a.xls"]


def test_http_on_a_page_that_came_by_https_is_taken_as_https() -> None:
    """Given an old http link on an https page, when read, then nothing will go in the clear."""
    assert page_links(html("http://www.publisher.test/a.xls"), PAGE) == [
        "https://www.publisher.test/a.xls"
    ]


@pytest.mark.parametrize(
    "pattern", ["*LA-Type-B*.xls*", "*la-type-b*.XLS*", "april 2019*type-b*.xls", "April%202019*"]
)
def test_case_and_percent_20_make_no_difference(pattern: str) -> None:
    """Given a name with %20 and capitals, when matched with either spelling, then it is found."""
    address = f"{UPLOADS}/2019/06/April%202019-LA-Type-B-aBc12.XLS"
    assert matching([address, f"{UPLOADS}/2019/06/other.xls"], pattern, PAGE) == [address]


def test_several_matches_come_with_the_newest_upload_last() -> None:
    """Given uploads of three months and one that does not tell, then all, the newest last."""
    told = [f"{UPLOADS}/2020/01/m.xls", f"{UPLOADS}/2018/12/m.xls", f"{UPLOADS}/2019/02/m.xls"]
    untold = "https://files.test/9A/B1C2D3/m.xls"
    found = matching([told[0], untold, *told[1:]], "m*.xls", PAGE)
    assert found == [untold, told[1], told[2], told[0]]


def test_f010_a_renamed_file_is_an_error_with_the_nearest_names() -> None:
    """Given a page whose file was renamed, when matched, then the error names the candidates."""
    links = [f"{UPLOADS}/2019/06/LA-Typ-B-April.xls", f"{UPLOADS}/2019/06/notes.pdf"]
    links += [f"{UPLOADS}/2019/06/quite-different-{n}.csv" for n in range(30)]
    with pytest.raises(WebError) as caught:
        matching(links, "*LA-Type-B*.xls*", PAGE)
    assert caught.value.fault is Fault.NO_LINK
    assert "nearest of 31 files on the page: LA-Typ-B-April.xls, " in caught.value.problem
    assert caught.value.problem.count(".csv") == 9
    assert "notes.pdf" not in caught.value.problem
    assert "`link`" in caught.value.mend


def test_a_page_without_any_file_says_so() -> None:
    """Given a page of menus only, when matched, then the error says it has no data file."""
    with pytest.raises(WebError, match="no data file at all"):
        matching(["https://www.publisher.test/about/"], "*.xls", PAGE)


@pytest.mark.parametrize("text", ["", "Service unavailable", '{"details": {}}', "a,b\n1,2\n"])
def test_what_is_no_page_is_refused(text: str) -> None:
    """Given text that is no page, when read as one, then that is an error, not no links."""
    with pytest.raises(WebError) as caught:
        page_links(text, PAGE)
    assert caught.value.fault is Fault.NOT_THE_PAGE


def test_pages_right_below_are_found_and_nothing_else() -> None:
    """Given links down, up, aside and to files, when asked, then only pages one step down."""
    addresses = [
        f"{PAGE}2019-20/",
        f"{PAGE}2018-19",
        f"{PAGE}2018-19/deep/",
        PAGE,
        f"{PAGE}file.xlsx",
        f"{PAGE}?page=2",
        "https://www.publisher.test/statistics/",
        "https://other.test/statistics/work-areas/delays/2019-20/",
    ]
    assert pages_below(addresses, PAGE) == addresses[:2]
    assert pages_below(addresses, PAGE.rstrip("/")) == addresses[:2]


def test_the_content_api_lists_attachments() -> None:
    """Given the API's answer, when read, then the attachments' addresses are absolute."""
    address = content_address("https://www.gov.test/government/statistics/outturn")
    assert address == "https://www.gov.test/api/content/government/statistics/outturn"
    assert content_address(address) == address
    attachments = [
        {"url": "https://assets.gov.test/media/0123456789abcdef01234567/RS.xlsx"},
        {"url": "/government/statistics/outturn/notes"},
        {"title": "without an address"},
        "no attachment",
    ]
    text = json.dumps({"details": {"attachments": attachments}})
    assert content_links(text, address) == [
        "https://assets.gov.test/media/0123456789abcdef01234567/RS.xlsx",
        "https://www.gov.test/government/statistics/outturn/notes",
    ]


def test_a_collection_lists_its_documents() -> None:
    """Given a collection, when read, then each document's place in the API is given."""
    address = "https://www.gov.test/api/content/government/collections/outturn"
    documents = [{"base_path": "/government/statistics/a"}, {"base_path": None}]
    text = json.dumps({"details": {}, "links": {"documents": documents}})
    assert content_links(text, address) == []
    assert content_documents(text, address) == [
        "https://www.gov.test/api/content/government/statistics/a"
    ]


@pytest.mark.parametrize("text", ["<html></html>", "[]", "{}", '"details"', '{"error": 1}'])
def test_what_is_no_answer_of_the_content_api_is_refused(text: str) -> None:
    """Given another text, when read as the API's answer, then that is an error."""
    with pytest.raises(WebError) as caught:
        content_links(text, PAGE)
    assert caught.value.fault is Fault.NOT_THE_PAGE


def test_names_are_read_from_the_path_only() -> None:
    """Given a query and a trap in the name, when named, then neither leads anywhere."""
    address = "https://files.test/get/..%2F..%2Fdags%2Fevil.CSV?name=x.xlsx"
    assert file_name(address) == "../../dags/evil.CSV"
    assert suffix_of(address) == ".csv"
    assert suffix_of("https://files.test/get/") == ""
