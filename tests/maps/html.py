"""Reads a page as a browser would split it, with the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser


class Blocks(HTMLParser):
    """Inline scripts and styles, data blocks, addresses, and all attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.data: dict[str, str] = {}
        self.urls: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.meta_csp = ""
        self._open: tuple[str, dict[str, str]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += named.items()
        self.urls += [named[name] for name in ("src", "href") if name in named]
        if tag in {"script", "style"}:
            self._open = (tag, named)
        if named.get("http-equiv") == "Content-Security-Policy":
            self.meta_csp = named["content"]

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is None:
            self.text.append(data)
            return
        tag, named = self._open
        if tag == "style":
            self.styles.append(data)
        elif named.get("type") == "application/json":
            self.data[named["id"]] = data
        else:
            self.scripts.append(data)
