"""What pages tell a reader without being asked: which paper is meant, what was decided, what is still known."""

import io
from pathlib import Path

import pytest

from casework import advance, interventions, opening, tasks
from casework.advance import Arrival
from casework.context import Context
from engine.values import Value
from storage import Database
from tests.integration.paper_cases import a_case, a_context, a_person, issue
from tests.world import OWN, Browser, World
from web import create_app

_INTAKE, _REVIEWER, _HEAD = (f"{OWN}-{role}" for role in ("intake", "reviewer", "head"))
_GIVEN: dict[str, Value] = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home"}


def _opened(world: World, token: str) -> str:
    return opening.start(world.ctx, _INTAKE, "visit", OWN, token)


def _registered(world: World, token: str) -> str:
    case = _opened(world, token)
    tasks.complete(world.ctx, _INTAKE, case, world.address, _GIVEN)
    return case


def _english(browser: Browser) -> Browser:
    browser.send("/language", {"language": "en"})
    return browser


# --- papers


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    made = a_context(database, tmp_path)
    a_person(made, "wang", "intake")
    return made


def _page_of(ctx: Context, template: str) -> str:
    case = a_case(ctx, template)
    issue(ctx, case)
    browser = Browser(create_app(ctx, secret_key="k" * 32).test_client(), None)
    browser.post("/sign-in", sign_in="wang", password="a long password")
    return browser.get(f"/cases/{case}").text


def test_that_a_seal_is_missing_is_said_of_a_paper_that_is_sealed(ctx: Context) -> None:
    page = _page_of(ctx, "acceptance_decision")
    assert "工伤认定申请受理决定书</a>" in page
    assert "未盖章" in page


def test_no_seal_is_missing_on_a_paper_without_a_number(ctx: Context) -> None:
    page = _page_of(ctx, "application_form")
    assert "工伤认定申请表</a>" in page
    assert "未盖章" not in page


# --- the history


def test_the_history_says_what_a_form_decided(world: World) -> None:
    page = world.browser(_INTAKE).get(f"/cases/{_registered(world, 'decided')}").text
    assert "完成了“登记走访”：入户" in page


def test_the_history_says_what_was_corrected_and_what_it_had_been(world: World) -> None:
    case = _registered(world, "corrected")
    number = interventions.propose_correction(
        world.ctx, _REVIEWER, case, {"visit.host": "钱示例"}, reason="登记有误", token="a correction"
    )
    assert "等待另一人确认：更正事实：登记有误" in world.browser(_INTAKE).get(f"/cases/{case}").text
    interventions.confirm(world.ctx, _HEAD, case, number)
    assert "更正了事实：接待人，赵示例 → 钱示例" in world.browser(_INTAKE).get(f"/cases/{case}").text


def test_why_a_limit_was_lifted_is_told(world: World) -> None:
    case = _registered(world, "lifted")
    number = interventions.propose_closing(
        world.ctx, _REVIEWER, case, ground="昆人社〔2026〕1号", reason="重复登记", token="a closing"
    )
    interventions.confirm(world.ctx, _HEAD, case, number)
    assert "解除：依令结案" in world.browser(_INTAKE).get(f"/cases/{case}").text
    assert "lifted: Closed on order" in _english(world.browser(_INTAKE)).get(f"/cases/{case}").text


# --- forms


def test_a_field_that_an_answer_brings_up_holds_what_the_case_knows(world: World) -> None:
    case = _opened(world, "knows the firm")
    known = Arrival("fact_corrected", "system:test", "known", None, {"visit.firm": "昆明春城示例厂"})
    advance.submit(world.ctx, case, known)
    browser = world.browser(_INTAKE)
    answer = browser.post(f"/cases/{case}/tasks/{world.address}", token="no kind", visit__host="赵示例")
    assert answer.status_code == 422
    assert 'value="昆明春城示例厂"' in answer.text


def test_a_text_that_is_too_long_is_refused_in_words_and_never_cut_by_the_browser(world: World) -> None:
    browser, path = world.browser(_INTAKE), f"/cases/{_opened(world, 'too long')}/tasks/{world.address}"
    assert "maxlength" not in browser.get(path).text.partition("<aside")[0].partition("data-form")[2]
    answer = browser.post(
        path, token="too long", visit__host="赵" * 61, visit__kind="home", visit__asked_on="2026-11-06"
    )
    assert "不得超过 60 个字" in answer.text
    assert "赵" * 61 in answer.text


def test_an_amount_is_taken_as_people_write_it(world: World) -> None:
    case = _opened(world, "an amount")
    given = {name.replace(".", "__"): value for name, value in _GIVEN.items()}
    browser, path = world.browser(_INTAKE), f"/cases/{case}/tasks/{world.address}"
    wrong = browser.post(path, token="wrong", **given, visit__cost="两万")
    assert "两位小数" in wrong.text
    assert browser.post(path, token="right", **given, visit__cost="20,000").status_code == 302
    assert "20,000.00元" in browser.get(f"/cases/{case}").text


# --- files


def test_a_file_that_is_refused_keeps_no_other_out_and_is_named(world: World) -> None:
    case, browser = _opened(world, "two files"), world.browser(_INTAKE)
    files = [(io.BytesIO(b"%PDF-1.4\n%%EOF"), "诊断证明.pdf"), (io.BytesIO(b"MZ"), "程序.exe")]
    answer = browser.client.post(
        f"/cases/{case}/materials",
        data={"csrf_token": browser.csrf, "token": "two files", "kind": "", "file": files},
        follow_redirects=True,
    )
    assert "已上传 1 个文件" in answer.text
    assert "“程序.exe”没有上传：不接受这种类型的文件" in answer.text
    assert "诊断证明.pdf</a>" in answer.text


def test_a_file_that_came_with_a_form_is_called_in_the_readers_language(world: World) -> None:
    case, browser = _opened(world, "a scan"), _english(world.browser(_INTAKE))
    scan = (io.BytesIO(b"%PDF-1.4\n%%EOF"), "scan.pdf")
    browser.send(f"/cases/{case}/tasks/{world.address}", {"token": "a scan", "visit.record": scan})
    for path in (f"/cases/{case}", f"/cases/{case}/tasks/{world.address}"):
        page = browser.get(path).text
        assert "Scan of the record ·" in page
        assert "记录扫描件" not in page.partition('id="timeline"')[0]
