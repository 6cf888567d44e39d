"""Records three recognition cases for each end, through casework, on a database of its own.

Run once for a release, ``python -m tests.histories.record_release v1``; what it wrote is never edited again.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import storage.cases
import storage.entries
import storage.people
from casework import advance, library, opening, working
from casework.advance import Arrival
from casework.context import Context
from engine.values import Value
from storage import open_database, upgrade
from storage.files import FileStore
from storage.people import PersonRow
from tests.acceptance import test_recognition_paths as paths
from tests.acceptance.recognition_case import PROCESSES, WUHUA, Case
from tests.histories import recording

EACH = 3
NAMES = ("张伟", "欧阳娜娜", "买买提·吐尔逊")


class HouseCase(Case):
    """A recognition case that casework keeps: the same forms and clocks, every step an entry of its history."""

    ctx: Context

    def __init__(self, day: str = "2026-11-09", *, office: str = WUHUA, parameter_set: str | None = "演示") -> None:
        """Open it on a day in an office."""
        self._office = office
        self.case_id = ""
        super().__init__(day, office=office, parameter_set=parameter_set)

    def _now(self) -> Context:
        at = datetime.fromisoformat(self._last_at).astimezone(UTC)
        return replace(self.ctx, clock=lambda: at)

    def _take(
        self, kind: str, actor: str, address: str | None, payload: Mapping[str, Value], at: str | None = None
    ) -> None:
        self._last_at = at or self._at()
        self._seq += 1
        if kind == "opened":
            with advance.writing(self._now()) as tx:
                self.case_id, _snapshot = opening.open_case(self._now(), tx, actor, "recognition", self._office)
        else:
            key = f"{kind}:{address}:{self._seq}" if kind != "task_completed" else f"task:{address}"
            advance.submit(self._now(), self.case_id, Arrival(kind, actor, key, address, dict(payload)))
        self._read()

    def _read(self) -> None:
        """Take in the entries since the last one read, and carry out what they want."""
        with self.ctx.database.reading() as tx:
            rows = storage.entries.read(tx, self.case_id, after=self._told)
            read = [advance.read_event(tx, row)[1] for row in rows]
            snapshot = advance.load(self.ctx, tx, advance.require(storage.cases.get(tx, self.case_id), self.case_id))
        self._told = rows[-1].seq
        if snapshot.projection.outcome is None:
            self._facts = snapshot.facts
        for effects in read:
            self.effects += effects
            for effect in effects:
                self._apply(effect)
        for address, act in list(snapshot.projection.acts.items()):
            self.documents.append(act["given"]["document"])
            assert working.carry_out(self._now(), self.case_id, address)
            self._read()

    _told = 0


def recognised(n: int) -> Case:
    case = HouseCase("2026-11-09")
    case.register(application__received_on="2026-11-06", worker__name=NAMES[n])
    paths.accepted(case)
    paths.served_acceptance(case)
    case.complete("choose_track", track__kind="simple", track__reasons="事实清楚")
    paths.planned(case)
    case.complete("record_findings", paths.AT_WORK)
    paths.drafted(case, "recognised", "14.1")
    case.pass_to(f"2026-11-{20 + n}")
    paths.approved(case)
    paths.issued_and_filed(case)
    return case


def not_recognised(n: int) -> Case:
    case = HouseCase("2026-11-09")
    case.register(worker__name=NAMES[n], **paths.WORKER_APPLIES | {"applicant__name": NAMES[n]})
    paths.accepted(case, clear=False)
    paths.served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="争议较大")
    paths.planned(case)
    case.complete("record_findings", paths.AT_WORK | {"work.place": "outside", "work.cause": "personal"})
    paths.drafted(case, "not_recognised", "unmet")
    case.pass_to(f"2026-12-{10 + n}")
    paths.approved(case)
    paths.issued_and_filed(case)
    return case


def not_accepted(n: int) -> Case:
    case = HouseCase("2026-11-09")
    late = {"accident__happened_at": "2025-10-20T02:30:00Z", **paths.WORKER_APPLIES}
    case.register(worker__name=NAMES[n], **late)
    case.complete("judge_time_limit", time_limit__result="late", time_limit__reasons="已逾一年，无正当事由")
    case.complete(
        "decide_non_acceptance",
        non_acceptance__ground="out_of_time",
        non_acceptance__reasons="超过一年",
        non_acceptance__decided_on=case.today,
        remedy__review_organ=case.fact("remedy.review_organ") or "五华区人民政府",
        remedy__court="昆明市某人民法院",
    )
    case.serve("applicant")
    paths.filed(case)
    return case


def referred(n: int) -> Case:
    case = HouseCase("2026-11-09", office="530103")
    case.register(worker__name=NAMES[n])
    case.complete(
        "notify_referral",
        {"supplement.items": []},
        jurisdiction__office="530102",
        referral__text="由五华区受理",
        referral__notified_on=case.today,
    )
    case.serve("applicant")
    case.receive("transferred")
    paths.filed(case)
    return case


def withdrawn(n: int) -> Case:
    case = HouseCase("2026-11-09")
    case.register(worker__name=NAMES[n])
    paths.accepted(case)
    case.receive("withdrawn", withdrawal__requested_on=case.today, withdrawal__by=NAMES[n])
    told = {"withdrawal.requested_on": case.today, "withdrawal.by": NAMES[n], "withdrawal.reasons": "双方和解"}
    case.complete("record_withdrawal", told, withdrawal__noted_on=case.today)
    paths.filed(case)
    return case


def closed(n: int) -> Case:
    case = HouseCase("2026-11-09")
    case.register(worker__name=NAMES[n])
    if n:
        paths.accepted(case)
    case._take("closed", "head", None, {})
    return case


ENDS: tuple[Callable[[int], Case], ...] = (recognised, not_recognised, not_accepted, referred, withdrawn, closed)


def main(release: str) -> None:
    """Record every end."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/anjuan.db"
        upgrade(url)
        HouseCase.ctx = Context(open_database(url), FileStore(Path(folder) / "files"), PROCESSES, identity_key=b"v")
        library.load_basis(HouseCase.ctx, "演示")
        library.import_shipped(HouseCase.ctx)
        with HouseCase.ctx.database.writing() as tx:
            for person in ("clerk", "head"):
                storage.people.put_person(tx, PersonRow(person, f"示例·{person}", person))
        for end in ENDS:
            for n in range(EACH):
                case = end(n)
                assert isinstance(case, HouseCase)
                assert case.ended is not None, end.__name__
                recording.record(HouseCase.ctx, case.case_id, f"{end.__name__}-{n + 1}", recording.HERE / release)
                sys.stdout.write(f"{end.__name__} {n + 1}: {case.ended}\n")


if __name__ == "__main__":
    main(sys.argv[1])
