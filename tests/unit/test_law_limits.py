"""Every statutory limit as the statutes have it, written down by hand beside the data that ships."""

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from handlers.law import deadlines
from handlers.law.basis import Basis, build_basis

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
ON = date(2026, 11, 21)

APPLICATION = "工伤保险条例:17;工伤认定办法:"
PLAN = "工伤保险经办规程:"
SERVICE = "社会保险经办条例:"
DEVICE = "工伤保险辅助器具配置管理办法:"
APPRAISAL = "劳动能力鉴定管理办法:"


class Row(NamedTuple):
    """A limit: length, unit, kind, article, first day, by how much it may be extended, and whether time may stand."""

    length: int | None
    unit: str
    kind: str
    article: str
    since: str
    extension: int | None = 0
    stands: bool = False


#: In force: 工伤保险条例 since 2004-01-01, amended with 工伤认定办法 on 2011-01-01; 社会保险法 2011-07-01;
#: 工伤保险辅助器具配置管理办法 2016-04-01; 工伤保险经办规程 2022-06-14; 社会保险经办条例 2023-12-01;
#: 劳动能力鉴定管理办法 2025-07-01.
STATUTES = {
    "D01": Row(30, "日", "act_by", f"{APPLICATION}4", "2004-01-01", extension=None),
    "D02": Row(1, "年", "act_by", f"{APPLICATION}5", "2004-01-01", stands=True),
    "D03": Row(15, "日", "act_by", "工伤认定办法:8", "2011-01-01"),
    "D04": Row(15, "日", "act_by", "工伤认定办法:8", "2011-01-01"),
    "D05": Row(60, "日", "act_by", "工伤保险条例:20;工伤认定办法:18", "2004-01-01", stands=True),
    "D06": Row(15, "日", "act_by", "工伤保险条例:20;工伤认定办法:21", "2011-01-01", stands=True),
    "D07": Row(20, "日", "act_by", "工伤认定办法:22", "2011-01-01"),
    "D08": Row(50, "年", "keep_until", "工伤认定办法:24", "2011-01-01"),
    "D09": Row(60, "日", "act_by", "行政复议法:20", "2024-01-01", stands=True),
    "D10": Row(6, "月", "act_by", "行政诉讼法:46", "2015-05-01", stands=True),
    "D11": Row(15, "日", "act_by", "行政诉讼法:45", "2015-05-01", stands=True),
    "D12": Row(5, "工作日", "act_by", f"{APPRAISAL}10", "2025-07-01"),
    "D13": Row(60, "日", "act_by", f"工伤保险条例:25;{APPRAISAL}10", "2004-01-01", extension=30, stands=True),
    "D14": Row(15, "日", "act_by", f"{APPRAISAL}17", "2025-07-01"),
    "D15": Row(15, "日", "act_by", f"工伤保险条例:26;{APPRAISAL}19", "2004-01-01"),
    "D16": Row(1, "年", "earliest", f"工伤保险条例:28;{APPRAISAL}20", "2004-01-01"),
    "D17a": Row(5, "工作日", "act_by", f"{DEVICE}8", "2016-04-01"),
    "D17b": Row(60, "日", "act_by", f"{DEVICE}8", "2016-04-01", extension=30),
    "D17c": Row(20, "日", "act_by", f"{DEVICE}11", "2016-04-01"),
    "D18": Row(2, "年", "keep_until", f"{DEVICE}21;{PLAN}51", "2016-04-01"),
    "D19a": Row(12, "月", "period", "工伤保险条例:33", "2004-01-01"),
    "D19b": Row(12, "月", "period", "工伤保险条例:33", "2004-01-01"),
    "D20a": Row(10, "工作日", "act_by", f"{PLAN}22", "2022-06-14"),
    "D20b": Row(10, "工作日", "act_by", f"{PLAN}23", "2022-06-14"),
    "D20c": Row(10, "工作日", "act_by", f"{PLAN}23", "2022-06-14"),
    "D21a": Row(30, "日", "act_by", f"社会保险法:57;{PLAN}8", "2011-07-01"),
    "D21b": Row(30, "日", "act_by", f"社会保险法:58;{PLAN}11", "2011-07-01"),
    "D21c": Row(30, "日", "act_by", f"社会保险法:57;{PLAN}14", "2011-07-01"),
    "D21d": Row(30, "日", "act_by", f"社会保险法:57;{PLAN}18", "2011-07-01"),
    "D22a": Row(10, "工作日", "act_by", f"{SERVICE}6", "2023-12-01"),
    "D22b": Row(10, "工作日", "act_by", f"{SERVICE}10", "2023-12-01"),
    "D22c": Row(10, "工作日", "act_by", f"{SERVICE}10", "2023-12-01"),
    "D23": Row(20, "工作日", "act_by", f"{SERVICE}22", "2023-12-01"),
    "D24": Row(20, "工作日", "act_by", f"{SERVICE}25", "2023-12-01"),
    "D25": Row(12, "月", "period", f"{PLAN}55", "2022-06-14"),
    "D26a": Row(1, "历月", "earliest", f"{PLAN}67", "2022-06-14"),
    "D26b": Row(1, "历月", "earliest", f"{PLAN}70", "2022-06-14"),
    "D27": Row(1, "历月", "earliest", f"{PLAN}88", "2022-06-14"),
    "D28a": Row(3, "历月", "period", f"工伤保险条例:41;{PLAN}74", "2004-01-01"),
    "D28b": Row(3, "历月", "earliest", f"工伤保险条例:41;{PLAN}74", "2004-01-01"),
    "D29a": Row(1, "年", "period", f"{PLAN}136", "2022-06-14"),
    "D29b": Row(1, "年", "period", "昆人社通〔2021〕168号:3", "2021-12-01"),
    "D30": Row(30, "日", "deemed", "民事诉讼法:95", "2022-01-01"),
    "O01": Row(None, "日", "act_by", "工伤认定办法:17", "2011-01-01"),
    "O02": Row(None, "日", "act_by", "工伤认定办法:8", "2011-01-01"),
    "O03": Row(None, "日", "act_by", f"{APPRAISAL}10", "2025-07-01"),
    "O04": Row(None, "日", "act_by", "工伤认定办法:14", "2011-01-01"),
}


