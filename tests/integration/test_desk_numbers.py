"""Official numbers at the desk: a head sees them and makes one void; an erased paper is refused in words."""

from pathlib import Path

import pytest

from casework import cases, documents, erasing, registers, working
from casework.acts import ActError
from casework.context import Context
from storage import Database
from tests.integration.paper_cases import ISSUE, OFFICE, a_case, a_context, issue, want
from tests.world import PASSWORD, Browser, World
from web import create_app


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    made = a_context(database, tmp_path)
    for name, role in (("zhou", "head"), ("wu", "reviewer")):
        registers.add_person(made, "system:test", name, f"示例 {name}", name, PASSWORD)
        registers.give_role_now(made, "system:test", name, OFFICE, role)
    return made


@pytest.fixture
def reserved(ctx: Context) -> str:
    """A case whose act has a number and cannot be finished."""
    case = a_case(ctx, "recognition_decision", injury__treatment=None)
    want(ctx, case)
    with pytest.raises(ActError):
        working.carry_out(ctx, case, ISSUE)
    return case


def _browser(ctx: Context, case: str, person: str) -> Browser:
    return World(ctx, create_app(ctx, secret_key="k" * 32), case, ISSUE).browser(person)


def _void(browser: Browser, case: str, reason: str) -> int:
    return browser.post(f"/cases/{case}/void/{ISSUE}", reason=reason, token=f"void {reason}").status_code


def test_a_head_sees_the_numbers_of_a_case_and_nobody_else_does(ctx: Context, reserved: str) -> None:
    page = _browser(ctx, reserved, "zhou").get(f"/cases/{reserved}").text
    assert 'id="numbers"' in page
    assert "演示五华工认〔2026〕1号" in page
    assert "已占用，文书尚未制成" in page
    page = _browser(ctx, reserved, "wu").get(f"/cases/{reserved}").text
    assert 'id="numbers"' not in page
    assert _void(_browser(ctx, reserved, "wu"), reserved, "文书作废重拟") == 403


def test_a_reserved_number_is_made_void_with_its_reason_and_the_next_one_is_taken(ctx: Context, reserved: str) -> None:
    head = _browser(ctx, reserved, "zhou")
    assert _void(head, reserved, " ") == 422
    assert _void(head, reserved, "文书作废重拟") == 302
    page = head.get(f"/cases/{reserved}").text
    assert "已作废：文书作废重拟" in page
    assert f'action="/cases/{reserved}/void/' not in page
    with pytest.raises(ActError):
        working.carry_out(ctx, reserved, ISSUE)
    page = head.get(f"/cases/{reserved}").text
    assert "演示五华工认〔2026〕2号" in page
    assert f'action="/cases/{reserved}/void/{ISSUE}"' in page


def test_a_void_number_is_refused_in_words(ctx: Context, reserved: str) -> None:
    head = _browser(ctx, reserved, "zhou")
    _void(head, reserved, "文书作废重拟")
    answer = head.post(f"/cases/{reserved}/void/{ISSUE}", reason="另一理由", token="another form")
    assert answer.status_code == 404
    assert "没有可以作废的文号" in answer.text


def test_an_issued_number_is_listed_and_cannot_be_made_void(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    issue(ctx, case)
    head = _browser(ctx, case, "zhou")
    head.post("/language", language="en", next="/inbox")
    page = head.get(f"/cases/{case}").text
    assert "Official numbers" in page
    assert "Issued" in page
    assert f'action="/cases/{case}/void/' not in page
    answer = head.post(f"/cases/{case}/void/{ISSUE}", reason="重拟", token="one")
    assert answer.status_code == 422
    assert "has been issued and cannot be voided" in answer.text


def test_an_erased_paper_is_marked_on_the_page_and_refused_in_words(ctx: Context) -> None:
    case = a_case(ctx, "acceptance_decision")
    issue(ctx, case)
    (paper,) = cases.view(ctx, "zhou", case, "test").documents
    order, ground, reason = "昆法〔2026〕3号", "个人信息保护法:47", "法院裁定"
    proposal = erasing.propose(
        ctx, "wu", case, {}, files=[paper.row.sha256], order=order, ground=ground, reason=reason, token="one"
    )
    erasing.erase(ctx, "zhou", case, proposal)
    head = _browser(ctx, case, "zhou")
    page = head.get(f"/cases/{case}").text
    assert f'href="/cases/{case}/documents/' not in page
    assert f'{paper.row.title} <span class="tag">已依法删除</span>' in page
    answer = head.get(f"/cases/{case}/documents/{paper.row.address}")
    assert answer.status_code == 404
    assert "此文书已依法删除" in answer.text
    head.post("/language", language="en", next="/inbox")
    assert "This paper was erased on lawful order" in head.get(f"/cases/{case}/documents/{paper.row.address}").text
    assert [row.state for row in documents.numbers(ctx, "zhou", case)] == ["issued"]
