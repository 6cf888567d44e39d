"""What no page of ours sends is taken as what it is or refused in words: no failure, nothing kept, nothing leaked."""

import io
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

import storage.cases
import storage.people
from casework import cases, opening, sign_ins, tasks
from casework.errors import SignInThrottledError
from storage.people import BarredRow, RightRow
from tests.world import OTHER, OWN, PASSWORD, Browser, World

_PDF = b"%PDF-1.7 an invented record"
_FILLED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": "false"}


@pytest.fixture(scope="module")
def intake(world: World) -> Browser:
    return world.browser(f"{OWN}-intake")


@pytest.fixture
def case(world: World, request: pytest.FixtureRequest) -> str:
    """A case of the test's own."""
    return opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, request.node.nodeid)


def _upload(browser: Browser, case: str, name: str, data: bytes = _PDF, **fields: str) -> TestResponse:
    given = {"file": (io.BytesIO(data), name), "kind": "笔录", "token": name, **fields}
    return browser.send(f"/cases/{case}/materials", given)


def _names(world: World, case: str) -> list[str]:
    return [each.name for each in tasks.form(world.ctx, f"{OWN}-intake", case, world.address).materials]


def _length(world: World, case: str) -> int:
    return len(cases.view(world.ctx, f"{OWN}-intake", case, "link").timeline)


# --- where a form leads to


@pytest.mark.parametrize(
    "target",
    [
        "////example.org",
        "///example.org",
        "/////example.org/x",
        "//example.org",
        "/\\example.org",
        "\\\\example.org",
        "/\t/example.org",
        "\t//example.org",
        "//[",
        "http://[",
        "http:///example.org",
        "/\r\nLocation: https://example.org",
        "/\x00",
        "/\u2028",
        "javascript:alert(1)",
        "data:text/html,x",
        "",
    ],
)
def test_no_form_leads_to_another_host(intake: Browser, target: str) -> None:
    for answer in (
        intake.send("/language", {"language": "zh", "next": target}),
        intake.client.get("/sign-in", query_string={"next": target}),
    ):
        assert answer.status_code == 302
        assert answer.location in {"/inbox", "/"}


def test_a_page_of_ours_is_gone_back_to_with_its_question(intake: Browser) -> None:
    for wanted, reached in [
        ("/cases/?query=张 伟", f"/cases/?query={quote('张')}%20{quote('伟')}"),
        ("/inbox?holder=nobody", "/inbox?holder=nobody"),
    ]:
        assert intake.send("/language", {"language": "zh", "next": wanted}).location == reached


# --- texts


@pytest.mark.parametrize("text", ["a\x00b", "e\u0301 \x1b[31m", "\u202eabc\u2066"])
def test_a_remark_is_kept_as_a_case_may_keep_it(world: World, intake: Browser, case: str, text: str) -> None:
    assert intake.send(f"/cases/{case}/comments", {"text": text, "token": text}).status_code == 302
    (remark,) = cases.view(world.ctx, f"{OWN}-intake", case, "link").comments
    assert remark.payload["comment.text"] in {"ab", "é [31m", "abc"}


def test_every_control_of_an_intervention_is_read_without_what_cannot_be_kept(
    world: World, intake: Browser, case: str
) -> None:
    given = {"ground": "e\u0301\x00", "reason": "\u202e理由", "token": "一\x00"}
    assert intake.send(f"/cases/{case}/interventions/closing", given).status_code == 302
    assert _length(world, case) == 3


def test_a_password_is_compared_as_it_was_typed(world: World) -> None:
    for typed in (f" {PASSWORD}", f"{PASSWORD}\u202e", f"{PASSWORD}\x00"):
        answer = world.browser().post("/sign-in", sign_in=f"{OWN}-auditor", password=typed)
        assert answer.status_code == 422


