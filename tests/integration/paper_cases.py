"""Small cases that issue papers: the shipped templates, facts and parameters, and a diagram of four elements."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import storage.bases
import storage.cases
import storage.definitions
from casework import advance, opening, registers, working
from casework.advance import Arrival
from casework.context import Context
from engine import Definition
from engine.values import decode, digest, encode
from handlers.law.basis import Basis, build_basis
from storage import Database
from storage.definitions import PublicationRow
from storage.files import FileStore
from tests.builders import an_application
from tests.diagrams import about, boundary, diagram, element, end, path, process, start, sub, user

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
OFFICE = "530102"
#: Of the paper's act in a case, and of the task before it.
ISSUE = "recognition/work/issue"
PREPARE = "recognition/work/prepare"
FACTS = ("common.yaml", "recognition.yaml")


@dataclass
class Clock:
    """A clock that a test moves."""

    moment: datetime = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time, a second later each time it is asked."""
        self.moment += timedelta(seconds=1)
        return self.moment


def a_context(database: Database, folder: Path, parameter_set: str | None = "演示") -> Context:
    """Make the surroundings, with the shipped parameters loaded."""
    ctx = Context(database, FileStore(folder / "files"), PROCESSES, clock=Clock())
    data, basis = _basis(parameter_set)
    with database.writing() as tx:
        storage.bases.put(tx, digest(data), data=data, at=ctx.now())
    ctx.bases[digest(data)] = basis
    return ctx


@cache
def _basis(parameter_set: str | None) -> tuple[bytes, Basis]:
    """Read the shipped parameters, once for all tests."""
    data = encode(build_basis(PROCESSES, parameter_set))
    return data, Basis.from_value(decode(data))


def a_person(ctx: Context, name: str, role: str, office: str = OFFICE) -> str:
    """Give a person a role in an office; gives the id."""
    person = registers.add_person(ctx, "system:test", name, f"示例 {name}", name, "a long password")
    registers.give_role_now(ctx, "system:test", person, office, role)
    return person


@cache
def a_definition(stem: str) -> Definition:
    """Make a procedure that prepares one paper and issues it, and can be stopped meanwhile."""
    lane = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="intake" name="受理"><bpmn:extensionElements><s:properties>'
        '<s:property name="role" value="intake"/></s:properties></bpmn:extensionElements>'
        "<bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    work = sub(
        "work",
        start("begin_work"),
        user("prepare", preview=stem),
        element("serviceTask", "issue", act="issue_document", act__document=f"'{stem}'", act__into=f"'{stem}'"),
        end("issued"),
        path("begin_work", "prepare", "issue", "issued"),
    )
    text = diagram(
        process(
            "recognition",
            lane,
            start(),
            work,
            boundary("stopped", "work", about("message", "stop")),
            end("done"),
            end("given_up"),
            path("begin", "work", "done"),
            path("stopped", "given_up"),
        )
    )
    files = {"recognition.bpmn": text}
    for file in (*PROCESSES.glob("documents/*.typ"), *(PROCESSES / "facts" / name for name in FACTS)):
        files[file.relative_to(PROCESSES).as_posix()] = file.read_text(encoding="utf-8")
    return Definition("recognition", files)


def publish(ctx: Context, definition: Definition) -> None:
    """Make a definition the one that cases are opened with."""
    with ctx.database.writing() as tx:
        at = ctx.now()
        storage.definitions.put(
            tx, definition.hash, procedure="recognition", data=definition.data, at=at, provenance="shipped"
        )
        row = PublicationRow("recognition", "1900-01-01", at, definition.hash, "shipped", None, "shipped")
        storage.definitions.publish(tx, row)
    ctx.definitions[definition.hash] = definition


