"""A paper bears a day that a file can bear, or is refused in words."""

import pytest

from casework.acts import printing


@pytest.mark.parametrize("day", ["0001-01-01", "2026-02-30", "", None])
def test_a_paper_dated_before_every_calendar_is_refused(day: str | None) -> None:
    with pytest.raises(printing.PrintingError, match="no paper can be dated"):
        printing.render("paper.typ", {"paper.typ": "一"}, {"paper": {"dated_on": day}})