@pytest.mark.parametrize("number", ["²", "９", "-1", "9" * 5000, "", "x"])
def test_deleting_a_row_that_cannot_be_deletes_none(world: World, intake: Browser, case: str, number: str) -> None:
    path = f"/cases/{case}/tasks/{quote(world.address)}"
    given = {**_FILLED, "_do": f"delete:visit.people:{number}", "visit.people._row": "0", "visit.people[0].name": "钱"}
    answer = intake.send(path, given)
    assert answer.status_code == 200
    assert 'value="钱"' in answer.text


@pytest.mark.parametrize("part", ["%00", "a%00b", "%1b", "%20", "e%CC%81", "%E2%80%AE"])
def test_an_address_that_cannot_be_looked_up_leads_nowhere(world: World, intake: Browser, case: str, part: str) -> None:
    below = f"/cases/{case}"
    for path in (f"/cases/{part}", f"{below}/materials/{part}", f"{below}/documents/{part}", f"{below}/tasks/{part}"):
        assert intake.get(path).status_code == 404
    for path in (f"{below}/claim/{part}", f"{below}/tasks/{part}", f"{below}/interventions/recusal/{part}"):
        assert intake.send(path, {"token": "t", "reason": "r"}).status_code == 404


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_an_entry_beyond_every_number_is_not_there(world: World, case: str, number: int) -> None:
    head = world.browser(f"{OWN}-head")
    for what in ("confirm", "decline", "review"):
        assert head.send(f"/cases/{case}/interventions/{number}/{what}", {"reason": "r"}).status_code == 404


# --- days and instants at the ends of the calendar


@pytest.mark.parametrize(
    "instant",
    ["0001-01-01T00:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59", "0000-00-00T00:00", "2026-02-30T10:00", "1e999"],
)
def test_an_instant_beyond_the_calendar_is_kept_as_typed(
    world: World, intake: Browser, case: str, instant: str
) -> None:
    path = f"/cases/{case}/tasks/{quote(world.address)}"
    answer = intake.send(path, {**_FILLED, "visit.at": instant, "visit.host": ""})
    assert answer.status_code == 422
    assert intake.send(path, {"visit.at": instant, "_do": "refresh"}).status_code == 200
    assert intake.send(path, {"visit.at": instant, "_do": "keep"}).status_code == 302
    assert intake.get(path).status_code == 200


# --- files


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\x00b.pdf", "ab.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("a\x1b[31m.pdf", "a[31m.pdf"),
        ("../../etc/a.pdf", "a.pdf"),
        ("..\\..\\a.pdf", None),
        ("\ufeff\u200b记录.pdf", "记录.pdf"),
    ],
)
def test_a_file_is_named_by_what_can_be_seen_of_its_name(
    world: World, intake: Browser, case: str, name: str, kept: str | None
) -> None:
    answer = _upload(intake, case, name)
    assert answer.status_code == 302
    (found,) = _names(world, case)
    assert found == kept or kept is None
    assert "/" not in found
    assert found.isprintable()


@pytest.mark.parametrize("name", ["page.html.pdf.html", "a.exe", "..", "x" * 5000 + ".pdf", "\x00", "\u202e"])
def test_a_file_whose_name_says_something_else_is_refused(world: World, intake: Browser, case: str, name: str) -> None:
    before = _length(world, case)
    fields = {"file": (io.BytesIO(_PDF), name, "application/pdf"), "kind": "笔录", "token": "t"}
    assert intake.send(f"/cases/{case}/materials", fields).status_code == 422
    assert _names(world, case) == []
    assert _length(world, case) == before


def test_what_a_file_is_cannot_be_told_without_end(world: World, intake: Browser, case: str) -> None:
    assert _upload(intake, case, "a.pdf", kind="字" * 201).status_code == 422
    assert _names(world, case) == []


def test_a_form_too_large_is_read_to_its_end_so_that_the_browser_sees_the_refusal(intake: Browser) -> None:
    body = io.BytesIO(b"x" * (51 * 1024 * 1024))
    answer = intake.client.post("/cases/new", input_stream=body, content_length=len(body.getvalue()))
    assert answer.status_code == 413
    assert "过大" in answer.text
    assert body.read() == b""


