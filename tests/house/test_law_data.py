"""The law as data holds together: every limit is there, and every article anybody names exists."""

import importlib
import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from handlers import rule as rules
from handlers.law.basis import Basis, build_basis
from handlers.law.sources import articles, parse

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ROOT / "processes"

#: The statutes' own list of limits, each with its length; a row that holds several is split.
LIMITS = {
    "D01": (30, "日"),
    "D02": (1, "年"),
    "D03": (15, "日"),
    "D04": (15, "日"),
    "D05": (60, "日"),
    "D06": (15, "日"),
    "D07": (20, "日"),
    "D08": (50, "年"),
    "D09": (60, "日"),
    "D10": (6, "月"),
    "D11": (15, "日"),
    "D12": (5, "工作日"),
    "D13": (60, "日"),
    "D14": (15, "日"),
    "D15": (15, "日"),
    "D16": (1, "年"),
    "D17a": (5, "工作日"),
    "D17b": (60, "日"),
    "D17c": (20, "日"),
    "D18": (2, "年"),
    "D19a": (12, "月"),
    "D19b": (12, "月"),
    "D20a": (10, "工作日"),
    "D20b": (10, "工作日"),
    "D20c": (10, "工作日"),
    "D21a": (30, "日"),
    "D21b": (30, "日"),
    "D21c": (30, "日"),
    "D21d": (30, "日"),
    "D22a": (10, "工作日"),
    "D22b": (10, "工作日"),
    "D22c": (10, "工作日"),
    "D23": (20, "工作日"),
    "D24": (20, "工作日"),
    "D25": (12, "月"),
    "D26a": (1, "历月"),
    "D26b": (1, "历月"),
    "D27": (1, "历月"),
    "D28a": (3, "历月"),
    "D28b": (3, "历月"),
    "D29a": (1, "年"),
    "D29b": (1, "年"),
    "D30": (30, "日"),
}
ON = date(2026, 11, 21)

#: Divisions of Kunming at county level, by area code.
COUNTIES = {
    "530102": "五华区",
    "530103": "盘龙区",
    "530111": "官渡区",
    "530112": "西山区",
    "530113": "东川区",
    "530114": "呈贡区",
    "530115": "晋宁区",
    "530124": "富民县",
    "530125": "宜良县",
    "530126": "石林彝族自治县",
    "530127": "嵩明县",
    "530128": "禄劝彝族苗族自治县",
    "530129": "寻甸回族彝族自治县",
    "530181": "安宁市",
}


@pytest.fixture(scope="module")
def basis() -> Basis:
    return Basis.from_value(build_basis(PROCESSES))


def test_every_limit_of_the_list_is_there_and_in_force(basis: Basis) -> None:
    assert LIMITS.keys() <= basis.limit_ids
    assert all(basis.limit(limit, ON).title.keys() == {"zh", "en"} for limit in basis.limit_ids)


@pytest.mark.parametrize(("limit", "expected"), LIMITS.items())
def test_a_limit_has_the_length_the_statute_gives_it(basis: Basis, limit: str, expected: tuple[int, str]) -> None:
    found = basis.limit(limit, ON)
    assert (found.length, found.unit) == expected


def test_only_limits_to_act_by_roll_and_those_the_office_sets_have_no_length(basis: Basis) -> None:
    limits = [basis.limit(limit, ON) for limit in sorted(basis.limit_ids)]
    assert {limit.id for limit in limits if limit.length is None} == {"O01", "O02", "O03", "O04"}
    assert {limit.id for limit in limits if limit.kind == "keep_until"} == {"D08", "D18"}
    assert {limit.id for limit in limits if limit.kind == "deemed"} == {"D30"}
    assert all(limit.kind == "act_by" for limit in limits if limit.unit == "工作日")


def test_versions_of_a_limit_follow_each_other_without_gap(basis: Basis) -> None:
    for limit, versions in basis.value["limits"].items():
        days = [(row["valid_from"], row.get("valid_to")) for row in versions]
        assert days[-1][1] is None, limit
        for (_, ended), (begins, _) in pairwise(days):
            assert (date.fromisoformat(begins) - date.fromisoformat(ended)).days == 1, limit