@pytest.fixture(scope="module")
def basis() -> Basis:
    return Basis.from_value(build_basis(PROCESSES))


def test_no_limit_is_shipped_that_is_not_written_down_here(basis: Basis) -> None:
    assert basis.limit_ids == STATUTES.keys()


@pytest.mark.parametrize("limit", STATUTES)
def test_a_limit_is_the_one_of_its_statute(basis: Basis, limit: str) -> None:
    found = basis.limit(limit, ON)
    told = (found.length, found.unit, found.kind, found.article, found.valid_from.isoformat(), found.extension)
    assert (*told, bool(found.suspended_by)) == STATUTES[limit]


@pytest.mark.parametrize("limit", STATUTES)
def test_a_warning_comes_while_days_are_left_and_only_where_something_is_to_be_done(basis: Basis, limit: str) -> None:
    found = basis.limit(limit, ON)
    days = {"日": 1, "工作日": 1, "月": 28, "年": 365, "历月": 28}[found.unit] * (found.length or 10)
    assert all(0 < step < days for step in found.warning_days)
    assert found.warning_days or found.kind in {"keep_until", "earliest", "deemed"} or limit == "D28a"


@pytest.mark.parametrize(
    ("limit", "on", "unrolled", "due"),
    [
        # Leap day, no corresponding day: the month's end.
        ("D02", "2024-02-29", "2025-02-28", "2025-02-28"),
        ("D19a", "2024-02-29", "2025-02-28", "2025-02-28"),
        # A Saturday; National Day to the 7th; a Sunday at the end of February.
        ("D02", "2025-11-21", "2026-11-21", "2026-11-23"),
        ("D02", "2025-10-01", "2026-10-01", "2026-10-08"),
        ("D10", "2026-08-31", "2027-02-28", "2027-03-01"),
        # Saturday; Spring Festival 15 to 23 February; the Saturdays 14 and 28 February are worked.
        ("D05", "2025-12-02", "2026-01-31", "2026-02-02"),
        ("D05", "2025-12-17", "2026-02-15", "2026-02-24"),
        ("D05", "2025-12-16", "2026-02-14", "2026-02-14"),
        ("D05", "2025-12-30", "2026-02-28", "2026-02-28"),
        # Mid-autumn 25 to 27 September; Labour Day to 5 May; Saturday 9 May is worked.
        ("D06", "2026-09-10", "2026-09-25", "2026-09-28"),
        ("D13", "2026-03-06", "2026-05-05", "2026-05-06"),
        ("D01", "2026-04-02", "2026-05-02", "2026-05-06"),
        ("D01", "2026-04-09", "2026-05-09", "2026-05-09"),
        # Workdays over Spring Festival: 14, 24, 25, 26, 27; over mid-autumn and National Day: 20 to 24, 28 to 30, 8, 9.
        ("D12", "2026-02-13", "2026-02-27", "2026-02-27"),
        ("D20a", "2026-09-18", "2026-10-09", "2026-10-09"),
        # Whole calendar months, of which the month of the start is the first, and days that never roll.
        ("D26a", "2026-12-31", "2026-12-31", "2026-12-31"),
        ("D28a", "2025-11-30", "2026-01-31", "2026-01-31"),
        ("D30", "2026-09-04", "2026-10-04", "2026-10-04"),
        ("D16", "2025-10-01", "2026-10-01", "2026-10-01"),
        ("D08", "2026-10-03", "2076-10-03", "2076-10-03"),
        # New Year 2019 began with a Monday in December.
        ("D05", "2018-11-01", "2018-12-31", "2019-01-02"),
    ],
)
def test_a_last_day_is_the_one_worked_out_by_hand(basis: Basis, limit: str, on: str, unrolled: str, due: str) -> None:
    record = deadlines.start(basis, f"{limit}#1", date.fromisoformat(on), date.fromisoformat(on))
    assert (record["unrolled_on"], record["due_on"]) == (unrolled, due)