def test_a_method_that_is_not_taken_is_told_which_are(intake: Browser) -> None:
    answer = intake.client.put("/inbox/claim", headers={"X-CSRFToken": intake.csrf})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("length", [201, 9000])
def test_a_token_longer_than_a_key_may_be_still_keeps_the_act(
    world: World, intake: Browser, case: str, length: int
) -> None:
    token = "".join(chr(0x4E00 + n) for n in range(length))
    assert intake.send(f"/cases/{case}/comments", {"text": "a remark", "token": token}).status_code == 302
    assert _length(world, case) == 3


# --- who only reads


def test_an_auditor_reads_a_case_and_adds_nothing_to_it(world: World, case: str) -> None:
    before = _length(world, case)
    answer = _upload(world.browser(f"{OWN}-auditor"), case, "a.pdf")
    assert answer.status_code == 403
    assert _length(world, case) == before


def test_a_right_to_read_is_none_to_add(world: World, case: str) -> None:
    with world.ctx.database.writing() as tx:
        right = RightRow("right-of-the-test", case, OTHER, None, "joint_review", "all", "2026-01-01")
        storage.people.put_right(tx, right)
    guest = world.browser(f"{OTHER}-intake")
    assert guest.get(f"/cases/{case}").status_code == 200
    assert _upload(guest, case, "a.pdf").status_code == 403
    assert _names(world, case) == []


def test_a_recused_person_adds_no_file(world: World, intake: Browser, case: str) -> None:
    with world.ctx.database.writing() as tx:
        storage.people.bar(tx, [BarredRow(case, f"{OWN}-intake", "*", "recusal")])
    assert _upload(intake, case, "a.pdf").status_code == 403
    assert _names(world, case) == []


# --- guessing


def test_many_tries_at_one_moment_are_as_many_as_one_after_another(world: World) -> None:
    def attempt(number: int) -> str:
        try:
            return str(sign_ins.sign_in(world.ctx, "somebody at once", f"guess {number}"))
        except SignInThrottledError:
            return "throttled"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(12)))
    assert answers.count("None") == sign_ins.MOST_FAILURES_OF_A_NAME
    assert answers.count("throttled") == 12 - sign_ins.MOST_FAILURES_OF_A_NAME


def test_a_person_put_out_of_office_is_out_at_the_next_click(world: World) -> None:
    browser = world.browser(f"{OTHER}-archivist")
    assert browser.get("/inbox").status_code == 200
    admin = world.browser(f"{OWN}-administrator")
    admin.post(f"/admin/persons/{OTHER}-archivist/active", active="false", reason="离职")
    assert browser.get("/inbox").location.startswith("/sign-in")
    assert browser.post("/inbox/claim", item="x y").location.startswith("/sign-in")


def test_a_session_planted_before_signing_in_is_not_the_one_after(world: World) -> None:
    client = world.app.test_client()
    client.get("/sign-in")
    planted = client.get_cookie("session")
    browser = Browser(client, f"{OWN}-head")
    signed_in = client.get_cookie("session")
    assert planted is not None
    assert signed_in is not None
    assert planted.value != signed_in.value
    assert browser.get("/inbox").status_code == 200
    thief = world.app.test_client()
    thief.set_cookie("session", planted.value)
    assert thief.get("/inbox").location.startswith("/sign-in")


# --- found, and mended


def test_a_number_finds_no_case_of_another_office(world: World, case: str) -> None:
    with world.ctx.database.writing() as tx:
        storage.cases.name(tx, case, alias="示例受〔2026〕1号", office=OWN, at=world.ctx.now())
    for role in ("intake", "administrator"):
        assert case not in world.browser(f"{OTHER}-{role}").get("/cases/?query=" + quote("示例受〔2026〕1号")).text