def a_case(ctx: Context, stem: str, *, office: str = OFFICE, **facts: Any) -> str:
    """Open a case that knows everything of a decided one and prepares a paper; gives its id."""
    publish(ctx, a_definition(stem))
    known = {**a_decision(), **{name.replace("__", "."): value for name, value in facts.items()}}
    payload = {name: value for name, value in known.items() if value is not None}
    with ctx.database.writing() as tx:
        case, _snapshot = opening.open_case(ctx, tx, "system:test", "recognition", office, payload)
    return case


def want(ctx: Context, case: str) -> None:
    """Complete the task before the act, so that the paper is wanted."""
    advance.submit(ctx, case, Arrival("task_completed", "system:test", f"task:{PREPARE}", PREPARE))


def issue(ctx: Context, case: str) -> bool:
    """Want the paper and carry the act out; gives whether it was answered."""
    want(ctx, case)
    return working.carry_out(ctx, case, ISSUE)


def facts_of(ctx: Context, case: str) -> dict[str, Any]:
    """Give the case's own facts."""
    with ctx.database.reading() as tx:
        row = advance.require(storage.cases.get(tx, case), case)
        return advance.visible_facts(advance.load(ctx, tx, row).facts, "recognition")


def a_decision() -> dict[str, Any]:
    """Give every fact the papers of a recognition case ask for, invented."""
    return an_application() | {
        "supplement.items": ["relation_proof", "diagnosis"],
        "supplement.other": "用人单位营业执照复印件（加盖公章）",
        "supplement.notified_on": "2026-11-07",
        "supplement.days": 15,
        "supplement.days_reason": "劳动合同须由用人单位补签并加盖公章。",
        "materials.reasons": "提交的劳动合同缺少签订日期，医疗诊断证明未加盖医疗机构印章。",
        "acceptance.decided_on": "2026-11-09",
        "acceptance.remarks": "材料完整，建议受理。",
        "non_acceptance.decided_on": "2026-11-09",
        "non_acceptance.ground": "no_relation",
        "non_acceptance.reasons": "申请人未能证明与用人单位存在劳动关系，也不属于不以劳动关系为前提的情形。",
        "responsible.reasons": "用人单位否认录用，申请人仅提交微信聊天记录，未提交工资支付凭证。",
        "evidence.days": 15,
        "evidence.days_reason": "材料多在外地保存，需要合理的取证时间。",
        "investigation.entrusted_to": "曲靖市人力资源和社会保障局",
        "entrustment.matters": "张伟在贵地安装设备期间受伤的时间、地点和经过，现场同事的陈述，当地医疗机构的首诊记录。",
        "entrustment.days": 20,
        "entrustment.days_reason": "需要到现场勘验并询问多名证人。",
        "entrustment.sent_on": "2026-11-10",
        "suspension.organ": "昆明市公安局示例分局交通警察大队",
        "suspension.awaited": "本次交通事故的责任认定",
        "suspension.began_on": "2026-11-12",
        "suspension.ended_on": "2026-11-19",
        "suspension.conclusion": "道路交通事故认定书载明张伟不承担事故责任。",
        "decision.result": "recognised",
        "decision.grounds": ["14.1"],
        "decision.decided_on": "2026-11-20",
        "decision.facts": "2026年10月20日10时30分许，张伟在用人单位一号车间操作车床时，因地面油污滑倒，右手腕着地受伤。"
        "经两名工作人员向现场同事调查核实，并查阅考勤记录和车间监控录像，上述经过属实，各方均无异议。",
        "decision.reasons": "张伟受伤发生在工作时间和工作场所内，系在从事操作车床的本职工作时受到事故伤害，"
        "伤害与工作之间存在因果关系，且不存在《工伤保险条例》第十六条规定的情形。",
        "worker.age": 36,
        "remedy.review_organ": "昆明市五华区人民政府",
        "remedy.court": "演示法院（虚构）",
        "document.title": "认定工伤决定书",
        "document.number": "演示五华工认〔2026〕1号",
        "document.issued_on": "2026-11-20",
        "service.recipients": ["worker", "employer", "agency"],
    }
