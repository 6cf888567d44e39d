import json
from pathlib import Path

import pytest

from casework import library
from engine.bundle import bundle
from engine.model import Definition, DefinitionRefusedError
from tests.diagrams import again, call, element, end, path, process, script, start, user
from tests.unit.test_check import drawn, form, lane
from tests.unit.test_decisions import table

FACTS = """
a.b: {type: integer, label: 甲, label_en: A}
r.out: {type: text, label: 乙, label_en: Out}
worker.name: {type: text, label: 姓名, label_en: Name}
applicant.kind: {type: code, label: 申请人, label_en: Applicant, codes: {kin: {zh: 近亲属, en: Kin}}}
"""
SHARED = "shared.note: {type: text, label: 丙, label_en: Note}\n"


A_LIMIT = {"title": {}, "unit": "日", "article": "", "kind": "act_by", "binds": "office", "valid_from": "2011-01-01"}


def a_limit(length: int | None, **more: object) -> dict[str, object]:
    return {**A_LIMIT, "length": length, **more}


LIMITS = json.dumps(
    {
        "limits": {
            "D05": a_limit(60, suspended_by=["conclusion_awaited"]),
            "D07": a_limit(20),
            "D14": [a_limit(20), a_limit(None, extension=10)],
            "O01": a_limit(None),
        }
    }
)


def main(*middle: str, names: tuple[str, ...]) -> str:
    """Write the procedure's diagram: these elements in a row."""
    return drawn(process("p", lane(*names), start(), *middle, end(), path("begin", *names, "done")))


SOURCES = {
    "p.bpmn": main(
        user("ask", form="ask"),
        element("businessRuleTask", "decide", decision="decide"),
        call("serve", called="serve", in__worker__name="worker.name"),
        element("serviceTask", "issue", act="issue", act__document='"notice"', act__to="shared.note"),
        names=("ask", "decide", "serve", "issue"),
    ),
    "serve.bpmn": drawn(process("serve", start("b"), end("d"), path("b", "d"))),
    "unused.bpmn": drawn(process("unused", start("b"), end("d"), path("b", "d"))),
    "facts/p.yaml": FACTS,
    "facts/common.yaml": SHARED,
    "facts/serve.yaml": "service.on: {type: date, label: 丁, label_en: Day}\n",
    "facts/unused.yaml": "unused.on: {type: date, label: 丁, label_en: Day}\n",
    "forms/ask.json": form("worker.name"),
    "forms/unused.json": form("worker.name"),
    "decisions/decide.dmn": table(["-", '"x"']),
    "documents/notice.typ": '#import "parts/frame.typ": frame\n#fact("worker.name")\n',
    "documents/parts/frame.typ": "#let frame = 1\n",
    "documents/unused.typ": "",
    "parameters/limits.yaml": LIMITS,
    "law/regulation.yaml": "",
}


def refused(**changed: str) -> set[tuple[str, str, str, str]]:
    sources = SOURCES | {name.replace("__", "/").replace("_dot_", "."): text for name, text in changed.items()}
    return refused_of(sources)


def refused_of(sources: dict[str, str]) -> set[tuple[str, str, str, str]]:
    with pytest.raises(DefinitionRefusedError) as error:
        bundle("p", sources)
    return {(one.file, one.element, one.code, one.reason["en"]) for one in error.value.refusals}


def codes(found: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str]]:
    return {one[:3] for one in found}


def test_a_definition_holds_exactly_what_its_diagram_leads_to() -> None:
    definition = bundle("p", SOURCES)
    assert set(definition.files) == {
        "p.bpmn",
        "serve.bpmn",
        "facts/p.yaml",
        "facts/common.yaml",
        "facts/serve.yaml",
        "forms/ask.json",
        "decisions/decide.dmn",
        "documents/notice.typ",
        "documents/parts/frame.typ",
    }
    assert Definition.from_data(definition.data).hash == definition.hash


def test_what_a_procedure_does_not_use_does_not_rename_it() -> None:
    changed = SOURCES | {"forms/unused.json": "{}", "law/regulation.yaml": "x", "unused.bpmn": "broken"}
    assert bundle("p", changed).hash == bundle("p", SOURCES).hash


def test_the_order_of_the_sources_does_not_rename_it() -> None:
    assert bundle("p", dict(reversed(SOURCES.items()))).hash == bundle("p", SOURCES).hash


