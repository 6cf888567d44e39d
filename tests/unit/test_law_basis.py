from datetime import date
from pathlib import Path
from typing import Any

import pytest

from handlers.law.basis import (
    Basis,
    OfficeUnknownError,
    ParameterFileError,
    ParameterUnknownError,
    ParameterUnsetError,
    build_basis,
)
from handlers.law.limits import LimitUnknownError

ON = date(2026, 11, 21)

LIMITS = """
grounds: {}
limits:
  D05:
    title: {zh: 决定, en: Decision}
    length: 60
    unit: 日
    article: 工伤保险条例:20
    kind: act_by
    binds: office
    warning_days: [7, 15]
    valid_from: 2011-01-01
  D14:
    - &delivery
      title: {zh: 送达, en: Delivery}
      length: 20
      unit: 日
      article: 旧办法:13
      kind: act_by
      binds: office
      valid_from: 2014-04-01
      valid_to: 2025-06-30
    - <<: *delivery
      length: 15
      article: 办法:17
      valid_from: 2025-07-01
      valid_to: null
"""
AMOUNTS = """
parameters:
  income:
    values:
      - {value: "54188", valid_from: 2025-01-01, valid_to: 2025-12-31}
      - {value: "56502", valid_from: 2026-01-01, valid_to: 2026-12-31}
  minimum_wage:
    values:
      - {value: "1900.00"}
      - {value: "1800.00", office: "530124"}
  empty: {values: []}
"""
NUMBERS = """
parameters:
  number_pattern: {values: [{value: "{office}{series}〔{year}〕{n}号"}]}
  number_office: {values: []}
  number_series: {values: []}
"""
INVENTED = """
parameters:
  empty: [{value: "1"}]
  income: [{value: "9", valid_from: 2026-01-01}]
  number_office: [{value: 演示五华, office: "530102"}]
  number_series: [{value: {recognition: 工认}}]
offices:
  "530102": {court: 演示法院, review_body: 演示机关}
"""


@pytest.fixture
def processes(tmp_path: Path) -> Path:
    content = {
        "limits": LIMITS,
        "amounts": AMOUNTS,
        "thresholds": "parameters: {}",
        "numbers": NUMBERS,
        "offices": 'offices: {"530102": {court: null, review_body: 五华区人民政府}}',
        "calendars/2026": "{rest: {2026-10-01: 国庆节}, work: {2026-10-10: 国庆节}}",
        "sets/演示": INVENTED,
    }
    for name, text in content.items():
        path = tmp_path / "parameters" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def basis(processes: Path) -> Basis:
    return Basis.from_value(build_basis(processes))


@pytest.fixture
def demonstration(processes: Path) -> Basis:
    return Basis.from_value(build_basis(processes, "演示"))


def test_a_limit_is_the_one_in_force_on_the_legal_date(basis: Basis) -> None:
    assert basis.limit("D14", date(2025, 6, 30)).length == 20
    assert basis.limit("D14", date(2025, 7, 1)).length == 15
    assert basis.limit("D05", ON).warning_days == (15, 7)
    assert basis.limit_ids == {"D05", "D14"}


@pytest.mark.parametrize(("limit", "on"), [("D05", date(2010, 12, 31)), ("D99", ON)])
def test_a_limit_not_in_force_is_an_error(basis: Basis, limit: str, on: date) -> None:
    with pytest.raises(LimitUnknownError):
        basis.limit(limit, on)


@pytest.mark.parametrize(
    ("on", "value"), [(date(2025, 12, 31), "54188"), (date(2026, 1, 1), "56502"), (date(2026, 12, 31), "56502")]
)
def test_an_amount_is_the_one_of_the_legal_date(basis: Basis, on: date, value: str) -> None:
    assert basis.parameter("income", on) == value


def test_an_offices_own_value_goes_before_the_general_one(basis: Basis) -> None:
    assert basis.parameter("minimum_wage", ON, "530124") == "1800.00"
    assert basis.parameter("minimum_wage", ON, "530102") == "1900.00"
    assert basis.parameter("minimum_wage", ON) == "1900.00"


