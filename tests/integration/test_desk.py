"""The desk over HTTP: signing in, forms that lose nothing, files, and refusals in the reader's language."""

import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from casework import cases, listing, opening, registers, tasks
from storage import open_database
from tests.pages import CONFIRM, a_confirmed_case
from tests.world import OTHER, OWN, PASSWORD, Browser, World
from web import create_app

_PDF = b"%PDF-1.7 an invented record"


@pytest.fixture
def intake(world: World) -> Browser:
    return world.browser(f"{OWN}-intake")


@pytest.fixture
def task(world: World, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A case of the test's own, and the path of its first task."""
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, request.node.nodeid)
    return case, f"/cases/{case}/tasks/{quote(world.address)}"


def _filled(**changes: str) -> dict[str, str]:
    given = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": "false"}
    return given | {name.replace("__", "."): value for name, value in changes.items()}


def _open(world: World, case: str) -> list[str]:
    return [row.address for row, _, _ in cases.view(world.ctx, f"{OWN}-intake", case, "link").tasks]


def _material_count(world: World, case: str) -> int:
    return len(tasks.form(world.ctx, f"{OWN}-intake", case, world.address).materials)


# --- signing in


def test_a_wrong_password_and_an_unknown_name_are_told_in_the_same_words(world: World) -> None:
    answers = [
        world.browser().post("/sign-in", sign_in=name, password="not the password")
        for name in (f"{OWN}-head", "nobody at all")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("用户名或者密码不正确" in answer.text for answer in answers)


def test_signing_in_leads_where_one_wanted_to_go_but_never_to_another_host(world: World) -> None:
    for wanted, reached in [
        ("/cases/new", "/cases/new"),
        ("https://example.org/", "/"),
        ("//example.org/", "/"),
        ("/\\example.org", "/"),
        ("javascript:alert(1)", "/"),
    ]:
        answer = world.browser().post("/sign-in", sign_in=f"{OWN}-head", password=PASSWORD, next=wanted)
        assert answer.location == reached


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    cookie = world.browser().post("/sign-in", sign_in=f"{OWN}-head", password=PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_ends_with_signing_out(intake: Browser) -> None:
    intake.post("/sign-out")
    assert intake.get("/inbox").location.startswith("/sign-in")


# --- languages


def test_pages_are_chinese_and_english_by_the_switch(intake: Browser) -> None:
    assert 'lang="zh-CN"' in intake.get("/inbox").text
    intake.post("/language", language="en", next="/inbox")
    page = intake.get("/inbox").text
    assert 'lang="en"' in page
    assert "Claim ticked" in page
    assert "Not found" in intake.get("/nowhere").text


def test_a_language_nobody_speaks_is_not_kept(intake: Browser) -> None:
    kept = intake.post("/language", language="<script>", next="/inbox").headers.getlist("Set-Cookie")
    assert not any(cookie.startswith("language=") for cookie in kept)
    assert 'lang="zh-CN"' in intake.get("/inbox").text


# --- forms


def test_a_completed_form_moves_the_case_and_a_second_submit_does_nothing_more(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    assert intake.send(path, _filled()).status_code == 302
    assert _open(world, case) == ["visit/review_visit"]
    before = len(cases.view(world.ctx, f"{OWN}-intake", case, "link").timeline)
    assert intake.send(path, _filled()).status_code == 302
    assert len(cases.view(world.ctx, f"{OWN}-intake", case, "link").timeline) == before


def test_an_errors_summary_names_the_label_and_leads_to_the_field(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    answer = intake.send(path, _filled(visit__host=" ", visit__cost="12.555"))
    assert answer.status_code == 422
    assert '<a href="#f-visit-host">接待人</a> 必填' in answer.text
    assert '<a href="#f-visit-cost">费用</a>' in answer.text
    assert 'value="12.555"' in answer.text
    assert _open(world, case) == [world.address]


def test_a_field_that_is_not_asked_is_dropped_whatever_the_browser_sent(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    intake.send(path, _filled(visit__firm="不相干单位"))
    names = {each.fact.name for each in cases.view(world.ctx, f"{OWN}-intake", case, "link").facts}
    assert "visit.host" in names
    assert "visit.firm" not in names


def test_the_browser_is_told_which_fields_are_asked(intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    told = intake.send(path, _filled(visit__kind="firm") | {"_do": "asked"}).get_json()
    assert "visit.firm" in told["asked"]
    told = intake.send(path, _filled() | {"_do": "asked"}).get_json()
    assert "visit.firm" not in told["asked"]


def test_rows_are_added_and_deleted_without_a_script(intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    row = {"visit.people._row": "0", "visit.people[0].name": "钱示例"}
    added = intake.send(path, _filled() | row | {"_do": "add:visit.people"}).text
    assert 'name="visit.people[1].name"' in added
    assert "钱示例" in added
    deleted = intake.send(path, _filled() | row | {"_do": "delete:visit.people:0"}).text
    assert "钱示例" not in deleted


def test_somebody_elses_completion_is_told_and_nothing_typed_is_lost(world: World, task: tuple[str, str]) -> None:
    case, path = task
    first = world.browser(f"{OWN}-intake")
    first.send(path, _filled())
    second = world.browser(f"{OWN}-reviewer")
    answer = second.send(path, _filled(visit__host="孙示例"))
    assert answer.status_code == 409
    assert "示例intake" in answer.text
    assert "孙示例" in answer.text
    assert _open(world, case) == ["visit/review_visit"]


def test_a_half_filled_form_is_shown_again(intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    assert intake.send(path, {"visit.host": "李", "visit.pages": "三", "_do": "keep"}).status_code == 302
    page = intake.get(path).text
    assert 'value="三"' in page
    assert "暂存的内容" in page


def test_a_form_keeps_itself_and_says_when(intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    answer = intake.send(path, {"visit.host": "李", "_do": "keep-by-itself"}).get_json()
    assert re.fullmatch(r"\d\d:\d\d 已自动暂存", answer["kept"])
    assert answer["taken"] is None
    assert 'value="李"' in intake.get(path).text


def test_a_form_that_keeps_itself_is_told_that_somebody_else_completed_its_task(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    intake.send(path, _filled())
    second = world.browser(f"{OWN}-reviewer")
    answer = second.send(path, {"visit.host": "孙示例", "_do": "keep-by-itself"}).get_json()
    assert "示例intake 已于" in answer["taken"]
    assert "示例intake 已于" in second.get(path).text
    assert 'value="孙示例"' in second.get(path).text
    assert f'href="{path}"' in second.get(f"/cases/{case}").text
    assert second.send(path, {"_do": "forget"}).location.startswith(f"/cases/{case}")
    assert f'href="{path}"' not in second.get(f"/cases/{case}").text
    assert "孙示例" not in second.get(path).text


def test_who_may_not_complete_a_task_sees_its_form_closed(world: World, task: tuple[str, str]) -> None:
    _, path = task
    page = world.browser(f"{OWN}-reviewer").get(path).text
    assert '<fieldset class="bare" disabled>' in page
    assert "data-keep=" not in page


def test_hostile_text_is_shown_as_text(intake: Browser, task: tuple[str, str]) -> None:
    case, path = task
    intake.send(path, _filled(visit__host='"><script>alert(1)</script>') | {"_do": "keep"})
    assert "<script>alert" not in intake.get(path).text
    intake.post(f"/cases/{case}/comments", text="{{ 7*7 }}<img src=x onerror=alert(1)>", token="remark")
    page = intake.get(f"/cases/{case}").text
    assert "{{ 7*7 }}" in page
    assert "<img src=x" not in page


def test_control_characters_and_lone_surrogates_do_not_reach_the_case(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    assert intake.send(path, _filled(visit__host="赵\x00示\x1b例")).status_code == 302
    facts = {each.fact.name: each.value for each in cases.view(world.ctx, f"{OWN}-intake", case, "link").facts}
    assert facts["visit.host"] == "赵示例"


def test_two_officers_confirm_the_same_and_the_second_completes(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    intake.send(path, _filled())
    reviewed = {"visit.reviewed_on": "2026-11-09", "visit.opinion": "同意"}
    world.browser(f"{OWN}-reviewer").send(f"/cases/{case}/tasks/visit/review_visit", reviewed)
    _second_approver(world)
    confirm = f"/cases/{case}/tasks/visit/confirm_visit"
    confirmed = {"visit.confirmed_at": "2026-11-09T10:30", "visit.confirmed": "true"}
    first, second = world.browser(f"{OWN}-approver"), world.browser("second approver")
    first.send(confirm, confirmed)
    assert _open(world, case) == ["visit/confirm_visit"]
    assert "等待另一名工作人员确认" in first.get(confirm).text
    page = second.get(confirm).text
    assert "示例approver 已于" in page
    assert 'value="2026-11-09T10:30"' in page
    assert second.send(confirm, confirmed | {"visit.confirmed_at": "2026-11-09T10:31"}).status_code == 409
    first.send(confirm, confirmed)
    assert second.send(confirm, confirmed).status_code == 302
    assert _open(world, case) == []


def _second_approver(world: World) -> None:
    registers.add_person(world.ctx, "system:test", "second approver", "示例二", "second approver", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "second approver", OWN, "approver")


# --- files


def _upload(
    browser: Browser, path: str, fields: dict[str, str], name: str, data: bytes, control: str = "visit.record"
) -> TestResponse:
    return browser.send(path, fields | {control: (io.BytesIO(data), name), "token": name})


def test_an_uploaded_file_survives_a_failed_submit(world: World, intake: Browser, task: tuple[str, str]) -> None:
    case, path = task
    answer = _upload(intake, path, _filled(visit__host=""), "记录.pdf", _PDF)
    assert answer.status_code == 422
    assert "记录.pdf" in answer.text
    kept = tasks.form(world.ctx, f"{OWN}-intake", case, world.address).materials[0].sha256
    assert f'name="visit.record" value="{kept}" checked' in answer.text
    assert intake.send(path, _filled(visit__record=kept)).status_code == 302
    facts = {each.fact.name: each.value for each in cases.view(world.ctx, f"{OWN}-intake", case, "link").facts}
    assert facts["visit.record"] == kept


def test_a_file_of_a_kind_not_taken_is_refused_and_the_form_kept(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    for name, data in [("page.html", b"<script>alert(1)</script>"), ("fake.pdf", b"MZ not a pdf"), ("none.pdf", b"")]:
        answer = _upload(intake, path, _filled(), name, data)
        assert answer.status_code == 422
        assert "赵示例" in answer.text
    assert _material_count(world, case) == 0
    assert _open(world, case) == [world.address]


def test_a_file_for_a_control_the_form_does_not_have_is_not_kept(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, path = task
    _upload(intake, path, _filled(visit__host=""), "记录.pdf", _PDF, control="visit.host")
    assert _material_count(world, case) == 0


def test_a_material_comes_back_as_it_was_and_can_do_nothing_in_our_name(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, _ = task
    intake.send(f"/cases/{case}/materials", {"file": (io.BytesIO(_PDF), '记"录\r\n.pdf'), "kind": "笔录", "token": "a"})
    material = tasks.form(world.ctx, f"{OWN}-intake", case, world.address).materials[0]
    answer = intake.get(f"/cases/{case}/materials/{material.id}")
    assert f'/materials/{material.id}">记' in intake.get(f"/cases/{case}").text
    assert answer.data == _PDF
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "\n" not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_of_another_case_is_not_to_be_had_through_ones_own(
    world: World, intake: Browser, task: tuple[str, str]
) -> None:
    case, _ = task
    intake.send(f"/cases/{world.case}/materials", {"file": (io.BytesIO(_PDF), "甲.pdf"), "kind": "", "token": "b"})
    foreign = tasks.form(world.ctx, f"{OWN}-intake", world.case, world.address).materials[0]
    assert intake.get(f"/cases/{case}/materials/{foreign.id}").status_code == 404


def test_a_body_beyond_the_bound_is_refused_in_words(world: World, intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    world.app.config["MAX_CONTENT_LENGTH"] = 20_000
    try:
        answer = _upload(intake, path, _filled(), "记录.pdf", _PDF + b"0" * 30_000)
    finally:
        world.app.config["MAX_CONTENT_LENGTH"] = 50_000_000
    assert answer.status_code == 413
    assert "文件过大" in answer.text


# --- the inbox


def test_ticked_tasks_are_claimed_together_and_each_refusal_is_told(
    world: World, request: pytest.FixtureRequest
) -> None:
    intake = world.browser(f"{OWN}-intake")
    made = [opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, f"{request.node.nodeid}{n}") for n in range(2)]
    for case in made:
        tasks.release(world.ctx, f"{OWN}-intake", case, world.address, f"release {case}")
    items = [f"{case} {quote(world.address)}" for case in made]
    answer = intake.client.post(
        "/inbox/claim", data={"csrf_token": intake.csrf, "item": [*items, "nonsense", "x y"], "token": "bulk"}
    )
    assert answer.status_code == 302
    assert "已签收 2 件" in intake.get("/inbox").text


def test_each_filter_says_how_much_stands_behind_it(world: World, intake: Browser, task: tuple[str, str]) -> None:
    counts = re.findall(r"holder=(\w+)[^>]*>\s*([^<]+)<b>(\d+)", intake.get("/inbox").text)
    told = {holder: int(count) for holder, _word, count in counts}
    assert set(told) == {"mine", "nobody", "others", "anyone"}
    assert told["anyone"] == told["mine"] + told["nobody"] + told["others"]
    assert told["mine"] >= 1


def test_who_leads_the_office_hands_ticked_tasks_over_together(world: World, task: tuple[str, str]) -> None:
    case, _ = task
    head = world.browser(f"{OWN}-head")
    assert f"/cases/{case}" in head.get("/inbox?holder=office").text
    registers.add_person(world.ctx, "system:test", "second intake", "示例二号", "second intake", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "second intake", OWN, "intake")
    handed = {"item": [f"{case} {quote(world.address)}"], "to": "second intake", "reason": "休假", "token": "over"}
    head.send("/inbox/reassign", handed | {"holder": "office"})
    page = head.get("/inbox?holder=office").text
    assert "已转办 1 件" in page
    assert "示例二号" in page
    assert "将“登记走访”转给 示例二号：休假" in head.get(f"/cases/{case}").text
    head.send("/inbox/reassign", handed | {"to": f"{OWN}-reviewer", "token": "to whom it is not for"})
    assert "1 件没有办理：接办人没有办理此事的岗位" in head.get("/inbox").text
    intake = world.browser(f"{OWN}-intake")
    intake.send("/inbox/reassign", handed | {"token": "not mine to hand"})
    assert "只有本机构负责人可以转办" in intake.get("/inbox").text


def test_the_list_of_a_whole_office_is_for_who_leads_it(intake: Browser, task: tuple[str, str]) -> None:
    page = intake.get("/inbox?holder=office").text
    assert "本机构全部" not in page
    assert "我的待办" in page


def test_filters_nobody_offers_are_left_aside(intake: Browser) -> None:
    for query in ("holder=everyone", "urgency=now", "procedure=%00", "role='--", "after=x", "after=&after=&after="):
        assert intake.get(f"/inbox?{query}").status_code == 200


def test_the_list_is_paged_by_the_key_of_its_last_row(
    world: World, intake: Browser, request: pytest.FixtureRequest
) -> None:
    for number in range(55):
        opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, f"{request.node.nodeid}{number}")
    first = intake.get("/inbox").text
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = intake.get(following).text
    assert _rows(first).isdisjoint(_rows(second))
    assert len(_rows(first)) == 50


def _rows(page: str) -> set[str]:
    return {part.split("?")[0] for part in page.split('href="/cases/')[1:] if "why=inbox" in part.split('"')[0]}


# --- failures


def test_a_failure_of_ours_is_told_without_what_failed(world: World, tmp_path: Path) -> None:
    unreachable = replace(world.ctx, database=open_database(f"sqlite:///{tmp_path}/no/such/folder.db"))
    browser = Browser(create_app(unreachable, secret_key="k" * 32).test_client(), None)
    answer = browser.post("/sign-in", sign_in=f"{OWN}-intake", password=PASSWORD)
    assert answer.status_code == 500
    assert "系统发生故障" in answer.text
    assert "sqlite" not in answer.text.lower()
    assert "Traceback" not in answer.text


def test_who_only_reads_a_case_is_offered_no_form_to_add_to_it(world: World, task: tuple[str, str]) -> None:
    case, _path = task
    for role, offered in (("auditor", False), ("intake", True)):
        page = world.browser(f"{OWN}-{role}").get(f"/cases/{case}").text
        assert [f"/cases/{case}/{form}" in page for form in ("materials", "comments")] == [offered, offered]


# --- the list of cases


def test_who_audits_finds_every_case_of_the_office_ended_ones_too(world: World, task: tuple[str, str]) -> None:
    case, _path = task
    page = world.browser(f"{OWN}-auditor").get("/cases/").text
    assert f"/cases/{case}?why=search" in page
    assert case not in world.browser(f"{OTHER}-auditor").get("/cases/").text


def test_the_list_of_cases_says_where_each_stands(world: World, task: tuple[str, str]) -> None:
    case, _path = task
    head = world.browser(f"{OWN}-head")
    listed = {"zh": head.get("/cases/").text}
    head.post("/language", language="en", next="/cases/")
    listed["en"] = head.get("/cases/").text
    (place,) = listing.standing(world.ctx, [cases.view(world.ctx, f"{OWN}-head", case, "link").case])[case]
    for language, page in listed.items():
        row = page.partition(f"/cases/{case}?why")[2].partition("</tr>")[0]
        assert getattr(place, language) in row


def test_the_list_of_cases_goes_on_where_a_page_ended(world: World, request: pytest.FixtureRequest) -> None:
    for number in range(51):
        opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, f"{request.node.nodeid} {number}")
    head = world.browser(f"{OWN}-head")
    first = head.get("/cases/").text
    further = re.search(r'href="(/cases/\?before=[^"]+)" rel="next"', first)
    assert further, "there is a next page"
    shown = [set(re.findall(r"/cases/([0-9a-f-]{36})\?why", page)) for page in (first, head.get(further[1]).text)]
    assert len(shown[0]) == 50
    assert shown[1]
    assert not shown[0] & shown[1]


@pytest.mark.parametrize(("role", "shown"), [("auditor", False), ("administrator", False), ("intake", True)])
def test_only_who_works_on_cases_is_offered_a_new_one(world: World, role: str, shown: bool) -> None:
    assert ('href="/cases/new"' in world.browser(f"{OWN}-{role}").get("/cases/").text) is shown


# --- the token of a form


@pytest.mark.parametrize("path", ["comments", "materials", "claim/{address}", "release/{address}"])
def test_a_form_that_lost_its_token_is_refused_in_words_and_keeps_nothing(
    world: World, intake: Browser, task: tuple[str, str], path: str
) -> None:
    case, _ = task
    before = len(cases.view(world.ctx, f"{OWN}-intake", case, "link").timeline)
    given = {"text": "备注", "file": (io.BytesIO(_PDF), "a.pdf"), "token": ""}
    answer = intake.send(f"/cases/{case}/{path.format(address=quote(world.address))}", given)
    assert answer.status_code == 400
    assert "表单不完整，没有办理" in answer.text
    assert len(cases.view(world.ctx, f"{OWN}-intake", case, "link").timeline) == before


def test_a_form_used_for_something_else_is_refused_in_words(intake: Browser, task: tuple[str, str]) -> None:
    case, _ = task
    assert intake.post(f"/cases/{case}/comments", text="备注", token="used").status_code == 302
    answer = intake.post(f"/cases/{case}/comments", text="另一备注", token="used")
    assert answer.status_code == 409
    assert "已用于另一事项" in answer.text
    assert "另一备注" not in intake.get(f"/cases/{case}").text


def test_a_page_gone_back_to_claims_other_rows(world: World, intake: Browser, request: pytest.FixtureRequest) -> None:
    made = [opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, f"{request.node.nodeid}{n}") for n in range(2)]
    for case in made:
        tasks.release(world.ctx, f"{OWN}-intake", case, world.address, "given back")
        intake.send("/inbox/claim", {"item": f"{case} {quote(world.address)}", "token": "one page"})
        view = tasks.view(world.ctx, f"{OWN}-intake", case, world.address)
        assert view.assignee == (f"{OWN}-intake", "示例intake")


def test_what_is_typed_is_kept_as_it_can_be_kept(world: World, intake: Browser, task: tuple[str, str]) -> None:
    case, path = task
    intake.send(path, {"_do": "keep", "visit.host": " e\u0301\x00\r\n二 "})
    draft = tasks.form(world.ctx, f"{OWN}-intake", case, world.address).draft
    assert draft is not None
    assert draft["visit.host"] == "é\n二"


def test_a_refused_form_that_is_shown_again_is_a_form_of_its_own(intake: Browser, task: tuple[str, str]) -> None:
    _, path = task
    answer = intake.send(path, {"_do": "complete", "token": "one form"})
    assert answer.status_code == 422
    assert 'name="token"' in answer.text
    assert 'value="one form"' not in answer.text


# --- two officers


def test_the_second_officer_is_told_whose_words_are_shown(world: World) -> None:
    case = a_confirmed_case(world)
    path = f"/cases/{case}/tasks/{CONFIRM}"
    registers.add_person(world.ctx, "system:test", "other approver", "示例二审", "other approver", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", "other approver", OWN, "approver")
    second = world.browser("other approver")
    assert "确认以下内容" in second.get(path).text
    tasks.keep_draft(world.ctx, "other approver", case, CONFIRM, {"visit.confirmed": False})
    page = second.get(path).text
    assert "下面所填与其不同" in page
    assert "确认以下内容" not in page


def test_the_first_officer_is_told_in_words_that_the_second_is_awaited(world: World) -> None:
    page = world.browser(f"{OWN}-approver").get(f"/cases/{a_confirmed_case(world)}/tasks/{CONFIRM}").text
    assert "等待另一名工作人员确认" in page
    assert "awaits_second" not in page


# --- what was refused leads on


def test_a_refused_form_leads_back_to_its_page(world: World, intake: Browser, task: tuple[str, str]) -> None:
    case, _ = task
    for referrer, leads in ((f"http://localhost/cases/{case}", True), ("http://elsewhere/cases", False)):
        answer = intake.client.post(
            f"/cases/{case}/comments",
            data={"csrf_token": intake.csrf, "text": "", "token": "empty"},
            headers={"Referer": referrer},
        )
        assert answer.status_code == 422
        assert ("返回刚才的页面" in answer.text) is leads


def test_a_list_of_cases_without_any_says_so_in_words(world: World) -> None:
    intake = world.browser(f"{OTHER}-intake")
    assert "您的机构还没有案件" in intake.get("/cases/").text
    assert "没有找到" in intake.get("/cases/?query=没有的").text
