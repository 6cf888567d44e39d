"""Erasing on lawful order at the desk: chosen by one, confirmed by another, and gone from every page."""

import re
from io import BytesIO
from urllib.parse import quote

import pytest

from casework import cases, materials, opening, registers
from tests.world import OTHER, OWN, PASSWORD, Browser, World

_REGISTERED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": "false"}
_REVIEWED = {"visit.reviewed_on": "2026-11-09", "visit.opinion": "情况属实"}
_CONFIRMED = {"visit.confirmed_at": "2026-11-09T10:30", "visit.confirmed": "true"}
_ORDER = {"order": "昆法〔2026〕3号裁定", "ground": "个人信息保护法第四十七条", "reason": "法院裁定删除"}
_NAME = "赵示例身份证.pdf"


@pytest.fixture(scope="module")
def world(world: World) -> World:
    registers.add_person(world.ctx, "system:test", "second approver", "示例二", "second approver", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "second approver", OWN, "approver")
    return world


@pytest.fixture
def open_case(world: World, request: pytest.FixtureRequest) -> str:
    """A registered visit of the test's own, with a material and a comment of its own."""
    intake = f"{OWN}-intake"
    made = opening.start(world.ctx, intake, "visit", OWN, request.node.nodeid)
    world.browser(intake).send(f"/cases/{made}/tasks/{quote(world.address)}", _REGISTERED)
    cases.comment(world.ctx, intake, made, "其妻电话13800000000", f"{request.node.nodeid} one")
    cases.comment(world.ctx, intake, made, "材料齐全", f"{request.node.nodeid} two")
    scan = BytesIO(b"%PDF-1.7 " + made.encode())
    materials.add(world.ctx, intake, made, scan, name=_NAME, media_type="application/pdf", kind="身份证", token=made)
    return made


@pytest.fixture
def case(world: World, open_case: str) -> str:
    """That visit, brought to its end."""
    return _ended(world, open_case)


def _ended(world: World, open_case: str) -> str:
    world.browser(f"{OWN}-reviewer").send(f"/cases/{open_case}/tasks/visit/review_visit", _REVIEWED)
    for name in (f"{OWN}-approver", "second approver"):
        world.browser(name).send(f"/cases/{open_case}/tasks/visit/confirm_visit", _CONFIRMED)
    assert cases.view(world.ctx, f"{OWN}-head", open_case, "link").case.state == "ended"
    return open_case


@pytest.fixture
def reviewer(world: World) -> Browser:
    return world.browser(f"{OWN}-reviewer")


@pytest.fixture
def head(world: World) -> Browser:
    return world.browser(f"{OWN}-head")


def _boxes(browser: Browser, case: str) -> dict[str, list[str]]:
    """What may be ticked on the page, by the name of the box."""
    page = browser.get(f"/cases/{case}/interventions/erasure").text
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]+)"', page):
        found.setdefault(name, []).append(value)
    return found


def _propose(browser: Browser, case: str, **changes: object) -> int:
    given = {"token": f"erase {case}", **_ORDER, **changes}
    return browser.send(f"/cases/{case}/interventions/erasure", given).status_code


def _erase(browser: Browser, case: str) -> None:
    """Confirm the erasure that waits."""
    path = re.search(rf"/cases/{case}/interventions/\d+/erase", browser.get(f"/cases/{case}/interventions").text)
    assert path
    assert browser.post(path[0]).status_code == 302


# --- choosing


def test_personal_facts_what_was_written_and_files_may_be_chosen_and_nothing_else(case: str, reviewer: Browser) -> None:
    boxes = _boxes(reviewer, case)
    # Entries: opened, claimed, registered, two comments, the material.
    assert boxes["field"][:2] == ["visit.host", "visit.opinion"]
    assert boxes["field"][2:] == ["comment.text 4", "comment.text 5", "material.kind 6", "material.name 6"]
    assert len(boxes["file"]) == 1
    page = reviewer.get(f"/cases/{case}/interventions/erasure").text
    for told in ("接待人", "备注", "其妻电话13800000000", "材料文件名", _NAME, f'href="/cases/{case}#entry-3">#3</a>'):
        assert told in page


def test_an_open_case_says_on_its_page_that_nothing_can_be_erased_yet(open_case: str, reviewer: Browser) -> None:
    for page in ("interventions", "interventions/erasure"):
        assert "案件尚未办结，不能删除" in reviewer.get(f"/cases/{open_case}/{page}").text
    assert (
        f'action="/cases/{open_case}/interventions/erasure"'
        not in reviewer.get(f"/cases/{open_case}/interventions/erasure").text
    )
    assert _propose(reviewer, open_case, field="visit.host") == 422


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "没有可以删除的内容"),
        ({"field": "visit.host", "order": " "}, "请填写"),
        ({"field": "visit.host", "ground": ""}, "请填写"),
        ({"field": "visit.host", "reason": ""}, "请填写"),
    ],
)
def test_an_erasure_that_cannot_be_proposed_is_shown_again_as_it_was_filled_in(
    case: str, reviewer: Browser, change: dict[str, str], told: str
) -> None:
    given = {**_ORDER, "token": "again", **change}
    answer = reviewer.send(f"/cases/{case}/interventions/erasure", given)
    assert answer.status_code == 422
    assert told in answer.text
    assert ('value="visit.host" checked' in answer.text) is ("field" in change)


def test_a_file_that_is_none_of_the_case_is_refused_in_words(case: str, reviewer: Browser) -> None:
    for name in ("0" * 64, "nothing"):
        answer = reviewer.send(f"/cases/{case}/interventions/erasure", {**_ORDER, "token": "file", "file": name})
        assert answer.status_code == 404
        assert "案件中没有这个文件" in answer.text