def test_every_ground_of_suspension_is_declared(basis: Basis) -> None:
    named = {ground for limit in basis.limit_ids for ground in basis.limit(limit, ON).suspended_by}
    assert named == set(basis.value["grounds"])


def test_the_directory_has_the_city_and_its_fourteen_counties_with_agencies(basis: Basis) -> None:
    for office in ["530100", *COUNTIES]:
        record = basis.office(office)
        assert (record["kind"], record["authority"], record["court"]) == ("bureau", True, None)
        assert record["review_body"].endswith("人民政府")
        assert basis.office(record["agency"])["kind"] == "agency"
        assert basis.office(record["parent"])
        assert COUNTIES.get(office, "昆明市") in record["name"]["zh"]


def test_two_zones_decide_and_of_the_others_no_notice_says_so(basis: Basis) -> None:
    zones = {office: row["authority"] for office, row in basis.value["offices"].items() if row["kind"] == "zone"}
    assert {office for office, authority in zones.items() if authority} == {"530111402", "530125404"}
    assert all(authority is None for authority in zones.values() if not authority)


def test_the_demonstration_set_fills_what_is_empty_and_says_that_it_is_invented(basis: Basis) -> None:
    demonstration = Basis.from_value(build_basis(PROCESSES, "演示"))
    for office in ["530100", *COUNTIES]:
        assert "虚构" in demonstration.office(office)["court"]
        assert demonstration.number_pattern(office, "recognition", ON).startswith("演示")
    for name, parameter in demonstration.value["parameters"].items():
        assert parameter["values"], name
        known = basis.value["parameters"][name]["values"]
        assert all(row["source"] == "演示（虚构）" for row in parameter["values"] if row not in known), name


def test_every_parameter_has_a_title_and_every_value_its_source(basis: Basis) -> None:
    for name, parameter in basis.value["parameters"].items():
        assert parameter["title"].keys() == {"zh", "en"}, name
        assert all(row["source"] for row in parameter["values"]), name


def sources_of_data(basis: Basis) -> Iterator[tuple[str, str]]:
    for limit, versions in basis.value["limits"].items():
        yield from ((f"limits {limit}", row["article"]) for row in versions)
    for kind in ("grounds", "parameters"):
        yield from ((f"{kind} {name}", row["article"]) for name, row in basis.value[kind].items() if row["article"])


def sources_of_content() -> Iterator[tuple[str, str]]:
    for path in sorted(PROCESSES.rglob("*")):
        where = path.relative_to(PROCESSES).as_posix()
        if where.startswith(("parameters/", "law/")) or not path.is_file():
            continue
        if path.suffix in (".bpmn", ".dmn"):
            yield from ((where, text) for text in _of_xml(path))
        elif path.suffix in (".yaml", ".json"):
            yield from ((where, text) for text in _of_record(_read(path)))


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def _of_record(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("article"), str):
            yield node["article"]
        for child in node.values():
            yield from _of_record(child)
    elif isinstance(node, list):
        for child in node:
            yield from _of_record(child)


def _of_xml(path: Path) -> Iterator[str]:
    for element in ET.parse(path).iter():  # noqa: S314 - our own files
        if element.get("name") == "article" and element.get("value"):
            yield element.get("value", "")


def sources_of_rules() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "handlers").glob("*.py")):
        if path.stem not in ("__init__", "rule"):
            importlib.import_module(f"handlers.{path.stem}")
    for name, rule in rules._rules.items():
        if not name.startswith("trial."):
            yield from ((name, str(source)) for source in rule.law)


def test_every_article_anybody_names_is_among_the_data(basis: Basis) -> None:
    known = articles(PROCESSES / "law")
    named = [*sources_of_data(basis), *sources_of_content(), *sources_of_rules()]
    missing = {f"{where}: {source}" for where, text in named for source in parse(text) if source.whole not in known}
    assert missing == set()
    assert named


def test_every_article_is_told_in_both_languages_in_a_sentence() -> None:
    for source, article in articles(PROCESSES / "law").items():
        assert article.title.keys() == article.statement.keys() == {"zh", "en"}, source
        assert article.statement["zh"].endswith("。"), source
        assert article.statement["en"].endswith("."), source
        assert re.search(r"[一-鿿]", article.statement["zh"]), source
        assert isinstance(article.valid_from, date), source
