"""Applications from files: good rows become cases, bad ones are named, and nothing is taken twice."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import bench.ground
from bench.ground import OFFICE, Ground
from casework import history, importing, tasks
from casework.context import utc_now
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from casework.importing import Report
from engine.elements import declarations
from storage import cases as stored_cases
from storage.errors import UnavailableError
from tests.acceptance.recognition_case import definition
from tests.builders import an_application

PROCESSES = Path(__file__).parents[2] / "processes"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A database of either kind with the shipped procedure, shared by the tests of this module."""
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.create_database())
    with bench.ground.prepared(url, content=PROCESSES) as made:
        yield made


def taken(ground: Ground, path: Path, office: str = OFFICE) -> Report:
    return importing.import_file(ground.ctx, path, sign_in="bench", office=office)


def lines(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def table(path: Path, rows: Sequence[Mapping[str, Any]], encoding: str = "utf-8-sig", *, labels: bool = False) -> Path:
    """Write rows as a spreadsheet would; ``labels`` heads each column by its label where only one fact has it."""
    declared = declarations(definition())
    shown = [declared[name].label for name in rows[0]]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        label if labels and shown.count(label) == 1 else name for name, label in zip(rows[0], shown, strict=True)
    )
    for row in rows:
        writer.writerow(";".join(each) if isinstance(each, list) else each for each in row.values())
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def unique_labels() -> set[str]:
    labels = [declarations(definition())[name].label for name in an_application()]
    return {label for label in labels if labels.count(label) == 1}


