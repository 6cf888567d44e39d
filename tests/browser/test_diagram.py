"""The diagram on a case page: marks, the plane the case stands on, the library's watermark, no other host."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.not_run import not_run

_ROOT = Path(__file__).resolve().parents[2]
_BUILT = _ROOT / "web/static/built"

_PLANES = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="anjuan"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
  <process id="visit">
    <startEvent id="arrived"/>
    <subProcess id="inspect" name="检查"><userTask id="write_record" name="制作笔录"/></subProcess>
  </process>
  <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="visit">
    <bpmndi:BPMNShape bpmnElement="arrived"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape bpmnElement="inspect" isExpanded="false"><dc:Bounds x="200" y="78" width="100" height="80"/>
    </bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
  <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="inspect">
    <bpmndi:BPMNShape bpmnElement="write_record"><dc:Bounds x="100" y="100" width="100" height="80"/>
    </bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>"""

_PAGE = """<!doctype html><html lang="zh-CN"><title>流程图</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/app.css">
<main><h1>流程图</h1><div class="canvas" data-diagram="/places" role="img" aria-label="流程图"></div></main>
<script src="/static/diagram.js" defer></script></html>"""


@pytest.fixture
def show(page: Page, serve: Callable[[Flask], Any]) -> Iterator[Callable[..., Page]]:
    """Shows a diagram with its places as a case page does."""
    if not (_BUILT / "diagram.js").exists():
        not_run("browser assets", "they are not built (make assets)")
    app = Flask("diagram", static_folder=str(_BUILT), static_url_path="/static")
    places: list[dict[str, Any]] = []
    app.add_url_rule("/", "page", lambda: _PAGE)
    app.add_url_rule("/places", "places", lambda: places)

    with serve(app) as address:

        def opened(xml: str, called: str | None = None, **at: list[str]) -> Page:
            places.append({"name": "走访", "xml": xml, **at})
            if called:
                places.append({"name": "被调用", "xml": called, "done": ["arrived"], "now": []})
            page.goto(address)
            expect(page.locator("[data-drawn]")).to_be_visible()
            return page

        yield opened


def test_elements_are_marked_as_done_and_as_now(show: Callable[..., Page]) -> None:
    page = show(_PLANES, done=["arrived"], now=["inspect", "removed_since"])
    expect(page.locator("[data-element-id=arrived].done")).to_be_visible()
    expect(page.locator("[data-element-id=inspect].now")).to_be_visible()


def test_the_plane_where_the_case_stands_is_shown_and_can_be_left(show: Callable[..., Page]) -> None:
    page = show(_PLANES, done=["arrived"], now=["inspect", "write_record"])
    expect(page.locator("[data-element-id=write_record].now")).to_be_visible()
    page.locator(".bjs-breadcrumbs a").first.click()
    expect(page.locator("[data-element-id=arrived]")).to_be_visible()
    page.locator(".bjs-drilldown").click()
    expect(page.locator("[data-element-id=write_record]")).to_be_visible()


def test_a_called_diagram_is_one_button_away(show: Callable[..., Page]) -> None:
    page = show(_PLANES, now=["inspect"], called=_PLANES)
    own, called = page.get_by_role("button", name="走访"), page.get_by_role("button", name="被调用")
    expect(own).to_have_attribute("aria-pressed", "true")
    called.click()
    expect(page.locator("[data-element-id=arrived].done")).to_be_visible()
    expect(page.locator("[data-element-id=inspect].now")).to_have_count(0)
    expect(own).to_have_attribute("aria-pressed", "false")


def test_the_watermark_of_the_library_is_neither_removed_nor_covered(show: Callable[..., Page]) -> None:
    page = show(_PLANES, now=["inspect"])
    page.locator(".bjs-powered-by").click(trial=True)
    expect(page.locator(".bjs-powered-by")).to_be_in_viewport()


def test_a_shipped_diagram_is_drawn(show: Callable[..., Page]) -> None:
    page = show((_ROOT / "processes/recognition.bpmn").read_text(encoding="utf-8"))
    assert page.locator(".djs-shape:visible").count() > 5
