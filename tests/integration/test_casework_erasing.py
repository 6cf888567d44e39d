"""Erasing on lawful order: the text is gone everywhere, the chain still holds, and replay says so."""

from collections.abc import Collection
from pathlib import Path

import pytest

import storage.cases
import storage.drafts
import storage.entries
from casework import cases, erasing, history, interventions, search, tasks
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from engine.values import decode
from storage import Database
from tests.errand import APPROVE, CHECK, CHECKED, DONE, ELSEWHERE, HERE, INSPECT, Office, an_office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def propose(office: Office, case: str, *names: str, person: str = "zhou", seqs: Collection[int] | None = None) -> int:
    return erasing.propose(
        office.ctx,
        person,
        case,
        dict.fromkeys(names, seqs),
        order="昆法〔2026〕3号",
        ground="个人信息保护法:47",
        reason="法院裁定",
        token=office.token(),
    )


def kept_text(office: Office, case: str) -> str:
    """Everything a case's history and copies hold, as text."""
    with office.ctx.database.reading() as tx:
        bodies = [row.body for row in storage.entries.read(tx, case)]
        leaves = [leaf.body for leaf in storage.entries.leaves(tx, case)]
        drafts = [row.body for row in (storage.drafts.get(tx, case, CHECK, "wu"),) if row]
        row = storage.cases.get(tx, case)
    assert row is not None
    return b"\n".join([*bodies, *leaves, *drafts, row.title.encode()]).decode()


def test_an_erased_fact_is_nowhere_and_the_chain_still_holds(office: Office) -> None:
    case = office.done()
    erased = propose(office, case, "errand.title", "worker.identity_number")
    erasing.erase(office.ctx, "lu", case, erased)
    text = kept_text(office, case)
    assert "张伟" not in text
    assert "53010219900101001X" not in text
    assert "地面湿滑" in text
    verified = history.verify(office.ctx)
    assert (verified.faults, verified.erased) == ([], [f"{case}/3"])


def test_what_was_not_erased_of_an_entry_is_still_shown(office: Office) -> None:
    case = office.done()
    before = {each.fact.name for each in cases.view(office.ctx, "lu", case, "test").facts}
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title"))
    view = cases.view(office.ctx, "lu", case, "test")
    assert {each.fact.name for each in view.facts} == before - {"errand.title"}
    registered = view.timeline[2]
    assert registered.erased
    assert registered.payload["errand.received_on"] == "2026-11-06"
    assert "errand.title" not in registered.payload


def test_replay_says_erased_and_not_diverged(office: Office) -> None:
    case, other = office.done(), office.done()
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title"))
    replayed = history.replay(office.ctx)
    assert (replayed.erased, replayed.diverged, replayed.identical) == ([case], [], 1)
    assert other not in replayed.erased


def test_the_history_names_order_and_ground_and_what_was_erased(office: Office) -> None:
    case = office.done()
    seq = erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title"))
    row = cases.view(office.ctx, "lu", case, "test").timeline[seq - 1]
    assert (row.kind, row.actor) == ("erased", "Lu")
    assert row.payload == {
        "erasure.order": "昆法〔2026〕3号",
        "erasure.ground": "个人信息保护法:47",
        "erasure.leaves": ["3/2"],
        "erasure.names": ["errand.title"],
    }


def test_title_and_search_forget_what_was_erased(office: Office) -> None:
    case = office.done()
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title", "worker.identity_number"))
    with office.ctx.database.reading() as tx:
        found = [search.find(office.ctx, tx, words, [HERE]) for words in ("张伟", "53010219900101001x")]
        row = storage.cases.get(tx, case)
    assert row is not None
    assert (found, row.title) == ([[], []], "")


def test_half_filled_forms_of_the_case_go_with_it(office: Office) -> None:
    case = office.inspected()
    tasks.keep_draft(office.ctx, "wu", case, CHECK, {"errand.finding": "张伟在场"})
    office.complete("zhou", case, CHECK, CHECKED)
    office.complete("chen", case, APPROVE, DONE)
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title"))
    assert "张伟" not in kept_text(office, case)