def test_a_change_of_anything_it_uses_renames_it() -> None:
    for path_ in bundle("p", SOURCES).files:
        if path_.endswith((".typ", ".yaml")):
            changed = SOURCES | {
                path_: SOURCES[path_] + "\n// x" if path_.endswith(".typ") else SOURCES[path_] + "# x\n"
            }
            assert bundle("p", changed).hash != bundle("p", SOURCES).hash


@pytest.mark.parametrize(
    ("path_", "by"),
    [
        ("forms/ask.json", ("p.bpmn", "ask", "file_missing")),
        ("decisions/decide.dmn", ("p.bpmn", "decide", "file_missing")),
        ("documents/notice.typ", ("p.bpmn", "issue", "file_missing")),
        ("documents/parts/frame.typ", ("documents/notice.typ", "", "file_missing")),
        ("serve.bpmn", ("p.bpmn", "serve", "called_missing")),
        ("p.bpmn", ("p.bpmn", "", "file_missing")),
    ],
)
def test_what_is_missing_is_named_by_who_wants_it(path_: str, by: tuple[str, str, str]) -> None:
    assert by in codes(refused_of({name: text for name, text in SOURCES.items() if name != path_}))


def test_a_rule_that_does_not_exist_is_refused() -> None:
    found = refused(p_dot_bpmn=main(element("serviceTask", "x", rule="nothing.here@1"), names=("x",)))
    assert ("p.bpmn", "x", "rule_unknown") in codes(found)


def test_a_rule_is_named_with_its_version() -> None:
    sources = {
        "p.bpmn": main(element("serviceTask", "x", rule="recognition.time_limit@1"), names=("x",)),
        "facts/p.yaml": FACTS,
    }
    found = refused_of(sources)
    assert codes(found) == {("p.bpmn", "x", "fact_undeclared")}
    assert any("time_limit.result" in one[3] for one in found)


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        ({"forms__ask_dot_json": form("worker.height")}, ("forms/ask.json", "worker.height")),
        ({"forms__ask_dot_json": form("a.b", **{"x-visible-when": "x.y == 1"})}, ("forms/ask.json", "a.b")),
        ({"decisions__decide_dot_dmn": table(["-", '"x"'], inputs=("x.y",))}, ("decisions/decide.dmn", "ground")),
        ({"decisions__decide_dot_dmn": table(["-", '"x"'], outputs=("x.y",))}, ("decisions/decide.dmn", "ground")),
        ({"documents__notice_dot_typ": '#facts.at("x.y")'}, ("documents/notice.typ", "")),
        ({"documents__notice_dot_typ": "// dated: x.y"}, ("documents/notice.typ", "")),
        ({"p_dot_bpmn": main(user("t", deadline__start="D05 on=x.y"), names=("t",))}, ("p.bpmn", "t")),
        ({"p_dot_bpmn": main(user("t", office="x.y"), names=("t",))}, ("p.bpmn", "t")),
        ({"p_dot_bpmn": main(element("serviceTask", "t", act="a", act__x="x.y + 1"), names=("t",))}, ("p.bpmn", "t")),
        (
            {"p_dot_bpmn": main(element("scriptTask", "t", "<bpmn:script>x.y = 1</bpmn:script>"), names=("t",))},
            ("p.bpmn", "t"),
        ),
    ],
)  # fmt: skip
def test_an_undeclared_fact_is_refused_wherever_it_is_named(changed: dict[str, str], by: tuple[str, str]) -> None:
    assert (*by, "fact_undeclared") in codes(refused(**changed))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "form"),
        ("[]", "form"),
        ('{"type": "object"}', "form"),
        (json.dumps({"properties": {"worker.name": {"type": "integer"}}}), "form_type"),
        (json.dumps({"properties": {"applicant.kind": {"type": "string", "enum": ["union"]}}}), "form_code"),
        (json.dumps({"properties": {"worker.name": {}}, "required": ["a.b"]}), "form"),
        (form("worker.name", **{"x-visible-when": "round(a.b)"}), "form"),
    ],
)
def test_a_form_that_does_not_agree_is_refused(text: str, code: str) -> None:
    assert code in {one[2] for one in refused(forms__ask_dot_json=text)}


def test_a_diagram_of_the_wanted_name_holds_the_called_process() -> None:
    other = SOURCES["serve.bpmn"].replace('id="serve"', 'id="service"')
    assert codes(refused(serve_dot_bpmn=other)) == {("p.bpmn", "serve", "called_missing")}