def test_good_rows_become_cases_with_the_form_completed(ground: Ground, tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", [an_application(worker__name=f"甲{n}") for n in range(3)])
    assert taken(ground, path) == Report(rows=3, taken=3)
    with ground.ctx.database.reading() as tx:
        newest = stored_cases.find(tx, offices=[OFFICE], state="open", limit=1)[0]
    assert "甲2" in newest.title
    assert history.replay(ground.ctx, [newest.id]).identical == 1
    address = "recognition/handle_application/examine_application/check_materials/review_materials"
    assert tasks.view(ground.ctx, ground.person, newest.id, address).may_complete


def test_running_it_again_takes_nothing_twice_in_whatever_file_or_order(ground: Ground, tmp_path: Path) -> None:
    rows = [an_application(worker__name=f"乙{n}") for n in range(3)]
    assert taken(ground, lines(tmp_path / "rows.jsonl", rows)).taken == 3
    assert taken(ground, tmp_path / "rows.jsonl") == Report(rows=3, known=3)
    backwards = [dict(reversed(row.items())) for row in reversed(rows)]
    assert taken(ground, lines(tmp_path / "again.jsonl", backwards + rows)) == Report(rows=6, known=6)
    assert taken(ground, table(tmp_path / "again.csv", rows)) == Report(rows=3, known=3)


def test_bad_rows_are_named_and_leave_nothing(ground: Ground, tmp_path: Path) -> None:
    rows = [
        an_application(worker__name="丙"),
        an_application(worker__name=None),
        an_application(worker__name="丙", worker__identity_number="530102199001010011"),
        an_application(worker__name="丙", other__field="x"),
        an_application(worker__name="丙", application__received_on="2999-01-01"),
        "no record",
        an_application(worker__name="丁"),
    ]
    before = history.verify(ground.ctx).chains
    report = taken(ground, lines(tmp_path / "rows.jsonl", rows))
    assert (report.rows, report.taken) == (7, 2)
    assert [(fault["row"], fault["field"], fault["reason"]) for fault in report.refused] == [
        (2, "worker.name", "required"),
        (3, "worker.identity_number", "identity_check_digit"),
        (4, "other.field", "unknown_field"),
        (5, "application.received_on", "later_than_today"),
        (6, "", "not_a_record"),
    ]
    assert history.verify(ground.ctx).chains == before + 2


@pytest.mark.parametrize(("encoding", "labels"), [("utf-8", False), ("utf-8-sig", True), ("gb18030", True)])
def test_a_table_of_a_spreadsheet_is_read_as_it_was_meant(
    ground: Ground, tmp_path: Path, encoding: str, labels: bool
) -> None:
    declared = declarations(definition())
    plain = an_application(worker__name=f"𠮷{encoding}")
    written = {
        name: declared[name].codes[value]["zh"] if declared[name].type == "code" else value
        for name, value in plain.items()
    } | {
        "application.received_on": "2026/11/6",
        "accident.happened_at": "2026/10/20 10:30",
        "injury.died": "否",
        "employer.registered_in_kunming": "是",
    }
    path = table(tmp_path / "rows.csv", [written], encoding, labels=labels)
    assert taken(ground, path) == Report(rows=1, taken=1)
    exact = plain | {"accident.happened_at": "2026-10-20T02:30:00.000000Z"}
    assert taken(ground, lines(tmp_path / "same.jsonl", [exact])) == Report(rows=1, known=1)


def test_bytes_that_may_be_gb18030_or_anything_are_not_guessed(ground: Ground, tmp_path: Path) -> None:
    path = table(tmp_path / "rows.csv", [an_application(worker__name="戊")], "gb18030")
    with pytest.raises(RefusedError, match="encoding"):
        taken(ground, path)


def test_a_formula_is_kept_as_the_text_it_is(ground: Ground, tmp_path: Path) -> None:
    rows = [an_application(worker__name="=cmd|' /C calc'!A0")]
    assert taken(ground, table(tmp_path / "rows.csv", rows)).taken == 1
    with ground.ctx.database.reading() as tx:
        assert "=cmd|' /C calc'!A0" in stored_cases.find(tx, offices=[OFFICE], state="open", limit=1)[0].title


def test_a_cell_of_a_list_that_is_not_json_is_the_fault_of_its_row(ground: Ground, tmp_path: Path) -> None:
    rows = [an_application(worker__name=f"己{n}") for n in range(3)]
    rows[0]["materials.received"] = "[" * 5000
    rows[1]["materials.received"] = '["diagnosis", 1.5]'
    report = taken(ground, table(tmp_path / "rows.csv", rows))
    assert (report.taken, {fault["row"] for fault in report.refused}) == (1, {1, 2})


def test_whoever_imports_is_asked_after_each_row_whether_to_go_on(ground: Ground, tmp_path: Path) -> None:
    told: list[int] = []
    path = lines(tmp_path / "rows.jsonl", ["bad"] * 250)

    def goes_on(done: int) -> bool:
        told.append(done)
        return True

    importing.import_file(ground.ctx, path, sign_in="bench", office=OFFICE, goes_on=goes_on)
    assert told == list(range(1, 251))


def test_an_import_that_is_told_to_stop_leaves_the_rest_for_the_next(ground: Ground, tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", [an_application(worker__name=f"壬{n}") for n in range(4)])
    stopped = importing.import_file(ground.ctx, path, sign_in="bench", office=OFFICE, goes_on=lambda done: done < 2)
    assert stopped == Report(rows=2, taken=2, stopped=importing.INTERRUPTED)
    assert taken(ground, path) == Report(rows=4, taken=2, known=2)


def test_a_database_that_fails_on_the_way_is_told_with_what_was_taken(ground: Ground, tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", [an_application(worker__name=f"癸{n}") for n in range(3)])

    def now() -> datetime:
        moments.append(utc_now())
        if len(moments) > 100:
            raise UnavailableError("the disk is full")
        return moments[-1]

    moments: list[datetime] = []
    failing = replace(ground.ctx, clock=now)
    whole = importing.import_file(failing, path, sign_in="bench", office=OFFICE)
    assert whole.taken == 3
    for_one = len(moments) // 3
    moments[:] = moments[:1] * (100 - for_one - 2)
    again = lines(tmp_path / "again.jsonl", [an_application(worker__name=f"子{n}") for n in range(3)])
    told = importing.import_file(failing, again, sign_in="bench", office=OFFICE)
    assert (told.rows, told.taken, told.stopped) == (1, 1, "the disk is full")
    with pytest.raises(UnavailableError):
        importing.import_file(failing, again, sign_in="bench", office=OFFICE)
    assert taken(ground, again) == Report(rows=3, taken=2, known=1)


def test_a_bound_that_was_passed_is_told_with_the_fault(ground: Ground, tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", [an_application(worker__name="长" * 300)])
    fault = taken(ground, path).refused[0]
    assert (fault["field"], fault["reason"]) == ("worker.name", "maxLength")
    assert fault["limit"] < 300


def test_who_may_not_register_imports_nothing(ground: Ground, tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", [an_application(worker__name="庚")])
    attempt = partial(importing.import_file, ground.ctx, path)
    with pytest.raises(NotFoundError, match="person_unknown"):
        attempt(sign_in="nobody", office=OFFICE)
    with pytest.raises(NotAllowedError, match="no_role"):
        attempt(sign_in="bench", office="530103")
    with pytest.raises(NotFoundError, match="procedure_unknown"):
        attempt(sign_in="bench", office=OFFICE, procedure="nothing")
    assert taken(ground, path).taken == 1


def test_fifty_rows_with_faults_among_them_come_through_whole(ground: Ground, tmp_path: Path) -> None:
    rows = [an_application(worker__name=f"辛{n}", worker__sex="x" if n % 10 == 0 else "male") for n in range(50)]
    report = taken(ground, table(tmp_path / "rows.csv", rows))
    assert (report.rows, report.taken, report.known) == (50, 45, 0)
    assert [fault["row"] for fault in report.refused] == [1, 11, 21, 31, 41]
    assert taken(ground, tmp_path / "rows.csv").known == 45