#: What the State Council's notices say, copied by hand: days off, and weekend days worked.
NOTICES = {
    "2026": (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
    "2025": (
        "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    # Spring Festival was made longer on 2020-01-26.
    "2020": (
        "01-01/01-01 01-24/02-02 04-04/04-06 05-01/05-05 06-25/06-27 10-01/10-08",
        "01-19 04-26 05-09 06-28 09-27 10-10",
    ),
    # The third of September was a day off once.
    "2015": (
        "01-01/01-03 02-18/02-24 04-04/04-06 05-01/05-03 06-20/06-22 09-03/09-05 09-26/09-27 10-01/10-07",
        "01-04 02-15 02-28 09-06 10-10",
    ),
    # Its last days belong to the notice of 2008.
    "2007": (
        "01-01/01-03 02-18/02-24 05-01/05-07 10-01/10-07 12-30/12-31",
        "02-17 02-25 04-28 04-29 09-29 09-30 12-29",
    ),
    "2004": ("01-01/01-01 01-22/01-28 05-01/05-07 10-01/10-07", "01-17 01-18 05-08 05-09 10-09 10-10"),
}


def days_off(year: str, spans: str) -> set[date]:
    ends = [[date.fromisoformat(f"{year}-{end}") for end in span.split("/")] for span in spans.split()]
    return {first + timedelta(days=n) for first, last in ends for n in range((last - first).days + 1)}


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_a_year_is_what_its_notice_says(basis: Basis, year: str) -> None:
    off, worked = (
        days_off(year, NOTICES[year][0]),
        {date.fromisoformat(f"{year}-{day}") for day in NOTICES[year][1].split()},
    )
    first = date(int(year), 1, 1)
    for day in (first + timedelta(days=n) for n in range((date(int(year) + 1, 1, 1) - first).days)):
        assert basis.calendar.is_workday(day) == (day in worked or (day.weekday() < 5 and day not in off)), day


def test_time_stands_still_in_a_diagram_only_for_limits_that_a_statute_suspends() -> None:
    orders = [
        (path.stem, order.split()[0])
        for path in sorted(PROCESSES.glob("*.bpmn"))
        for element in ET.parse(path).iter()  # noqa: S314 - our own files
        if element.get("name") in {"deadline.suspend", "deadline.resume"}
        for order in element.get("value", "").split(";")
    ]
    assert ("recognition", "D05") in orders
    assert [order for order in orders if not STATUTES[order[1]].stands] == []
