"""Of a real case nothing that anybody typed is left once everything is erased: along every form, on both databases.

The mark is typed into every field of every form that takes words as they come; which those are is asked of the forms,
so that a new field cannot be forgotten.
"""

from datetime import UTC, datetime
from pathlib import Path

from casework import history
from storage import Database
from tests.acceptance.recognition_case import definition, later
from tests.acceptance.stored_case import StoredCase, written_fields
from tests.acceptance.test_recognition_paths import (
    AT_WORK,
    WORKER_APPLIES,
    accepted,
    approved,
    discussed,
    drafted,
    filed,
    investigated,
    planned,
    reviewed,
    served_acceptance,
)
from tests.integration.paper_cases import Clock, a_context, a_person
from tests.integration.test_erasing_is_whole import erase_all, where

MARK = "印记"
BEFORE = datetime(2026, 11, 2, 2, tzinfo=UTC)
ELSEWHERE = {"insurance__status": "elsewhere", "insurance__agency_level": None, "insurance__agency_office": None}


def judged(case: StoredCase) -> None:
    """Hand in an application with everything open to question, and have every question judged."""
    case.register(
        **WORKER_APPLIES,
        **ELSEWHERE,
        worker__relation="disputed",
        representative__appointed=True,
        representative__name="李代理",
        representative__phone="13900000000",
        representative__scope="general",
        representative__power_on="2026-11-05",
        service_address__electronic_consent=True,
        service_address__electronic="box@example.org",
        employer__credit_code=None,
        employer__no_credit_code_reason="尚未领取",
        arrangement__kind="dispatch",
        accident__happened_at="2025-10-20T02:30:00Z",
        injury__first_diagnosis_at="2025-10-20T04:00:00Z",
        tolling__claimed=True,
        tolling__periods=[{"ground": "other", "began_on": "2026-01-01", "ended_on": "2026-03-01"}],
        materials__received=["application_form", "identity", "power_of_attorney"],
    )
    case.complete("judge_responsible_unit", responsible__notify_arbitration=True, worker__relation="disputed")
    case.serve("applicant")
    case.complete("judge_jurisdiction", jurisdiction__here=True)
    case.complete("judge_time_limit", time_limit__result="in_time")


def supplemented(case: StoredCase) -> None:
    """Ask once for all that is missing, and get it."""
    missing = list(case.fact("materials.missing"))
    reviewed(case, materials__result="incomplete", supplement__items=missing)
    case.serve("applicant", way="mail")
    came = [{"item": item, "arrived_on": case.today} for item in [*missing, "other"]]
    case.complete("receive_supplement", {"supplement.arrivals": came}, supplement__ended="complete")
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="simple")


def inquired(case: StoredCase) -> None:
    """Ask for evidence and a conclusion, and let another authority investigate; leave the simple track."""
    planned(
        case,
        evidence__required=True,
        investigation__required=True,
        investigation__entrusted=True,
        track__left=True,
        track__left_on=case.today,
        suspension__needed=True,
        suspension__ground="administrative",
        suspension__conclusion_on_file=False,
    )
    case.complete("set_evidence_limit", evidence__days=10)
    case.serve("employer")
    case.complete("record_employer_answer", evidence__answered_on=case.today)
    case.complete("entrust_investigation", entrustment__days=20, entrustment__sent_on=case.today)
    case.serve("authority")
    found = {"kind": "statement", "taken_on": case.today, "refused_to_sign": True}
    case.complete(
        "record_entrusted_findings",
        {"investigation.records": [found]},
        entrustment__answered_on=case.today,
        investigation__credentials_shown=True,
        investigation__finished_on=case.today,
    )
    case.complete("approve_suspension", suspension__outcome="approve", suspension__began_on=case.today)
    case.serve("applicant")
    case.complete("record_conclusion", suspension__ended_on=case.today)
    case.serve("applicant")


def concluded(case: StoredCase) -> None:
    """Find a ground of exclusion, discuss it, send it back once to the facts, and serve it by public notice."""
    found = AT_WORK | {"exclusion.kind": "drunk", "exclusion.proof": "effective", "exclusion.caused": "no"}
    found |= {"discussion.difficult": True}
    case.complete("record_findings", found)
    discussed(case, "recognise")
    case.complete("draft_decision", draft__outcome="more_facts")
    planned(case, investigation__required=True)
    investigated(case)
    case.complete("record_findings", found)
    discussed(case, "recognise")
    drafted(case, "recognised", "14.1")
    case.complete("review_decision", review__outcome="return")
    drafted(case, "recognised", "14.1")
    case.complete("review_decision", review__outcome="agree")
    case.complete("approve_decision", approval__outcome="redraft")
    drafted(case, "recognised", "14.1")
    approved(case)
    case.complete("seal_decision", seal__kind="recognition", seal__applied_on=case.today)
    case.complete(
        "serve_paper", delivery__recipient="worker", delivery__way="public_notice", delivery__acted_on=case.today
    )
    case.serve("employer", way="lien", delivery__lien_proof="witness")
    case.serve("agency")
    case.pass_to(later(case.today, 40))
    filed(case, dispute=True)
    case.complete("release_hold", archive__released_on=case.today)


