"""HTML for people, and the OpenAPI 3.0 document."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.api.project import HERE
from tests.maps import region

ITEMS = "/ogc/collections/scores_recruitment/items"
CODE = sorted(region.districts()["code"])[0]
PATHS = (
    *("/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections"),
    *("/ogc/collections/scores_recruitment", "/ogc/collections/layer_mining/items"),
    *("/ogc/collections/scores_recruitment/queryables", ITEMS, f"{ITEMS}/{CODE}"),
)


class Page(HTMLParser):
    """Tags and where they lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.language: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        if tag == "html":
            self.language = told["lang"]
        if tag == "a":
            self.links.append(str(told["href"]))


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_a_page_too(client: TestClient, path: str) -> None:
    asked = [{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, {}]
    for headers, query in zip(asked, ["", "?f=html"], strict=True):
        answer = client.get(f"{path}{query}", headers=headers)
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        page = Page(answer.text)
        assert page.language == "es"
        assert not {"script", "img", "iframe"} & set(page.tags)
        assert page.tags.count("h1") == 1
    assert Page(client.get(f"{path}?f=html&lang=en").text).language == "en"
    assert "json" in client.get(path).headers["content-type"]
    assert "json" in client.get(f"{path}?f=json", headers=asked[0]).headers["content-type"]


def test_pages_lead_to_pages(client: TestClient) -> None:
    """Everything can be reached from the first page, each page in its language."""
    seen: set[str] = set()
    ahead = ["/ogc?f=html&lang=en"]
    while ahead and len(seen) < 60:
        address = ahead.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if "text/html" not in answer.headers["content-type"]:
            continue
        for link in Page(answer.text).links:
            to = urljoin(f"{HERE}{address}", link)
            assert to.startswith(f"{HERE}/ogc")
            ahead.append(to.removeprefix(HERE))
    assert {"/ogc/api", "/ogc/conformance", ITEMS} <= {urlsplit(one).path for one in seen}


def test_hostile_names_are_text(client: TestClient) -> None:
    page = client.get(f"{ITEMS}?f=html&limit=10000").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page
    assert "<script" not in page
    for path in (f"{ITEMS}?f=html&after=%3Cimg%3E", "/ogc/collections/%3Cimg%3E?f=html"):
        assert client.get(path).headers["content-type"] == "application/problem+json"


def test_what_is_not_known_is_refused_of_pages_too(client: TestClient) -> None:
    for path in PATHS:
        for query in ("f=xml", "f=html&zzzz=1", "f=html&lang=fr", "f=html&f=json"):
            assert client.get(f"{path}?{query}").status_code == 400


def test_the_document_is_valid_openapi_3_0(client: TestClient) -> None:
    answer = client.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    OpenAPIV30SpecValidator(document).validate()
    told = client.get("/ogc/collections").json()["collections"]
    assert {f"/ogc/collections/{one['id']}/items" for one in told} <= set(document["paths"])
    assert document["servers"] == [{"url": HERE}]


def test_the_document_tells_of_every_parameter(client: TestClient) -> None:
    """What it names is taken, and what it does not name is refused."""
    told = client.get("/ogc/api").json()["paths"][ITEMS]["get"]["parameters"]
    values = {
        "limit": "1",
        "bbox": "-75,-9,-74,-8",
        "datetime": "2026-01-01",
        "filter": "rate>1",
        "filter-lang": "cql2-text",
        "sortby": "rate",
        "properties": "rate",
        "f": "json",
        "lang": "es",
        "run": region.RUN_ID,
        "after": CODE,
    }
    for one in told:
        value = values.get(one["name"], one["schema"].get("default", "x"))
        answer = client.get(ITEMS, params={one["name"]: value})
        assert answer.status_code == 200, one["name"]
    assert {"crs", "bbox-crs", "filter-crs", "level", *values} <= {one["name"] for one in told}
    assert client.get(f"{ITEMS}?zzzz=1").status_code == 400