def test_the_limits_in_force_are_asked_of_the_content_that_is_published(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "p.bpmn").write_text(main(user("t", deadline="D99"), names=("t",)), encoding="utf-8")
    found = refused_of(library.sources(tmp_path))
    assert codes(found) == {("p.bpmn", "t", "limit_unknown")}


def test_a_limit_that_does_not_exist_is_refused() -> None:
    found = refused(p_dot_bpmn=main(user("t", deadline="D99"), names=("t",)))
    assert ("p.bpmn", "t", "limit_unknown") in codes(found)
    found = refused(documents__notice_dot_typ='#limit("D98")')
    assert codes(found) == {("documents/notice.typ", "", "limit_unknown")}


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"deadline__suspend": "D05 on=a.b; D07 on=a.b"}, "limit_not_suspended"),
        ({"deadline__extend": "D14 length=a.b; D05 length=a.b"}, "limit_not_extended"),
        ({"deadline__start": "O01 on=a.b length=a.b; D05 on=a.b length=a.b"}, "limit_length_fixed"),
        ({"deadline__start": "D05 on=a.b; O01 on=a.b"}, "limit_length_missing"),
    ],
)
def test_a_diagram_asks_of_a_limit_only_what_the_law_lets_it(setting: dict[str, str], code: str) -> None:
    found = refused(p_dot_bpmn=main(user("t", **setting), names=("t",)))
    assert codes(found) == {("p.bpmn", "t", code)}


@pytest.mark.parametrize("order", ["D14 on=a.b", "D14 on=a.b length=a.b"])
def test_a_limit_whose_versions_differ_is_left_to_its_day(order: str) -> None:
    assert bundle("p", SOURCES | {"p.bpmn": main(user("t", deadline__start=order), names=("t",))}).hash


def test_limits_that_cannot_be_read_are_told() -> None:
    assert codes(refused(parameters__limits_dot_yaml="D05: 60")) == {("parameters/limits.yaml", "", "limits")}


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        ({"decisions__decide_dot_dmn": table(['"union"', '"x"'], inputs=("applicant.kind",))}, "decisions/decide.dmn"),
        (
            {"decisions__decide_dot_dmn": table(['? != "un"', '"x"'], inputs=("applicant.kind",))},
            "decisions/decide.dmn",
        ),
        ({"decisions__decide_dot_dmn": table(["-", '"x"'], outputs=("applicant.kind",))}, "decisions/decide.dmn"),
        ({"forms__ask_dot_json": form("a.b", **{"x-visible-when": "applicant.kind == 'knn'"})}, "forms/ask.json"),
        ({"p_dot_bpmn": main(user("t", again("applicant.kind in ['kin', 'knn']")), names=("t",))}, "p.bpmn"),
        ({"p_dot_bpmn": main(script("t", "applicant.kind = 'knn' if a.b == 1 else 'kin'"), names=("t",))}, "p.bpmn"),
    ],
)
def test_a_misspelt_code_is_found(changed: dict[str, str], by: str) -> None:
    assert (by, "code_unknown") in {(one[0], one[2]) for one in refused(**changed)}


def test_a_document_is_named_in_quotes() -> None:
    found = refused(p_dot_bpmn=main(element("serviceTask", "t", act="issue", act__document="r.out"), names=("t",)))
    assert ("p.bpmn", "t", "document_unknown") in codes(found)


def test_a_document_may_be_chosen() -> None:
    text = """'notice' if a.b > 1 else 'parts/frame'"""
    issue = element("serviceTask", "t", act="issue", act__document=text)
    assert "documents/notice.typ" in bundle("p", SOURCES | {"p.bpmn": main(issue, names=("t",))}).files


def test_wrong_declarations_are_told_alone() -> None:
    found = refused(facts__p_dot_yaml="a.b: {type: number}")
    assert {one[2] for one in found} == {"facts"}


def test_separation_reaches_into_called_diagrams() -> None:
    inner = drawn(
        process(
            "serve", lane("b", "hand"), start("b"), user("hand", separate_from="ask"), end("d"), path("b", "hand", "d")
        )
    )
    assert bundle("p", SOURCES | {"serve.bpmn": inner}).hash


def test_diagrams_may_call_each_other_round() -> None:
    inner = drawn(
        process(
            "serve",
            start("b"),
            call("c", called="p"),
            end("d"),
            path("b", "c", "d"),
        )
    )
    assert "p.bpmn" in bundle("p", SOURCES | {"serve.bpmn": inner}).files
