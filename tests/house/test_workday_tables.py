"""The workday tables under ``processes/parameters/calendars`` say what chinese-calendar says.

Run as a script, this file writes the tables: ``python tests/house/test_workday_tables.py``.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "processes" / "parameters" / "calendars"
YEARS = range(2004, 2027)
SATURDAY = 5

#: Weekend days worked that chinese-calendar does not have. 国办发明电〔2005〕35号: 12月31日（星期六）上班.
MISSING = {date(2005, 12, 31): "元旦"}

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日",
}


def year_table(year: int) -> dict[str, Any]:
    """Make the table of one year: days off that carry a holiday's name, and weekend days worked in exchange."""
    table: dict[str, Any] = {"rest": {}, "work": {}}
    day = date(year, 1, 1)
    while day.year == year:
        off, name = chinese_calendar.get_holiday_detail(day)
        if day in MISSING:
            table["work"][day.isoformat()] = MISSING[day]
        elif name is not None and off:
            table["rest"][day.isoformat()] = NAMES[name]
        elif not off and day.weekday() >= SATURDAY:
            table["work"][day.isoformat()] = NAMES[chinese_calendar.constants.workdays[day]]
        day += timedelta(days=1)
    return table


@pytest.mark.parametrize("year", YEARS)
def test_a_committed_year_is_what_the_announced_notice_says(year: int) -> None:
    committed = yaml.safe_load((FOLDER / f"{year}.yaml").read_text(encoding="utf-8"))
    assert {"rest": committed["rest"], "work": committed["work"]} == year_table(year)


def test_no_year_is_committed_that_nobody_announced() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {str(year) for year in YEARS}


if __name__ == "__main__":
    for wanted in YEARS:
        heading = f"# {wanted}: days off by the State Council's notice, and weekend days worked in exchange.\n"
        body = yaml.safe_dump(year_table(wanted), allow_unicode=True, sort_keys=True)
        (FOLDER / f"{wanted}.yaml").write_text(heading + body, encoding="utf-8")
