"""The end of a case: its withdrawal, the catalogue of its file and how long that is kept (办法 24)."""

from collections.abc import Iterable, Iterator, Mapping

from handlers.law import Value
from handlers.law.dates import parse_date
from handlers.law.sources import Source
from handlers.recognition.words import MEASURES, REGULATION, day, started
from handlers.rule import Given, RuleRefusedError, rule

#: Papers of a case as the catalogue of its file names them (办法 24).
PAPERS = {
    "application_form": "工伤认定申请表",
    "arbitration_notice": "劳动关系争议仲裁告知书",
    "referral_notice": "移送受理部门告知书",
    "supplement_notice": "工伤认定申请补正材料告知书",
    "non_acceptance_decision": "工伤认定申请不予受理决定书",
    "acceptance_decision": "工伤认定申请受理决定书",
    "evidence_notice": "工伤认定举证通知书",
    "entrustment_letter": "工伤认定委托调查函",
    "suspension_notice": "工伤认定中止通知书",
    "resumption_notice": "工伤认定恢复通知书",
    "recognition_decision": "认定工伤决定书",
    "non_recognition_decision": "不予认定工伤决定书",
}
#: Receipts of service, and the paper they are about.
SERVICES = {
    "arbitration_service.receipts": PAPERS["arbitration_notice"],
    "referral_service.receipts": PAPERS["referral_notice"],
    "supplement_service.receipts": PAPERS["supplement_notice"],
    "non_acceptance_service.receipts": PAPERS["non_acceptance_decision"],
    "acceptance_service.receipts": PAPERS["acceptance_decision"],
    "evidence_service.receipts": PAPERS["evidence_notice"],
    "suspension_service.receipts": PAPERS["suspension_notice"],
    "resumption_service.receipts": PAPERS["resumption_notice"],
    "decision_service.receipts": "工伤认定决定",
}
#: The receipt of the letter that asks another authority to investigate, listed since ``catalogue@2``.
ENTRUSTMENT = {"entrustment_service.receipts": PAPERS["entrustment_letter"]}
#: What was handed in, as the catalogue names it.
MATERIALS = {
    "application_form": "申请人提交的工伤认定申请表",
    "relation_proof": "劳动（人事）关系证明",
    "diagnosis": "医疗诊断证明",
    "disease_certificate": "职业病诊断证明书（鉴定书）",
    "power_of_attorney": "授权委托书",
    "kin_proof": "近亲属关系证明",
    "death_proof": "死亡证明",
    "disability_certificate": "革命伤残军人证",
    "traffic_document": "交通事故责任认定书",
    "court_document": "生效裁判文书",
    "police_document": "公安机关证明",
    "rescue_proof": "抢险救灾等证明",
    "identity": "身份证明",
    "other": "其他材料",
}
#: Kinds of record an investigation leaves.
RECORDS = {"statement": "调查笔录", "site": "现场勘验记录", "document": "调取的书证", "media": "录音、录像、照片"}

#: No article knows a withdrawal: what is taken back is the application of article 17.
APPLYING = (Source(REGULATION, "17"),)


@rule(
    "recognition.withdrawal@1",
    reads=("case.office", "withdrawal.requested_on"),
    writes=("withdrawal.requested_on",),
    law=APPLYING,
)
def withdrawal_1(given: Given) -> dict[str, Value]:
    """Let an application be withdrawn where the office has that practice.

    The law knows no withdrawal, so it is local practice, a parameter of the office. Where the office does not have
    it the step is refused whole: the case stays as it was.
    """
    asked = day(given.fact("withdrawal.requested_on")) or given.today
    office = given.fact("case.office")
    if not given.basis.parameter("withdrawal_accepted", asked, office):
        raise RuleRefusedError("withdrawal_not_practised", office=office)
    return {"withdrawal.requested_on": asked.isoformat()}


@rule(
    "recognition.withdrawal@2",
    reads=("case.office", "decision.decided_on", "non_acceptance.decided_on", "withdrawal.requested_on"),
    writes=("withdrawal.answer", "withdrawal.question", "withdrawal.requested_on"),
    law=APPLYING,
)
def withdrawal_2(given: Given) -> dict[str, Value]:
    """Say whether an application may be withdrawn by the practice of the office, or that a person must judge.

    The law knows no withdrawal. Where the office has not said what its practice is, and once a decision was made,
    an officer judges with reasons; the case goes on meanwhile.
    """
    asked = day(given.fact("withdrawal.requested_on")) or given.today
    practised = given.basis.threshold("withdrawal_accepted", asked, given.fact("case.office"))
    if practised is None:
        answer, question = "ask", "practice_unset"
    elif not practised:
        answer, question = "refused", "not_practised"
    elif given.known("decision.decided_on") or given.known("non_acceptance.decided_on"):
        answer, question = "ask", "decision_made"
    else:
        answer, question = "granted", None
    return {
        "withdrawal.requested_on": asked.isoformat(),
        "withdrawal.answer": answer,
        "withdrawal.question": question,
    }