def the_long_way(case: StoredCase) -> None:
    """Judged at every turn, supplemented, suspended, investigated twice, discussed, and held for a suit."""
    judged(case)
    supplemented(case)
    inquired(case)
    concluded(case)


def of_a_disease_and_withdrawn(case: StoredCase) -> None:
    """Off the simple track in the middle, recognised without an investigation, withdrawn before it was sealed."""
    case.register(
        **WORKER_APPLIES,
        accident__kind="occupational_disease",
        accident__happened_at=None,
        disease__certificate_kind="diagnosis",
        disease__certificate_on="2026-10-20",
        materials__received=["application_form", "relation_proof", "identity", "disease_certificate"],
    )
    accepted(case)
    served_acceptance(case)
    case.complete("choose_track", track__kind="simple")
    planned(case, evidence__required=True)
    case.complete("set_evidence_limit", evidence__days=1)
    case.serve("employer")
    case.receive("inquiry_changed")
    case.complete(
        "change_inquiry",
        track__left=True,
        track__left_on=case.today,
        change__suspend=True,
        change__ground="administrative",
        change__conclusion_on_file=False,
    )
    case.complete("approve_suspension", suspension__outcome="refuse")
    case.pass_to(later(case.today, 2))
    case.complete("confirm_silence", evidence__answered=True, evidence__answered_on=case.today)
    case.complete("record_findings", AT_WORK, disease__lawful=True)
    drafted(case, "recognised", "14.4", disease__name="尘肺")
    approved(case)
    case.receive("withdrawn", withdrawal__by=MARK, withdrawal__reasons=MARK, withdrawal__requested_on=case.today)
    case.complete("register_withdrawal", withdrawal__stated="asked", withdrawal__requested_on=case.today)
    case.complete("judge_withdrawal", withdrawal__answer="granted", withdrawal__answered_on=case.today)
    case.complete("record_withdrawal", withdrawal__noted_on=case.today)
    filed(case)


def of_another_office(case: StoredCase) -> None:
    """Told once and transferred."""
    case.register(
        insurance__status="project",
        employer__registered_office="530103",
        employer__operating_office="530103",
        insurance__agency_office="530103",
    )
    case.complete(
        "notify_referral",
        {"supplement.items": []},
        referral__notified_on=case.today,
    )
    case.serve("applicant")
    case.receive("transferred")
    case.complete("record_transfer", referral__handed_over=True, referral__handed_over_on=case.today)
    filed(case)


def of_kin_too_late(case: StoredCase) -> None:
    """Not accepted."""
    case.register(
        applicant__kind="kin",
        employer__position="agrees",
        injury__died=True,
        injury__death_at="2025-10-21T02:00:00Z",
        accident__happened_at="2025-10-20T02:30:00Z",
        injury__first_diagnosis_at="2025-10-20T04:00:00Z",
        materials__received=["application_form", "relation_proof", "diagnosis", "kin_proof", "death_proof"],
    )
    case.complete("judge_time_limit", time_limit__result="late")
    case.complete("decide_non_acceptance", non_acceptance__ground="out_of_time", non_acceptance__decided_on=case.today)
    case.serve("applicant")
    filed(case)


WAYS = (the_long_way, of_a_disease_and_withdrawn, of_another_office, of_kin_too_late)


def test_nothing_typed_into_real_cases_is_left_when_everything_is_erased(database: Database, tmp_path: Path) -> None:
    ctx = a_context(database, tmp_path)
    assert isinstance(ctx.clock, Clock)
    ctx.clock.moment = BEFORE
    head, second, _clerk = (a_person(ctx, name, "head") for name in ("zhou", "wu", "clerk"))
    marked: set[tuple[str, str]] = set()
    for way in WAYS:
        case = StoredCase(ctx)
        way(case)
        assert case.ended == "completed"
        marked |= case.marked
        assert where(ctx, MARK) >= {"leaf.body", "case.title", "term.term"}
        assert where(ctx, MARK).isdisjoint({"entry.body", "deadline.record", "number.text", "document.title"})
        erase_all(ctx, case.id, by=head, second=second)
        assert where(ctx, MARK) == set(), way.__name__
    assert history.verify(ctx).faults == []
    replayed = history.replay(ctx)
    assert (len(replayed.erased), replayed.diverged) == (len(WAYS), [])
    asked = {(path, name) for path in definition().files if path.startswith("forms/") for name in written_fields(path)}
    assert asked - marked == set(), "a field was not come by"
