"""Erasing files on lawful order: their bytes are gone, and everybody who looks for them is told so."""

from collections.abc import Collection
from io import BytesIO
from pathlib import Path

import pytest

import storage.files
from casework import cases, documents, erasing, history, materials
from casework.errors import NotFoundError, RefusedError
from storage import Database
from storage.backup import backup, restore
from storage.errors import FileMissingError
from storage.files import ERASED, FileStore, MaterialRow
from tests.errand import APPROVE, CHECK, CHECKED, DONE, INSPECT, Office, an_office
from tests.integration import paper_cases

SCAN = b"%PDF-1.7 identity card of Zhang Wei"


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return an_office(database, tmp_path)


def handed_in(office: Office, case: str, data: bytes = SCAN) -> MaterialRow:
    return materials.add(
        office.ctx,
        "wang",
        case,
        BytesIO(data),
        name="张伟身份证.pdf",
        media_type="application/pdf",
        kind="identity",
        token=office.token(),
    )


def a_case_with_a_scan(office: Office, data: bytes = SCAN) -> tuple[str, MaterialRow]:
    """Bring a case with a material to its end."""
    case = office.registered()
    row = handed_in(office, case, data)
    office.inspect(case, INSPECT)
    office.complete("zhou", case, CHECK, CHECKED)
    office.complete("chen", case, APPROVE, DONE)
    return case, row


def propose(office: Office, case: str, files: Collection[str], *names: str) -> int:
    return erasing.propose(
        office.ctx,
        "zhou",
        case,
        dict.fromkeys(names),
        files=files,
        order="昆法〔2026〕3号",
        ground="个人信息保护法:47",
        reason="法院裁定",
        token=office.token(),
    )


def test_an_erased_file_is_gone_and_verify_says_erased_not_missing(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    with pytest.raises(FileMissingError):
        office.ctx.files.open(scan.sha256)
    verified = history.verify(office.ctx)
    assert verified.faults == []
    assert f"file {scan.sha256}" in verified.erased


def test_the_entry_names_order_ground_and_files(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    seq = erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    assert cases.view(office.ctx, "lu", case, "test").timeline[seq - 1].payload == {
        "erasure.order": "昆法〔2026〕3号",
        "erasure.ground": "个人信息保护法:47",
        "erasure.files": [scan.sha256],
        "erasure.leaves": ["4/1", "4/3"],
        "erasure.names": [],
    }


def test_the_name_a_file_was_handed_in_by_goes_with_it(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    assert "张伟身份证" not in str(cases.view(office.ctx, "lu", case, "test"))
    with pytest.raises(NotFoundError):
        materials.read(office.ctx, "lu", case, scan.id)


def test_a_name_erased_alone_is_forgotten_in_the_list_of_materials_too(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [], "material.name"))
    with office.ctx.database.reading() as tx:
        assert [row.name for row in storage.files.materials(tx, case)] == [""]
    assert office.ctx.files.verify(scan.sha256) == len(SCAN)


def test_replay_and_another_case_are_not_touched(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    _other, kept = a_case_with_a_scan(office, b"%PDF-1.7 another")
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    assert office.ctx.files.verify(kept.sha256) > 0
    replayed = history.replay(office.ctx)
    assert (replayed.identical, replayed.diverged) == (2, [])


def test_a_file_another_case_has_too_is_not_erased(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    proposal = propose(office, case, [scan.sha256])
    a_case_with_a_scan(office)
    with pytest.raises(RefusedError, match="file_shared"):
        propose(office, case, [scan.sha256])
    with pytest.raises(RefusedError, match="file_shared"):
        erasing.erase(office.ctx, "lu", case, proposal)
    assert office.ctx.files.verify(scan.sha256) == len(SCAN)


def test_a_file_of_no_material_and_no_paper_of_the_case_is_not_found(office: Office) -> None:
    case, _scan = a_case_with_a_scan(office)
    _other, kept = a_case_with_a_scan(office, b"%PDF-1.7 another")
    with pytest.raises(NotFoundError):
        propose(office, case, [kept.sha256])


def test_bytes_left_by_a_crash_are_a_fault_until_the_nightly_clean_up(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    office.ctx.files.put(BytesIO(SCAN), 1000)
    assert history.verify(office.ctx).faults == [f"file {scan.sha256}: was erased, and its bytes are still there"]
    assert erasing.finish(office.ctx) == 1
    assert history.verify(office.ctx).faults == []
    assert erasing.finish(office.ctx) == 0


def test_a_file_marked_erased_that_no_entry_ordered_is_a_fault(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    with office.ctx.database.writing() as tx:
        storage.files.erase(tx, case, scan.sha256)
    office.ctx.files.erase(scan.sha256)
    assert history.verify(office.ctx).faults == [f"file {scan.sha256}: is marked erased, and no entry ordered it"]


def test_an_erased_file_that_is_handed_in_again_is_kept_again(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    other, again = a_case_with_a_scan(office)
    with materials.read(office.ctx, "lu", other, again.id).stream as stream:
        assert stream.read() == SCAN
    assert history.verify(office.ctx).faults == []
    assert erasing.finish(office.ctx) == 0


def test_a_copy_taken_after_an_erasure_is_whole(office: Office, tmp_path: Path) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    assert backup(office.ctx.database, office.ctx.files, tmp_path / "copy").files == 0
    restore(tmp_path / "copy", f"sqlite:///{tmp_path}/restored.db", FileStore(tmp_path / "restored"))


def test_a_row_says_that_a_file_was_erased(office: Office) -> None:
    case, scan = a_case_with_a_scan(office)
    erasing.erase(office.ctx, "lu", case, propose(office, case, [scan.sha256]))
    with office.ctx.database.reading() as tx:
        assert storage.files.get(tx, scan.sha256) is None
        assert [row.media_type for row in storage.files.all_files(tx)] == [ERASED]


def test_an_erased_paper_keeps_its_number_and_cannot_be_read(database: Database, tmp_path: Path) -> None:
    ctx = paper_cases.a_context(database, tmp_path)
    case = paper_cases.a_case(ctx, "acceptance_decision")
    paper_cases.issue(ctx, case)
    proposer, head = (paper_cases.a_person(ctx, name, role) for name, role in (("zhou", "reviewer"), ("lu", "head")))
    with ctx.database.reading() as tx:
        (paper,) = storage.files.documents(tx, case)
    order, ground, reason = "昆法〔2026〕3号", "个人信息保护法:47", "法院裁定"
    proposal = erasing.propose(
        ctx, proposer, case, {}, files=[paper.sha256], order=order, ground=ground, reason=reason, token="one"
    )
    erasing.erase(ctx, head, case, proposal)
    with pytest.raises(NotFoundError) as refused:
        documents.read(ctx, head, case, paper.address)
    assert refused.value.code == "document_erased"
    assert [row.state for row in documents.numbers(ctx, head, case)] == ["issued"]
    assert history.verify(ctx).faults == []
    assert history.replay(ctx).identical == 1
