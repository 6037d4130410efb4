"""A page as PDF, by WeasyPrint, which is loaded when the first one is asked for."""

from __future__ import annotations

from threading import Lock

from vigia.errors import MissingToolError

SIZES = (100, 94, 88, 80, 72, 64)  # of the letters, in percent: the first that fits one page
ONE_AT_A_TIME = Lock()  # fonts are shared by the whole process


def one_page(html: str) -> bytes:
    """A page of HTML as a PDF of one page: letters shrink until it fits.

    Nothing is fetched: not from the network, not from files. The same page gives the same bytes
    on the same machine.

    Raises
    ------
    MissingToolError
        When WeasyPrint, or Pango that it draws with, is not installed.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:  # OSError: the libraries that it loads are missing
        raise MissingToolError(
            "PDF needs WeasyPrint and Pango, which are not installed here.",
            hint="pip install 'vigia[pdf]', and Pango from the system; or write HTML, and print "
            "that from a browser.",
        ) from error
    with ONE_AT_A_TIME:
        page = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
        for size in SIZES:
            smaller = CSS(string=f"html {{ font-size: {size}% }}")
            document = page.render(stylesheets=[smaller], pdf_tags=True)
            if len(document.pages) == 1:
                break
        made: bytes = document.write_pdf(pdf_tags=True)
    return made
