"""The page to log in and out: a form and no script."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from maps.assets import assets
from maps.page import Page
from maps.templating import environment
from maps.words import Language, words

Notice = Literal["wrong", "stale", "often", "away"]
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def login_page(
    language: Language, *, to: str, csrf: str, who: str | None, notice: Notice | None
) -> Page:
    """The page in a language.

    Parameters
    ----------
    to : str
        The address to go on to.
    csrf : str
        What the form says back.
    who : str or None
        Who is logged in: then there is a button to log out.
    notice : str or None
        Why the form is shown again.
    """
    said = words(language)
    html = (
        environment()
        .get_template("login.html")
        .render(
            words=said,
            style_url=assets()["login.css"].url,
            query=urlencode({"lang": language, "next": to}),
            other_query=urlencode({"lang": said.other, "next": to}),
            csrf=csrf,
            to=to,
            who=who,
            notice=f"login.{notice}" if notice else None,
        )
    )
    return Page(html, POLICY)
