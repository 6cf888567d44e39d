"""A list of cases says where each of them stands, as its own page does."""

from pathlib import Path

import storage.cases
from casework import listing
from storage import Database
from tests.acceptance.stored_case import StoredCase
from tests.acceptance.test_recognition_paths import filed
from tests.integration.paper_cases import a_context


def places(case: StoredCase) -> list[tuple[str, str]] | None:
    """Give where a listed case stands in both languages; null for one that has ended."""
    with case.ctx.database.reading() as tx:
        (row,) = storage.cases.find(tx, limit=1)
    found = listing.standing(case.ctx, [row]).get(case.id)
    return None if found is None else [(each.zh, each.en) for each in found]


def test_a_case_that_waits_for_its_transfer_is_listed_so(database: Database, tmp_path: Path) -> None:
    case = StoredCase(a_context(database, tmp_path), office="530103")
    assert places(case) == [("登记申请", "Register the application")]
    case.register()
    case.complete(
        "notify_referral",
        {"supplement.items": []},
        referral__text="由五华区受理",
        referral__notified_on=case.today,
    )
    case.serve("applicant")
    assert case.open_elements == []
    assert places(case) == [("待移送", "To be transferred")]
    case.receive("transferred")
    case.complete("record_transfer", referral__handed_over=True, referral__handed_over_on=case.today)
    filed(case)
    assert places(case) is None
