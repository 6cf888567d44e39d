"""How papers lie on their sheets: nothing beyond the margin, no signature alone, files that archives can keep."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from casework.acts import printing
from tests.pdf import pages, words
from tests.unit.test_printing import TEMPLATES, TEXTS, given, template

#: Upper and lower edge of what may be printed on an A4 sheet, in points from its foot: footers stand lower.
FOOT = 35
OFFICIAL = [stem for stem in TEMPLATES if "#show: official" in TEXTS[f"documents/{stem}.typ"]]
LISTS = {
    "decision.grounds": ["14.1"],
    "materials.received": ["diagnosis"],
    "service.recipients": ["worker", "employer"],
    "supplement.items": ["diagnosis"],
}
#: Facts that people may write pages into.
ACCOUNTS = {
    "acceptance.remarks",
    "accident.cause",
    "accident.process",
    "decision.facts",
    "decision.reasons",
    "entrustment.days_reason",
    "entrustment.matters",
    "evidence.days_reason",
    "injury.diagnosis",
    "injury.treatment",
    "materials.reasons",
    "non_acceptance.reasons",
    "referral.text",
    "responsible.reasons",
    "supplement.days_reason",
    "supplement.other",
    "suspension.awaited",
    "suspension.conclusion",
}


def filled(stem: str, account: str = "属实。", **facts: Any) -> bytes:
    """Print a paper whose every fact is known, with one account wherever people may write pages."""
    told = LISTS | {name.replace("__", "."): value for name, value in facts.items()}
    known: dict[str, Any] = {}
    for name in template(stem).facts:
        value = told.get(name, account if name in ACCOUNTS else "示例")
        known[name] = {"value": value, "words": str(value)}
    limits = dict.fromkeys(("D04", "D05", "D06", "D09", "D10"), "15日")
    return printing.render(f"documents/{stem}.typ", TEXTS, given() | {"facts": known, "limits": limits})


def heights(pdf: bytes) -> Iterator[float]:
    """Give how high above the foot of its sheet each piece of text stands, in points."""
    found: list[float] = []

    def note(text: str, outer: list[float], inner: list[float], *_font: Any) -> None:
        if text.strip():
            found.append(inner[5] * outer[3] + outer[5])

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
        yield from found
        found.clear()


@pytest.mark.parametrize("stem", TEMPLATES)
def test_an_account_of_many_pages_goes_on_overleaf_and_never_below_the_sheet(stem: str) -> None:
    printed = filled(stem, "他在车间操作车床时滑倒，右手腕着地受伤。" * 200)
    assert min(heights(printed)) > FOOT


@pytest.mark.parametrize("stem", OFFICIAL)
@pytest.mark.parametrize("sentences", [1, 16, 26, 36])
def test_no_page_holds_a_signature_alone(stem: str, sentences: int) -> None:
    last = pages(filled(stem, "他在车间操作车床时滑倒受伤。" * sentences))[-1]
    assert not last.startswith("示例市人力资源和社会保障局2026年")


def test_a_notice_that_lists_nothing_is_not_printed() -> None:
    facts = {name: {"value": "示例", "words": "示例"} for name in template("supplement_notice").facts}
    del facts["supplement.other"]
    nothing: dict[str, Any] = {"supplement.items": {"value": [], "words": ""}}
    with pytest.raises(printing.FactMissingError) as refused:
        printing.render("documents/supplement_notice.typ", TEXTS, given() | {"facts": facts | nothing})
    assert refused.value.what == "fact supplement.items"


def test_an_item_typed_with_a_full_stop_is_not_printed_with_two_marks() -> None:
    text = words(filled("supplement_notice", supplement__other="营业执照复印件。\n"))
    assert "（二）营业执照复印件。" in text
    assert "。。" not in text


@pytest.mark.parametrize(("kind", "relation"), [("worker", "本人"), ("kin", "夫妻")])
def test_a_worker_who_applies_is_the_injured_one_themselves(kind: str, relation: str) -> None:
    text = words(filled("application_form", applicant__kind=kind, applicant__relation="夫妻"))
    assert f"申请人与受伤害职工的关系：{relation}" in text


def test_each_receipt_is_a_paper_of_its_own_and_names_the_case() -> None:
    sheets = pages(filled("delivery_receipt", worker__name="张伟"))
    assert len(sheets) == len(LISTS["service.recipients"])
    assert all("—1—" in sheet and "张伟的工伤认定" in sheet for sheet in sheets)


@pytest.mark.parametrize(
    ("told", "recipient"),
    [
        ({"injury__died": False}, "职工张伟"),
        ({"injury__died": True}, "职工张伟的近亲属"),
        ({"injury__died": False, "accident__kind": "missing"}, "职工张伟的近亲属"),
        ({"injury__died": None}, "职工张伟或者其近亲属"),
    ],
)
def test_a_receipt_is_for_a_worker_who_lives_and_for_the_kin_of_one_who_does_not(
    told: dict[str, Any], recipient: str
) -> None:
    sheet = pages(filled("delivery_receipt", worker__name="张伟", **told))[0]
    assert f"受送达人{recipient}送达地点" in sheet


def test_only_the_sheet_of_the_agency_offers_a_copy() -> None:
    sheets = pages(filled("delivery_receipt", service__recipients=["worker", "agency"]))
    assert ["copy" in sheet for sheet in sheets] == [False, True]


@pytest.mark.parametrize(("late", "kind"), [(False, "employer"), (False, "worker"), (True, "worker")])
def test_an_application_in_time_is_accepted_as_such(late: bool, kind: str) -> None:
    facts: dict[str, Any] = {"time_limit__employer_late": late, "applicant__kind": kind}
    assert "并在规定的时限内提出" in words(filled("acceptance_decision", **facts))


@pytest.mark.parametrize("kind", ["employer", "worker"])
def test_a_late_employer_is_told_which_costs_it_bears(kind: str) -> None:
    late: dict[str, Any] = {"time_limit__employer_late": True, "time_limit__employer_bears_until": "2027年1月6日"}
    text = words(filled("acceptance_decision", applicant__kind=kind, **late))
    assert ("并在规定的时限内提出" in text) == (kind == "worker")
    assert "第十七条第一款规定的时限内提交工伤认定申请，依照该条第四款的规定，2027年1月6日前发生的" in text


def test_a_limit_the_law_does_not_name_stops_the_paper_by_name() -> None:
    text = {"documents/plain.typ": '#import "paper.typ": *\n#show: official\n#limit("D99")'}
    with pytest.raises(printing.FactMissingError) as refused:
        printing.render("documents/plain.typ", TEXTS | text, given())
    assert refused.value.what == "limit D99"


def test_an_address_longer_than_its_line_is_broken_and_still_found() -> None:
    address = "maimaiti.tuerxun.abudurehman" * 4 + "@example.com"
    assert address in words(filled("application_form", service_address__electronic=address))


def test_a_paper_is_kept_in_the_form_for_archives_and_for_every_reader() -> None:
    printed = filled("recognition_decision")
    read = PdfReader(BytesIO(printed))
    told, language = read.xmp_metadata, str(read.root_object["/Lang"])
    assert told is not None
    assert (told.pdfaid_part, told.pdfaid_conformance) == ("2", "A")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in told.stream.get_data()
    assert (told.dc_title, told.dc_creator) == ({"x-default": "认定工伤决定书"}, ["示例市人力资源和社会保障局"])
    assert language == "zh-CN"