def test_with_a_finding_the_digest_that_would_betray_it_goes_too(office: Office) -> None:
    case = office.done()
    with office.ctx.database.reading() as tx:
        before = storage.entries.leaves(tx, case)
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.finding"))
    with office.ctx.database.reading() as tx:
        left = storage.entries.leaves(tx, case)
    gone = [decode(leaf.body) for leaf in before if leaf not in left]
    assert [body[1] if body[0] == "p" else body[1]["effect"] for body in gone] == [
        "confirmation.digest",
        "errand.finding",
        "fact_written",
    ]
    assert "地面湿滑" not in kept_text(office, case)
    assert "张伟" in kept_text(office, case)


def test_a_comment_is_erased_by_its_entry(office: Office) -> None:
    case = office.registered()
    cases.comment(office.ctx, "li", case, "其妻电话13800000000", "one")
    cases.comment(office.ctx, "li", case, "材料齐全", "two")
    office.inspect(case, INSPECT)
    office.complete("zhou", case, CHECK, CHECKED)
    office.complete("chen", case, APPROVE, DONE)
    erasing.erase(office.ctx, "lu", case, propose(office, case, "comment.text", seqs=[4]))
    assert "13800000000" not in kept_text(office, case)
    assert "材料齐全" in kept_text(office, case)


def test_a_second_person_sees_what_is_to_be_erased_and_why(office: Office) -> None:
    case = office.done()
    proposal = propose(office, case, "errand.title")
    (shown,) = erasing.waiting(office.ctx, "lu", case)
    assert (shown.proposal.seq, shown.proposal.name, shown.proposal.reason) == (proposal, "Zhou", "法院裁定")
    assert [(field.name, field.seqs) for field in shown.fields] == [("errand.title", [3])]
    assert (shown.files, shown.may_confirm) == ([], True)
    assert not erasing.waiting(office.ctx, "zhou", case)[0].may_confirm
    erasing.erase(office.ctx, "lu", case, proposal)
    assert erasing.waiting(office.ctx, "lu", case) == []


def test_the_case_page_still_opens(office: Office) -> None:
    case = office.done()
    erasing.erase(office.ctx, "lu", case, propose(office, case, "errand.title"))
    view = cases.view(office.ctx, "lu", case, "test")
    assert [row.seq for row in view.timeline if row.erased] == [3]
    assert "errand.title" not in {each.fact.name for each in view.facts}
    assert interventions.to_review(office.ctx, "lu", case) == []


@pytest.mark.parametrize("names", [["errand.amount"], ["errand.nothing"]])
def test_what_is_not_personal_cannot_be_erased(office: Office, names: list[str]) -> None:
    case = office.done()
    with pytest.raises(RefusedError) as refused:
        propose(office, case, *names)
    assert refused.value.code == "nothing_to_erase"


def test_an_open_case_is_not_erased_from(office: Office) -> None:
    case = office.checked()
    with pytest.raises(RefusedError) as refused:
        propose(office, case, "errand.title")
    assert refused.value.code == "case_open"


def test_a_second_person_who_leads_the_office_must_confirm(office: Office) -> None:
    case = office.done()
    own = propose(office, case, "errand.title", person="lu")
    for person in ("lu", "zhou"):
        with pytest.raises(NotAllowedError):
            erasing.erase(office.ctx, person, case, own)
    assert "张伟" in kept_text(office, case)


def test_a_stranger_erases_nothing(office: Office) -> None:
    stranger = office.hire("he", "head", office=ELSEWHERE)
    case = office.done()
    proposal = propose(office, case, "errand.title")
    with pytest.raises(NotFoundError):
        erasing.erase(office.ctx, stranger, case, proposal)
    with pytest.raises(NotFoundError):
        propose(office, case, "errand.title", person=stranger)