CATALOGUE_READS = (
    "materials.received",
    *(f"{paper}.{field}" for paper in PAPERS for field in ("issued_on", "number")),
    *SERVICES,
    "discussion.held_on",
    "investigation.records",
)
CATALOGUE_LAW = (Source(MEASURES, "24"),)


@rule("recognition.catalogue@1", reads=CATALOGUE_READS, writes=("archive.catalogue",), law=CATALOGUE_LAW)
def catalogue_1(given: Given) -> dict[str, Value]:
    """Propose the catalogue of the file: papers and receipts by their days, then what was handed in.

    The archivist adds the pages, and whatever else lies in the file.
    """
    return _catalogue(given, [*_papers(given, PAPERS), *_receipts(given, SERVICES)])


#: Papers of a suspension, listed by each of them since ``catalogue@2``; another paper's facts are the case's own.
SUSPENSION_PAPERS = ("suspension_notice", "resumption_notice")
SUSPENSION_SERVICES = {f"{paper.partition('_')[0]}_service.receipts": PAPERS[paper] for paper in SUSPENSION_PAPERS}


SUSPENSION_READS = (
    *(f"{paper}.{field}" for paper in SUSPENSION_PAPERS for field in ("issued_on", "number")),
    *SUSPENSION_SERVICES,
)


@rule("recognition.suspension_papers@1", reads=SUSPENSION_READS, writes=("suspensions.papers",), law=CATALOGUE_LAW)
def suspension_papers_1(given: Given) -> dict[str, Value]:
    """List what one suspension leaves in the file: both notices and the receipts of their service."""
    return {"suspensions.papers": [*_papers(given, SUSPENSION_PAPERS), *_receipts(given, SUSPENSION_SERVICES)]}


@rule(
    "recognition.suspension_papers@2",
    reads=(*SUSPENSION_READS, "suspensions.papers"),
    writes=("suspensions.papers",),
    law=CATALOGUE_LAW,
)
def suspension_papers_2(given: Given) -> dict[str, Value]:
    """List what one suspension has left in the file since it was last listed, so that none is lost if it is cut off."""
    listed = given.fact("suspensions.papers") or []
    left = suspension_papers_1.answer(given)["suspensions.papers"]
    return {"suspensions.papers": [paper for paper in left if paper not in listed]}


@rule(
    "recognition.catalogue@2",
    reads=(
        *(fact for fact in CATALOGUE_READS if not fact.startswith(("suspension_", "resumption_"))),
        *ENTRUSTMENT,
        "suspensions.papers",
    ),
    writes=("archive.catalogue",),
    law=CATALOGUE_LAW,
)
def catalogue_2(given: Given) -> dict[str, Value]:
    """Propose the catalogue of the file with the papers of every suspension, and of an entrusted investigation."""
    papers = [paper for paper in PAPERS if paper not in SUSPENSION_PAPERS]
    services = {
        receipts: paper for receipts, paper in (SERVICES | ENTRUSTMENT).items() if receipts not in SUSPENSION_SERVICES
    }
    rows = [*_papers(given, papers), *_receipts(given, services), *(given.fact("suspensions.papers") or [])]
    return _catalogue(given, rows)


def _catalogue(given: Given, rows: list[dict[str, Value]]) -> dict[str, Value]:
    """Put papers and receipts among the records by their days, and what was handed in behind them."""
    dated = sorted([*rows, *_records(given)], key=lambda row: row["made_on"])
    handed_in = [{"title": MATERIALS[item]} for item in given.fact("materials.received") or []]
    return {"archive.catalogue": [*dated, *handed_in]}


def _papers(given: Given, papers: Iterable[str]) -> Iterator[dict[str, Value]]:
    for paper in papers:
        issued, number = given.fact(f"{paper}.issued_on"), given.fact(f"{paper}.number")
        if issued:
            yield {"title": PAPERS[paper], "made_on": issued} | ({"number": number} if number else {})


def _receipts(given: Given, services: Mapping[str, str]) -> Iterator[dict[str, Value]]:
    for receipts, paper in services.items():
        served = given.fact(receipts)
        if served:
            yield {"title": f"送达回证（{paper}）", "made_on": max(row["acted_on"] for row in served)}


def _records(given: Given) -> Iterator[dict[str, Value]]:
    """Give what the investigation and the discussion left in the file; whom a record is about is not listed."""
    for record in given.fact("investigation.records") or []:
        yield {"title": RECORDS[record["kind"]], "made_on": record["taken_on"]}
    if given.known("discussion.held_on"):
        yield {"title": "集体讨论记录", "made_on": given.fact("discussion.held_on")}


@rule(
    "recognition.keep_until@1",
    reads=("archive.ended_on",),
    writes=("archive.keep_until",),
    law=(Source(MEASURES, "24"),),
)
def keep_until_1(given: Given) -> dict[str, Value]:
    """Keep the file for fifty years from the end of the case; the day never rolls."""
    return {"archive.keep_until": started(given, "D08", parse_date(given.fact("archive.ended_on")))["unrolled_on"]}