def test_an_empty_amount_refuses_by_name_and_is_never_zero(basis: Basis) -> None:
    with pytest.raises(ParameterUnsetError) as unset:
        basis.parameter("empty", ON, "530102")
    assert (unset.value.name, unset.value.on, unset.value.office) == ("empty", ON, "530102")


def test_an_amount_nobody_has_announced_for_the_year_is_unset(basis: Basis) -> None:
    with pytest.raises(ParameterUnsetError):
        basis.parameter("income", date(2027, 1, 1))


def test_an_empty_threshold_is_null_and_a_misspelt_one_an_error(basis: Basis) -> None:
    assert basis.threshold("empty", ON) is None
    with pytest.raises(ParameterUnknownError):
        basis.threshold("emptty", ON)


def test_days_in_the_files_become_text(basis: Basis) -> None:
    assert basis.value["calendars"]["2026"]["rest"] == {"2026-10-01": "国庆节"}
    assert basis.value["limits"]["D05"][0]["valid_from"] == "2011-01-01"
    assert basis.calendar.is_workday(date(2026, 10, 10))


def test_an_unknown_office_is_an_error(basis: Basis) -> None:
    assert basis.office("530102")["court"] is None
    with pytest.raises(OfficeUnknownError):
        basis.office("999999")


def test_the_city_bureau_of_an_office_is_the_one_above_it() -> None:
    basis = Basis.from_value(build_basis(Path("processes"), None))
    assert basis.city_bureau("530111402") == basis.city_bureau("530102.agency") == basis.city_bureau() == "530100"


def test_parents_that_go_round_have_no_city_bureau_above_them(basis: Basis) -> None:
    rounds = {"a": {"parent": "b"}, "b": {"parent": "a"}}
    with pytest.raises(OfficeUnknownError):
        Basis.from_value({**basis.value, "offices": rounds}).city_bureau("a")


def test_invented_values_fill_what_is_empty_and_leave_what_is_known(demonstration: Basis, basis: Basis) -> None:
    assert demonstration.parameter("empty", ON) == "1"
    assert demonstration.parameter("income", ON) == "56502"
    assert demonstration.parameter("income", date(2027, 1, 1)) == "9"
    assert demonstration.office("530102") == {"court": "演示法院", "review_body": "五华区人民政府"}
    assert (demonstration.parameter_set, basis.parameter_set) == ("演示", None)


def test_a_paper_is_numbered_in_the_words_of_its_office_and_series(demonstration: Basis, basis: Basis) -> None:
    pattern = demonstration.number_pattern("530102", "recognition", ON)
    assert pattern.format(year=2026, n=12) == "演示五华工认〔2026〕12号"
    for office, series in [("530103", "recognition"), ("530102", "unheard_of")]:
        with pytest.raises(ParameterUnsetError):
            demonstration.number_pattern(office, series, ON)
    with pytest.raises(ParameterUnsetError):
        basis.number_pattern("530102", "recognition", ON)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("amounts", "parameters: {ratio: {values: [{value: 0.5}]}}"),
        ("amounts", "- a list"),
        ("limits", "grounds: {"),
        ("sets/演示", "{parameters: {unheard_of: []}, offices: {}}"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(processes: Path, name: str, text: str) -> None:
    (processes / "parameters" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterFileError):
        build_basis(processes, "演示")


def test_a_missing_file_is_refused(processes: Path) -> None:
    (processes / "parameters" / "offices.yaml").unlink()
    with pytest.raises(ParameterFileError, match="offices"):
        build_basis(processes)


@pytest.mark.parametrize("wrong", [{"unit": "周"}, {"kind": "soon"}, {"binds": "nobody"}, {"length": 0}])
def test_a_limit_in_other_words_than_the_laws_is_refused(basis: Basis, wrong: dict[str, Any]) -> None:
    limits = {"D05": [basis.value["limits"]["D05"][0] | wrong]}
    with pytest.raises(ValueError, match="D05"):
        Basis.from_value({**basis.value, "limits": limits})
