"""Papers: what is printed, what is refused, and that the same paper is the same bytes."""

import re
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pypdf import PdfReader

from casework import papers
from casework.acts import printing
from engine import Definition
from engine.bundle import SHARED_FACTS
from engine.facts import load_facts
from tests.pdf import pages, words

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
TEXTS = {f"documents/{path.name}": path.read_text(encoding="utf-8") for path in (PROCESSES / "documents").glob("*.typ")}
TEMPLATES = sorted(Path(path).stem for path in TEXTS if path != "documents/paper.typ")
DECISION = "documents/recognition_decision.typ"
#: A template that prints what it is given and nothing else.
PLAIN = {"documents/plain.typ": '#import "paper.typ": *\n#show: official\n#fact("worker.name")'}


def given(draft: bool = False, demonstration: bool = False, **facts: Any) -> dict[str, Any]:
    """Give what a template reads."""
    known = {"worker.name": "张伟"} | {name.replace("__", "."): value for name, value in facts.items()}
    return {
        "paper": {
            "title": "认定工伤决定书",
            "number": None if draft else "示例工认〔2026〕12号",
            "numbered": True,
            "dated": "2026年11月20日",
            "dated_on": "2026-11-20",
            "office": {
                "name": "示例市人力资源和社会保障局",
                "review_body": "示例市人民政府",
                "court": None,
                "agency": "示例经办机构",
            },
            "draft": draft,
            "demonstration": demonstration,
        },
        "facts": {name: {"value": value, "words": str(value)} for name, value in known.items() if value is not None},
        "labels": {"worker.name": "职工姓名"},
        "codes": {},
        "limits": {"D09": "60日", "D10": "6个月"},
    }


def plain(**settings: Any) -> bytes:
    return printing.render("documents/plain.typ", TEXTS | PLAIN, given(**settings))


def template(stem: str) -> papers.Template:
    return papers.template(Definition("recognition", TEXTS), stem)


def test_the_same_paper_is_the_same_bytes() -> None:
    assert plain() == plain()


def test_another_process_prints_the_same_bytes() -> None:
    program = (
        "import sys; from tests.unit.test_printing import plain; "
        "import hashlib; sys.stdout.write(hashlib.sha256(plain()).hexdigest())"
    )
    assert another_process(program, "1", zone="UTC") == another_process(program, "2", zone="America/New_York")


def another_process(program: str, seed: str, zone: str = "UTC") -> bytes:
    """Run a program of one line and give what it writes."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(root), "TZ": zone, "PYTHONHASHSEED": seed},
    ).stdout


def test_the_file_is_dated_with_the_legal_date() -> None:
    assert b"D:20261120" in plain()


def test_another_name_is_another_paper() -> None:
    assert plain() != plain(worker__name="李四")


def test_number_title_office_and_date_are_printed() -> None:
    text = words(plain())
    assert all(
        part in text
        for part in ("示例市人力资源和社会保障局", "示例工认〔2026〕12号", "认定工伤决定书", "2026年11月20日")
    )


def test_a_draft_says_so_and_has_no_number() -> None:
    text = words(plain(draft=True))
    assert "草稿" in text
    assert "12号" not in text
    assert "草稿" not in words(plain())


def test_demonstration_data_is_printed_as_such() -> None:
    assert "演示数据，不具法律效力" in words(plain(demonstration=True))
    assert "演示数据" not in words(plain())


def test_a_fact_that_is_not_known_stops_the_paper_by_name() -> None:
    with pytest.raises(printing.FactMissingError) as refused:
        plain(worker__name=None)
    assert refused.value.what == "fact worker.name"


def test_a_draft_marks_the_place_of_what_is_not_known() -> None:
    assert "〔职工姓名〕" in words(plain(draft=True, worker__name=None))


def test_a_court_nobody_entered_stops_the_paper_by_name() -> None:
    text = {"documents/plain.typ": '#import "paper.typ": *\n#show: official\n#remedies(none, none)'}
    with pytest.raises(printing.FactMissingError) as refused:
        printing.render("documents/plain.typ", TEXTS | text, given())
    assert refused.value.what == "office court"


def test_remedies_print_body_court_and_length_and_no_last_day() -> None:
    text = {"documents/plain.typ": '#import "paper.typ": *\n#show: official\n#remedies(none, "示例法院")'}
    printed = words(printing.render("documents/plain.typ", TEXTS | text, given()))
    assert "60日内向示例市人民政府申请行政复议" in printed
    assert "6个月内向示例法院提起行政诉讼" in printed
    assert printed.count("2026年") == 1


@pytest.mark.parametrize("name", ["䶮", "𬬻", "𬱖", "𫖯", "𬶋", "𪣻", "㑇", "鿍", "·", "买买提·艾合买提"])
def test_rare_ideographs_and_names_of_all_peoples_are_printed(name: str) -> None:
    assert name in words(plain(worker__name=name))


@pytest.mark.parametrize(
    ("typed", "printed"), [("材料不全", "材料不全。"), ("材料不全。", "材料不全。"), ("不全。\n ", "不全。")]
)
def test_what_stands_as_a_sentence_ends_with_one_full_stop(typed: str, printed: str) -> None:
    texts = TEXTS | {
        "documents/plain.typ": '#import "paper.typ": *\n#show: official\n#fact("worker.name", sentence: true)完'
    }
    assert f"{printed}完" in words(printing.render("documents/plain.typ", texts, given(worker__name=typed)))


def test_what_was_written_in_lines_is_printed_in_paragraphs() -> None:
    one, two = plain(worker__name="第一段\r\n\n第二段"), plain(worker__name="第一段第二段")
    assert words(one) == words(two)
    assert one != two


def outlines(pdf: bytes) -> dict[str, int]:
    """Give for each character of a file's rarest font how many contours are drawn; an empty box has none named."""
    found: dict[str, int] = {}
    for page in PdfReader(BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            embedded = font["/DescendantFonts"][0]["/FontDescriptor"]
            if "/FontFile2" not in embedded:
                continue
            glyphs = TTFont(BytesIO(embedded["/FontFile2"].get_data()))["glyf"]
            for code, character in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", font["/ToUnicode"].get_data()):
                name = glyphs.glyphOrder[int(code, 16)]
                found[bytes.fromhex(character.decode()).decode("utf-16-be")] = glyphs[name].numberOfContours
    return found


@pytest.mark.parametrize("name", ["𠮷田", "𪚥", "𠀀𪛖", "𫜴", "𫠝", "𬺡", "𮯠", "丽𠮷𬺰𫝀"])
def test_every_ideograph_of_gb_18030_is_drawn_and_not_as_an_empty_box(name: str) -> None:
    printed = plain(worker__name=name)
    assert name in words(printed)
    rare = {character for character in name if ord(character) > 0x20000}
    drawn = outlines(printed)
    assert rare <= drawn.keys() | set("丽")
    assert all(drawn[character] > 0 for character in rare)


def test_rare_ideographs_are_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; from tests.unit.test_printing import plain; import hashlib; "
        "sys.stdout.write(hashlib.sha256(plain(worker__name='𠮷𪚥')).hexdigest())"
    )
    assert another_process(program, "1") == another_process(program, "2")