def test_who_works_on_no_case_of_the_office_chooses_nothing(world: World, case: str) -> None:
    auditor = world.browser(f"{OWN}-auditor")
    assert auditor.get(f"/cases/{case}/interventions/erasure").status_code == 403
    assert _propose(auditor, case, field="visit.host") == 403
    assert world.browser(f"{OTHER}-head").get(f"/cases/{case}/interventions/erasure").status_code == 404


# --- confirming


def test_the_second_person_sees_order_ground_and_what_is_to_go(case: str, reviewer: Browser, head: Browser) -> None:
    assert _propose(reviewer, case, field=["visit.host", "comment.text 4"]) == 302
    page = head.get(f"/cases/{case}/interventions").text
    for told in ("昆法〔2026〕3号裁定", "个人信息保护法第四十七条", "法院裁定删除", "接待人", "备注", "#4"):
        assert told in page
    assert "/erase" not in reviewer.get(f"/cases/{case}/interventions").text.replace("/erasure", "")


def test_nobody_confirms_an_erasure_of_their_own_but_may_take_it_back(case: str, head: Browser) -> None:
    assert _propose(head, case, field="visit.host") == 302
    page = head.get(f"/cases/{case}/interventions").text
    number = re.search(r"/interventions/(\d+)/decline", page)
    assert number
    assert head.post(f"/cases/{case}/interventions/{number[1]}/erase").status_code == 403
    assert head.post(f"/cases/{case}/interventions/{number[1]}/decline", reason="误提").status_code == 302
    assert head.post(f"/cases/{case}/interventions/{number[1]}/erase").status_code == 422


def test_what_was_erased_is_gone_and_said_to_be_on_every_part_of_the_page(
    case: str, reviewer: Browser, head: Browser
) -> None:
    (sha256,) = _boxes(reviewer, case)["file"]
    _propose(reviewer, case, field=["visit.host", "comment.text 4"], file=sha256)
    _erase(head, case)
    page = head.get(f"/cases/{case}").text
    for gone in ("赵示例", "13800000000", _NAME):
        assert gone not in page
    assert "命令：昆法〔2026〕3号裁定；依据：个人信息保护法第四十七条" in page
    facts, materials_, timeline = (
        re.search(rf'<section class="card" id="{part}">.*?</section>', page, re.DOTALL)
        for part in ("facts", "materials", "timeline")
    )
    assert facts
    assert re.search(r'<dt>接待人</dt><dd><a href="#entry-\d+">已依法删除</a>', facts[0])
    assert materials_
    assert "已依法删除" in materials_[0]
    assert timeline
    assert timeline[0].count("其中的内容已依法删除") == 3
    assert "材料齐全" in page


def test_a_name_erased_alone_leaves_its_file_to_be_read(
    world: World, case: str, reviewer: Browser, head: Browser
) -> None:
    _propose(reviewer, case, field="material.name 6")
    _erase(head, case)
    page = head.get(f"/cases/{case}").text
    link = re.search(rf'<a href="(/cases/{case}/materials/[^"]+)">已依法删除</a>', page)
    assert link
    assert head.get(link[1]).status_code == 200


def test_what_was_said_of_a_recusal_is_chosen_by_its_entry_and_gone_from_the_page(
    world: World, open_case: str, reviewer: Browser, head: Browser
) -> None:
    told = {"person": f"{OWN}-intake", "party": "赵示例之妻", "reason": "系赵示例的近亲属", "token": "recusal"}
    reviewer.send(f"/cases/{open_case}/interventions/recusal", told)
    case = _ended(world, open_case)
    boxes = [box for box in _boxes(reviewer, case)["field"] if box.startswith("recusal.")]
    assert [box.partition(" ")[0] for box in boxes] == ["recusal.asked_by", "recusal.ground"]
    for words in ("赵示例之妻", "系赵示例的近亲属"):
        assert words in reviewer.get(f"/cases/{case}/interventions/erasure").text
    _propose(reviewer, case, field=boxes)
    _erase(head, case)
    page = head.get(f"/cases/{case}/interventions").text
    assert "近亲属" not in page
    assert "赵示例之妻" not in page
    assert "已依法删除 于" in page
    assert '<p class="text">已依法删除</p>' in page


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "此材料已依法删除"), ("en", "This material was erased on lawful order")]
)
def test_an_erased_material_is_refused_in_words(
    world: World, case: str, reviewer: Browser, head: Browser, language: str, told: str
) -> None:
    (row,) = cases.view(world.ctx, f"{OWN}-head", case, "link").materials
    _propose(reviewer, case, file=row.sha256)
    _erase(head, case)
    head.post("/language", language=language, next="/inbox")
    answer = head.get(f"/cases/{case}/materials/{row.id}")
    assert answer.status_code == 404
    assert told in answer.text


def test_the_pages_are_whole_in_english(case: str, reviewer: Browser, head: Browser) -> None:
    for browser in (reviewer, head):
        browser.post("/language", language="en", next="/inbox")
    page = reviewer.get(f"/cases/{case}/interventions/erasure").text
    for told in ("Erase on lawful order", "Name and number of the order", "Host", "Name of a file"):
        assert told in page
    _propose(reviewer, case, field="visit.host")
    assert "What is erased cannot be brought back" in head.get(f"/cases/{case}/interventions").text
    _erase(head, case)
    assert "Erased on lawful order" in head.get(f"/cases/{case}").text
