"""No page without somebody who looks at it: what axe is shown in the browser is made of every template there is."""

from pathlib import Path

import pytest
from flask import template_rendered

from tests.pages import ROLES, all_pages
from tests.world import OWN, a_world

_TEMPLATES = Path(__file__).resolve().parents[2] / "web/templates"
#: What a page is made of, but no page.
_PARTS = frozenset({"base.html", "fields.html", "parts.html", "admin/base.html", "admin/parts.html"})
#: What only answers a form, and is shown to axe by a test that sends it.
_ANSWERS = frozenset({"held.html"})


def test_every_template_is_among_the_pages_that_axe_is_shown(tmp_path: Path) -> None:
    pages = all_pages(a_world(tmp_path))
    shown: set[str] = set()

    def rendered(_sender: object, template: object, **_context: object) -> None:
        shown.add(getattr(template, "name", ""))

    with template_rendered.connected_to(rendered, pages.world.app):
        for role in ROLES:
            browser = pages.world.browser(None if role == "nobody" else f"{OWN}-{role}")
            for path in pages.of(role):
                answer = browser.get(path)
                assert answer.status_code in {200, 403, 404, 409}, path
    pages.world.ctx.database.close()
    assert shown == {str(path.relative_to(_TEMPLATES)) for path in _TEMPLATES.rglob("*.html")} - _PARTS - _ANSWERS


@pytest.mark.parametrize("part", sorted(_PARTS | _ANSWERS))
def test_a_part_is_no_page(part: str) -> None:
    assert (_TEMPLATES / part).exists()