def test_a_template_published_before_a_font_was_there_is_not_printed_with_empty_boxes() -> None:
    old = {path: text.replace(', "HanaMin"', "") for path, text in (TEXTS | PLAIN).items()}
    with pytest.raises(printing.GlyphMissingError):
        printing.render("documents/plain.typ", old, given(worker__name="𠮷田"))


def test_a_character_without_a_glyph_is_refused_by_name() -> None:
    with pytest.raises(printing.GlyphMissingError, match=r"U\+30000") as refused:
        plain(worker__name="𰀀田")
    assert refused.value.characters == "𰀀"


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        '#read("../../etc/passwd")',
        '#read("/etc/hostname")',
        '#import "@preview/example:0.1.0"',
        '#image("/usr/share/pixmaps/debian-logo.png")',
        "#unknown",
    ],
)
def test_a_template_reaches_nothing_outside(text: str) -> None:
    with pytest.raises(printing.PrintingError):
        printing.render("documents/plain.typ", {"documents/plain.typ": text}, given())


def test_a_wrong_template_is_told_by_its_line() -> None:
    with pytest.raises(printing.PrintingError, match=r"unknown variable: nobody at plain\.typ:2:1"):
        printing.render("documents/plain.typ", {"documents/plain.typ": "好\n#nobody"}, given())


@pytest.mark.parametrize("name", ["<b>", '");panic("x', '#read("x")', "*_$`\\", "@heading", "=标题", "//"])
def test_what_people_wrote_is_never_read_as_a_template(name: str) -> None:
    assert name in words(plain(worker__name=name))


@pytest.mark.parametrize("name", ["张\u0000伟", "张\u202e伟", "张😀伟"])
def test_a_character_that_cannot_be_seen_or_drawn_is_refused(name: str) -> None:
    with pytest.raises(printing.GlyphMissingError):
        plain(worker__name=name)


# --- the shipped templates ---


@pytest.mark.parametrize("stem", TEMPLATES)
def test_every_template_names_its_title_and_article(stem: str) -> None:
    settings = dict(papers.settings(TEXTS[f"documents/{stem}.typ"]))
    assert {"title", "title.en", "article"} <= settings.keys()
    assert settings.keys() <= {"title", "title.en", "article", "series", "heads", "dated"}


@pytest.mark.parametrize("stem", TEMPLATES)
def test_every_template_asks_for_declared_facts_only(stem: str) -> None:
    texts = {path: (PROCESSES / path).read_text(encoding="utf-8") for path in (SHARED_FACTS, "facts/recognition.yaml")}
    declared = load_facts(texts)
    made = template(stem)
    assert made.facts <= set(declared)
    assert made.dated is None or made.dated in declared