def test_the_beginning_of_a_number_finds_ones_own_cases_and_no_others(world: World, case: str) -> None:
    with world.ctx.database.writing() as tx:
        storage.cases.name(tx, case, alias="示例受〔2026〕8号", office=OWN, at=world.ctx.now())
    query = "/cases/?query=" + quote("示例受〔2026〕")
    assert case in world.browser(f"{OWN}-intake").get(query).text
    assert case not in world.browser(f"{OTHER}-intake").get(query).text


@pytest.mark.parametrize("day", ["0000-00-00", "2026-02-30", "-1", "x", "２０２６-01-01"])
def test_a_forged_paging_key_is_none(intake: Browser, day: str) -> None:
    asked = [("holder", "anyone"), ("after", day), ("after", "x"), ("after", "y")]
    assert intake.client.get("/inbox", query_string=asked).status_code < 500


@pytest.mark.parametrize("item", ["%00", "%00 %00", "x %00", "a b c", " ", "e%CC%81 x", "x%20y%00 z"])
def test_a_ticked_row_that_names_none_is_left_aside(intake: Browser, item: str) -> None:
    answer = intake.send("/inbox/claim", {"token": "t", "item": item})
    assert answer.status_code == 302
    assert "没有勾选任务" in intake.get("/inbox").text


def test_a_very_long_search_is_a_search(intake: Browser) -> None:
    words = "".join(chr(0x4E00 + n) for n in range(600))
    assert intake.get("/cases/?query=" + quote(words)).status_code == 200


def test_nobody_hands_a_role_to_somebody_of_another_office(world: World) -> None:
    given = {"absent": f"{OWN}-approver", "substitute": f"{OTHER}-reviewer", "office": OWN, "role": "approver"}
    answer = world.browser(f"{OWN}-approver").send("/admin/absences", {**given, "from_on": "2026-01-01"})
    assert answer.status_code in {403, 422}


def test_a_cookie_copied_before_signing_out_opens_nothing_after(world: World) -> None:
    browser = world.browser(f"{OWN}-head")
    copied = browser.client.get_cookie("session")
    browser.post("/sign-out")
    thief = world.app.test_client()
    assert copied is not None
    thief.set_cookie("session", copied.value)
    assert thief.get("/inbox").location is not None


def test_a_day_before_the_law_is_an_error_at_its_field(world: World, intake: Browser, case: str) -> None:
    path = f"/cases/{case}/tasks/{quote(world.address)}"
    answer = intake.send(path, {**_FILLED, "visit.asked_on": "1926-11-06"})
    assert answer.status_code == 422
    assert "该日没有施行中的法定期限" in answer.text
    assert _length(world, case) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visit.asked_on", "0001-01-01"),
        ("visit.asked_on", "1899-12-31"),
        ("visit.at", "1899-12-31T23:59"),
        ("visit.at", "2200-01-01T12:00"),
    ],
)
def test_a_day_that_no_case_can_mean_is_an_error_at_its_field(
    world: World, intake: Browser, case: str, name: str, value: str
) -> None:
    path = f"/cases/{case}/tasks/{quote(world.address)}"
    answer = intake.send(path, {**_FILLED, name: value})
    assert answer.status_code == 422
    assert "日，请核对年份" in answer.text


def test_a_right_to_read_is_none_to_remark(world: World, case: str) -> None:
    with world.ctx.database.writing() as tx:
        right = RightRow("right-to-look", case, OTHER, None, "joint_review", "all", "2026-01-01")
        storage.people.put_right(tx, right)
    answer = world.browser(f"{OTHER}-intake").post(f"/cases/{case}/comments", text="a remark", token="t")
    assert answer.status_code == 403


def test_a_recused_person_remarks_on_nothing(world: World, intake: Browser, case: str) -> None:
    with world.ctx.database.writing() as tx:
        storage.people.bar(tx, [BarredRow(case, f"{OWN}-intake", "*", "recusal")])
    assert intake.post(f"/cases/{case}/comments", text="a remark", token="t").status_code == 403


def test_no_answer_about_a_case_is_kept_in_a_cache(intake: Browser, case: str) -> None:
    assert "no-store" in intake.get(f"/cases/{case}/diagram").headers.get("Cache-Control", "")
