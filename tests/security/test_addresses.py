"""F110: no definition and no setting leads a fetch to a file, another protocol or inside."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ingestion.definition import Definition, load_definitions
from joinedup.settings import Settings
from tests.ingestion.small_texts import BEDS

UNSAFE = [
    "file:///etc/passwd",
    "gopher://www.gov.uk/",
    "ftp://www.gov.uk/",
    "http://www.gov.uk/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://[::ffff:169.254.169.254]/",
    "https://localhost/",
    "https://user:password@www.gov.uk/",
    "https://www.gov.uk:8443/",
    "https://www.gov.uk\\@169.254.169.254/",
    "//www.gov.uk/",
    "",
]


def _definition(**changes: Any) -> Definition:
    return Definition.model_validate({**yaml.safe_load(BEDS), **changes})


@pytest.mark.parametrize("address", UNSAFE)
def test_f110_a_definition_leads_to_a_named_host_by_https_only(address: str) -> None:
    """Given a definition with an unsafe page, when validated, then that is refused by name."""
    with pytest.raises(ValidationError, match="landing_page"):
        _definition(landing_page=address)


def test_f110_every_page_that_is_used_is_allowed() -> None:
    """Given the definitions, when loaded, then they are valid, and so is a plain page."""
    assert len(load_definitions()) > 40
    assert _definition(landing_page="https://www.gov.uk/a-page?of=it").landing_page


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "2852039166", "[::1]", "file:///etc", "gopher://x", "www.gov.uk:80", "a/b"],
)
def test_f110_a_setting_names_hosts_only(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Given a list of hosts with a number, a port or a scheme, then the settings are refused."""
    monkeypatch.setenv("JOINEDUP_WEB_HOSTS", f"www.gov.uk,{host}")
    with pytest.raises(ValidationError, match="web_hosts"):
        Settings()


@pytest.mark.parametrize("proxy", ["file:///etc/passwd", "gopher://x", "socks5://x"])
def test_f110_a_proxy_speaks_http(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Given a proxy of another protocol, then the settings are refused."""
    monkeypatch.setenv("JOINEDUP_WEB_PROXY", proxy)
    with pytest.raises(ValidationError, match="web_proxy"):
        Settings()