@pytest.mark.parametrize("stem", TEMPLATES)
def test_every_template_prints_a_draft_of_nothing(stem: str) -> None:
    made = template(stem)
    empty: Mapping[str, Any] = given(draft=True) | {"facts": {}, "labels": {}}
    assert printing.render(made.path, made.texts, empty).startswith(b"%PDF-")


#: What article 19 of the Measures demands of a decision, beside the remedies.
DEMANDED = {
    "recognition_decision": {
        "employer.name",
        "worker.name",
        "worker.sex",
        "worker.age",
        "worker.occupation",
        "worker.identity_number",
        "injury.parts",
        "accident.happened_at",
        "injury.first_diagnosis_at",
        "decision.facts",
        "injury.treatment",
        "injury.diagnosis",
        "decision.reasons",
        "decision.grounds",
        "remedy.review_organ",
        "remedy.court",
    },
    "non_recognition_decision": {
        "employer.name",
        "worker.name",
        "worker.sex",
        "worker.age",
        "worker.occupation",
        "worker.identity_number",
        "decision.reasons",
        "decision.grounds",
        "remedy.review_organ",
        "remedy.court",
    },
}


def decided(without: str = "", **changes: Any) -> dict[str, Any]:
    """Give a decision in which everything demanded has a mark of its own, but one."""
    marks = {name: f"〈{name}〉" for stem in DEMANDED for name in DEMANDED[stem] if name != without}
    rest = {
        "accident.kind": "accident",
        "decision.result": "recognised",
        "application.received_on": "2026年11月6日",
        "applicant.name": "示例公司",
        "acceptance.decided_on": "2026年11月9日",
        "worker.identity_kind": "居民身份证",
    }
    known = {name: value for name, value in (rest | marks | changes).items() if value is not None}
    paper = given()
    facts = {name: {"value": value, "words": str(value)} for name, value in known.items()}
    facts["decision.grounds"]["value"] = [known["decision.grounds"]] if "decision.grounds" in known else None
    return paper | {"facts": facts}


def test_a_recognition_prints_every_field_of_article_19() -> None:
    text = words(printing.render(DECISION, TEXTS, decided()))
    assert {name for name in DEMANDED["recognition_decision"] if f"〈{name}〉" not in text} == set()
    assert "决定认定为工伤" in text


def test_a_recognition_of_a_disease_prints_its_name_in_place_of_the_accident() -> None:
    facts: dict[str, Any] = {"accident.kind": "occupational_disease", "disease.name": "矽肺", "injury.parts": None}
    text = words(printing.render(DECISION, TEXTS, decided(**facts)))
    assert "职业病名称：矽肺" in text
    assert "事故时间" not in text


def test_a_deemed_injury_is_said_to_be_deemed() -> None:
    text = words(printing.render(DECISION, TEXTS, decided(**{"decision.result": "deemed"})))
    assert "决定视同工伤" in text


def test_a_decision_of_any_length_keeps_its_signature_with_the_text() -> None:
    for length in range(1, 60, 3):
        facts = {"decision.facts": "查明的情况。" * 10 * length}
        last = pages(printing.render(DECISION, TEXTS, decided(**facts)))[-1]
        assert "提起行政诉讼。示例市人力资源和社会保障局2026年11月20日" in last


def test_a_decision_names_the_agency_that_gets_a_copy() -> None:
    assert "抄送：示例经办机构" in words(printing.render(DECISION, TEXTS, decided()))


def test_a_refused_recognition_prints_every_field_of_article_19() -> None:
    text = words(printing.render("documents/non_recognition_decision.typ", TEXTS, decided()))
    assert {name for name in DEMANDED["non_recognition_decision"] if f"〈{name}〉" not in text} == set()


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        (stem, name)
        for stem, names in DEMANDED.items()
        for name in sorted(names)
        if name not in ("remedy.review_organ", "decision.grounds")
    ],
)
def test_a_decision_without_a_field_of_article_19_is_not_printed(stem: str, name: str) -> None:
    with pytest.raises(printing.FactMissingError) as refused:
        printing.render(f"documents/{stem}.typ", TEXTS, decided(without=name))
    assert refused.value.what == ("office court" if name == "remedy.court" else f"fact {name}")


def test_a_receipt_whose_recipients_are_not_chosen_is_a_whole_sheet() -> None:
    draft = given(draft=True) | {"facts": {}, "labels": {"service.recipients": "全部受送达人"}}
    sheet = words(printing.render("documents/delivery_receipt.typ", TEXTS, draft))
    assert "送达回证" in sheet
    assert "〔全部受送达人〕" in sheet


def test_a_receipt_names_its_recipient_and_the_kin_of_a_worker_who_may_have_died() -> None:
    told = {"service.recipients": ["worker", "agency"], "document.title": "认定工伤决定书", "worker.name": "张伟"}
    paper = given() | {"facts": {name: {"value": value, "words": str(value)} for name, value in told.items()}}
    sheets = pages(printing.render("documents/delivery_receipt.typ", TEXTS, paper))
    assert ["示例经办机构" in sheet for sheet in sheets] == [False, True]
    assert "职工张伟或者其近亲属" in sheets[0]
