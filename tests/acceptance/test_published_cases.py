"""Published cases through the real procedure: the clear ones to their outcome, the contested ones to a person.

``published.jsonl`` holds what was published; here stands how each is entered. What a publication leaves out and the
forms demand is filled in where it decides nothing. A case under an older law is entered only where today's article
says the same, its dates moved by whole years into the time the limits of today cover. Whatever is not entered is
listed with the reason.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.recognition_case import Case, later
from tests.acceptance.test_recognition_paths import (
    accepted,
    approved,
    discussed,
    drafted,
    issued_and_filed,
    planned,
    served_acceptance,
)

PUBLISHED = {
    case["id"]: case
    for case in map(json.loads, (Path(__file__).parent / "published.jsonl").read_text("utf-8").splitlines())
}
CONCERNED = {"recognition", "time_limit", "suspension"}

#: Why a case of these kinds is not entered.
LEFT_OUT = {
    "sd-liu-closed-road": "2003年条例第十四条第（六）项不以责任划分为要件，与现行规定不同",
    "zj-yuan-yuhang-route": "2003年条例第十四条第（六）项不以责任划分为要件，与现行规定不同，责任情况未公布",
}

Facts = dict[str, Any]
NONE: Facts = {
    "worker.over_age": False,
    "exclusion.kind": "none",
    "discussion.difficult": False,
    "payment.estimate": "0.00",
}


def accident(hours: str, place: str, cause: str, **more: Any) -> Facts:
    """Findings of an accident that is none of the special ones."""
    found = {"work.hours": hours, "work.place": place, "work.cause": cause, "trip.on_trip": False}
    return NONE | found | dotted(more)


def commute(liability: str, **more: Any) -> Facts:
    """Findings of an accident on the way to or from work."""
    found = {
        "commute.on_way": "yes",
        "commute.reasonable_time": "yes",
        "commute.reasonable_route": "yes",
        "commute.vehicle": "road",
        "commute.liability": liability,
        "commute.without_leave": False,
    }
    return NONE | found | dotted(more)


def illness(at_post: str, course: str, **more: Any) -> Facts:
    """Findings of a sudden illness."""
    return NONE | {"illness.in_hours_at_post": at_post, "illness.course": course} | dotted(more)


def dotted(fields: Facts) -> Facts:
    """Write ``__`` as the dot of a fact's name."""
    return {name.replace("__", "."): value for name, value in fields.items()}


@dataclass(frozen=True)
class Entry:
    """How a published case is entered.

    Attributes:
        kind: what happened.
        happened: day of the accident or illness, of the certificate for a disease; moved where the law is older.
        found: the facts established.
        applied: day of the application; a month after the event where none is published.
        accepted: day of acceptance, that of the application where none is published.
        decided: day of the decision.
        applicant: who applies.
        died: whether the worker died.
        application: other fields of the application.
        ground: the ground expected among those proposed, as the table writes it.
        rows: rows of the table that are shown.
    """

    kind: str
    happened: str
    found: Facts
    applied: str = ""
    accepted: str = ""
    decided: str = ""
    applicant: str = "worker"
    died: bool = False
    application: Facts = field(default_factory=dict)
    ground: str = ""
    rows: tuple[str, ...] = ()


PROVED = {"exclusion__proof": "effective", "exclusion__caused": "yes", "exclusion__reasons": "依据有权机关的结论"}
DRUNK = PROVED | {"exclusion__kind": "drunk"}
SUICIDE = PROVED | {"exclusion__kind": "suicide"}

#: The clear ones, tier A or B.
CLEAR = {
    "hb-li-basketball-xiangyang": Entry(
        "accident", "2016-03-21", accident("break", "outside", "personal", work__preparatory=False), ground="14.1"
    ),
    "xl-tug-of-war": Entry(
        "accident",
        "2022-09-01",
        accident("working", "outside", "unit_activity", activity__attendance="demanded"),
        ground="14.1",
    ),
    "nt-zhang-scaffold": Entry(
        "accident",
        "2014-06-24",
        accident("working", "workplace", "work"),
        application={"worker.relation": "disputed"},
        ground="14.1",
    ),
    "die-mou-lunch-outside": Entry(
        "accident", "2015-05-31", accident("break", "outside", "personal", work__preparatory=False), ground="14.2"
    ),
    "js-tian-bath-jiangyin": Entry(
        "accident",
        "2013-06-22",
        accident("before_after", "workplace", "work", work__preparatory=True),
        applied="2013-09-12",
        accepted="2013-09-26",
        decided="2013-11-23",
        ground="14.2",
    ),
    "ah-zhu-guangde-fight": Entry(
        "violence",
        "2021-07-15",
        NONE
        | {
            "work.hours": "working",
            "work.place": "workplace",
            "violence.duty_caused": "no",
            "trip.on_trip": False,
        },
        ground="14.3",
    ),
    "hn-ou-noise-deafness": Entry(
        "occupational_disease",
        "2024-07-31",
        NONE | {"disease.lawful": True},
        applied="2024-08-08",
        accepted="2024-08-09",
        decided="2024-09-03",
        ground="14.4",
    ),
    "gy-yang-slab-delivery": Entry(
        "accident",
        "2011-08-15",
        accident("working", "outside", "work", trip__on_trip=True, trip__cause="work"),
        ground="14.5",
    ),
    "nj-liu-yao-snow": Entry(
        "commute",
        "2015-01-28",
        commute("full"),
        applied="2015-02-11",
        decided="2015-03-02",
        applicant="employer",
        ground="14.6",
    ),
    "km-xundian-yang-minor": Entry(
        "commute", "2016-04-14", commute("minor"), decided="2016-08-29", applied="2016-07-01", died=True, ground="14.6"
    ),
    # The authority recognised under 14(6), so it held the worker not mainly at fault; more is not published.
    "liao-shipyard-dinner": Entry(
        "commute",
        "2012-12-11",
        commute("none"),
        applied="2013-09-23",
        accepted="2013-09-30",
        decided="2013-11-28",
        applicant="kin",
        died=True,
        ground="14.6",
    ),
    "sh-zhang-ming-stroke-survived": Entry(
        "sudden_illness", "2022-06-08", illness("no", "survived"), applicant="employer", ground="15.1"
    ),
    "gc94-luo-renjun": Entry(
        "rescue", "2011-12-24", NONE | {"rescue.public_interest": "yes"}, applied="2012-06-12", ground="15.2"
    ),
    "a-ming-drunk-major": Entry("commute", "2018-06-01", commute("major", **DRUNK), died=True, ground="16.2"),
    # 15(1)(3) reads the same in 2003 and 2010; moved by six years.
    "sd-rizhao-wang-veteran": Entry(
        "veteran", "2015-07-10", NONE | {"veteran.certificate": True, "veteran.relapse": "yes"}, ground="15.3"
    ),
}

#: The contested ones, each with the rows that compete.
CONTESTED = {
    "gazette-he-wenliang": Entry(
        "accident",
        "2016-09-24",
        accident("working", "workplace", "physiological"),
        applicant="kin",
        died=True,
        rows=("physiological_need", "physiological_need_before_2025_or_unmet"),
    ),
    "bj-yang-tao-railway-suicide": Entry(
        "accident",
        "2016-11-27",
        accident("working", "workplace", "work", **SUICIDE, exclusion__from_injury="unclear"),
        applicant="kin",
        died=True,
        rows=("work_accident", "suicide_from_injury"),
    ),
    "ph-wu-danan-below-threshold": Entry(
        "accident",
        "2019-01-10",
        accident("working", "workplace", "work", **(DRUNK | {"exclusion__proof": "below_standard"})),
        rows=("work_accident", "alcohol_below_standard"),
    ),
    "fj-teacher-chen-ptsd-suicide": Entry(
        "violence",
        "2012-03-30",
        NONE
        | {
            "work.hours": "working",
            "work.place": "workplace",
            "violence.duty_caused": "yes",
            "trip.on_trip": False,
        }
        | dotted(SUICIDE)
        | {"exclusion.from_injury": "yes"},
        applicant="kin",
        died=True,
        rows=("violence_on_duty", "suicide_from_injury"),
    ),
    "js-jiang-annual-party": Entry(
        "accident",
        "2017-01-08",
        accident("outside", "outside", "unit_activity", activity__attendance="free"),
        applied="2017-03-01",
        applicant="kin",
        died=True,
        rows=("unit_activity_free", "unit_activity_free_or_unmet"),
    ),
    "sh-guo-hotel-bath": Entry(
        "accident",
        "2012-03-20",
        accident("outside", "outside", "physiological", trip__on_trip=True, trip__cause="living_need"),
        applied="2012-04-10",
        rows=("living_need_on_trip", "living_need_on_trip_or_unmet"),
    ),
    "gs-chen-unknown-cause": Entry(
        "commute",
        "2022-10-25",
        commute("undetermined"),
        applied="2023-05-11",
        applicant="kin",
        died=True,
        rows=("fault_undetermined", "fault_undetermined_or_unmet"),
    ),
    "js-li-chunlai-next-day": Entry(
        "commute",
        "2015-10-01",
        commute("none", commute__reasonable_time="unclear"),
        applicant="kin",
        died=True,
        rows=("time_unclear", "time_unclear_or_unmet"),
    ),
    "spc2014-he-peixiang": Entry(
        "commute",
        "2016-12-22",
        commute("undetermined", commute__reasonable_time="unclear"),
        applied="2017-06-15",
        rows=("time_unclear", "time_unclear_or_unmet"),
    ),
    "zp-chen-left-post-minor": Entry(
        "commute",
        "2015-05-12",
        commute("minor", commute__without_leave=True),
        rows=("left_without_leave", "left_without_leave_or_unmet"),
    ),
    "zj-liu-deyuan-forged-licence": Entry(
        "commute",
        "2017-02-10",
        commute("undetermined"),
        applicant="kin",
        died=True,
        rows=("fault_undetermined", "fault_undetermined_or_unmet"),
    ),
    "js-yang-peng-detour-spouse": Entry(
        "commute",
        "2017-05-01",
        commute("none", commute__reasonable_route="unclear"),
        applied="2017-11-07",
        applicant="kin",
        died=True,
        rows=("route_unclear", "route_unclear_or_unmet"),
    ),
    "sd-ma-zhangqiu-unlicensed": Entry(
        "commute",
        "2015-04-25",
        commute("undetermined"),
        applied="2015-11-28",
        rows=("fault_undetermined", "fault_undetermined_or_unmet"),
    ),
    "hn-xinxiang-yang-brain-death": Entry(
        "sudden_illness",
        "2021-07-25",
        illness(
            "yes",
            "rescued_at_once",
            injury__first_diagnosis_at="2021-07-25T03:00:00Z",
            injury__death_at="2021-07-30T03:00:00Z",
            illness__brain_death_at="2021-07-27T02:00:00Z",
        ),
        applicant="kin",
        died=True,
        rows=("brain_death", "brain_death_or_unmet"),
    ),
    "gc191-liang-jinhong": Entry(
        "sudden_illness",
        "2017-06-09",
        illness("unclear", "died_at_post"),
        applied="2017-07-25",
        applicant="kin",
        died=True,
        application={"worker.relation": "none", "arrangement.kind": "affiliation", "arrangement.unit": "某建筑公司"},
        rows=("illness_post_unclear", "illness_post_unclear_or_unmet", "no_employment_relation"),
    ),
    "spc-zhang-yide-home-death": Entry(
        "sudden_illness",
        "2015-03-10",
        illness("yes", "went_home"),
        applicant="kin",
        died=True,
        rows=("went_home", "went_home_or_unmet"),
    ),
    "km-2015-33-bi-jinbao": Entry(
        "accident",
        "2014-06-10",
        accident("working", "workplace", "work", worker__over_age=True),
        rows=("work_accident", "over_age_before_2026"),
    ),
}


#: Clear ones, each with a test of its own below.
CLEAR_TIMES = {"wx-hu-late-30-medical", "sh-liu-tailbone-clock"}
#: The contested ones: day of the application, its fields, and the question put before a person.
TIMES: dict[str, tuple[str, Facts, str]] = {
    "lv-yuhai-toll-1201days": (
        "2018-10-12",
        {
            "accident__happened_at": "2015-11-23T02:00:00Z",
            "tolling__claimed": True,
            "tolling__periods": [
                {"ground": "labour_relation_disputed", "began_on": "2016-09-28", "ended_on": "2018-05-08"}
            ],
        },
        "tolling_doubtful",
    ),
    # The Regulation of 2003 has the same article 17; moved by ten years.
    "spc2014-zou-zhengxian": (
        "2018-01-16",
        {
            "accident__happened_at": "2016-04-24T02:00:00Z",
            "tolling__claimed": True,
            "tolling__periods": [{"ground": "other", "began_on": "2016-07-28", "ended_on": "2018-01-02"}],
        },
        "tolling_doubtful",
    ),
    "hn-ren-wrong-suit": (
        "2013-11-20",
        {
            "accident__happened_at": "2011-03-21T02:00:00Z",
            "tolling__claimed": True,
            "tolling__periods": [{"ground": "other", "began_on": "2012-01-04", "ended_on": "2013-05-21"}],
        },
        "tolling_doubtful",
    ),
    # Neither day is published; any two of which only the later lies within the year will do.
    "gazette-yang-qingfeng": (
        "2016-10-10",
        {
            "accident__happened_at": "2014-06-15T02:00:00Z",
            "accident__harm_appeared_later": True,
            "accident__harm_appeared_on": "2016-04-20",
        },
        "harm_appeared_later",
    ),
}


def entered(entry: Entry) -> Case:
    """Take an application to where its facts are recorded."""
    applied = entry.applied or later(entry.happened, 30)
    case = Case(applied)
    case.register(**application(entry, applied))
    if case.is_open("judge_responsible_unit"):
        case.complete(
            "judge_responsible_unit",
            responsible__unit=case.fact("responsible.unit") or case.fact("employer.name"),
            worker__relation=case.fact("worker.relation"),
            responsible__notify_arbitration=False,
            responsible__reasons="依据现有证据认定",
        )
    if case.is_open("judge_time_limit"):
        case.complete("judge_time_limit", time_limit__result="in_time", time_limit__reasons="自旧伤复发之日起未满一年")
    case.pass_to(entry.accepted or applied)
    accepted(case, clear=False)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    planned(case)
    case.complete("record_findings", entry.found)
    return case


def application(entry: Entry, applied: str) -> Facts:
    """Write the fields of an application."""
    happened = f"{entry.happened}T02:00:00Z"
    fields: Facts = {
        "application.received_on": applied,
        "service_address.confirmed_on": applied,
        "applicant.kind": entry.applicant,
        "employer.position": None if entry.applicant == "employer" else "agrees",
        "accident.kind": entry.kind,
        "accident.happened_at": happened,
        "injury.first_diagnosis_at": happened,
        "injury.died": entry.died,
        "materials.received": MATERIALS,
        **({"applicant.relation": "配偶"} if entry.applicant == "kin" else {}),
        **(DISEASE | {"disease.certificate_on": entry.happened} if entry.kind == "occupational_disease" else {}),
        **entry.application,
    }
    return {name.replace(".", "__"): value for name, value in fields.items()}


MATERIALS = [
    "application_form",
    "relation_proof",
    "diagnosis",
    "disease_certificate",
    "kin_proof",
    "death_proof",
    "disability_certificate",
]
DISEASE = {
    "disease.name": "职业性轻度噪声聋",
    "disease.certificate_kind": "diagnosis",
    "disease.certificate_issuer": "职业病诊断机构",
}


def test_every_case_that_concerns_recognition_time_limits_or_suspension_is_entered_or_left_out_with_a_reason() -> None:
    concerned = {name for name, case in PUBLISHED.items() if case["kind"] in CONCERNED}
    contested = CONTESTED.keys() | TIMES.keys()
    assert concerned == CLEAR.keys() | CLEAR_TIMES | contested | LEFT_OUT.keys()
    assert all(PUBLISHED[name]["difficulty"] == "contested" for name in contested)
    assert all(PUBLISHED[name]["difficulty"] == "clear" for name in CLEAR.keys() | CLEAR_TIMES | LEFT_OUT.keys())
    hard = {name for name in concerned if PUBLISHED[name]["difficulty"] == "clear" and PUBLISHED[name]["tier"] in "AB"}
    assert {name for name in hard if PUBLISHED[name]["law"] == "2010"} <= CLEAR.keys() | CLEAR_TIMES


@pytest.mark.parametrize("name", CLEAR)
def test_a_clear_case_reaches_its_published_outcome(name: str) -> None:
    entry, expected = CLEAR[name], PUBLISHED[name]["expected"]
    outcome = expected["outcome"]
    case = entered(entry)
    assert entry.ground == expected["ground"].replace("(", ".").replace(")", "")
    assert entry.ground in case.fact("ground.proposed")
    assert case.fact("ground.result") == outcome
    if case.is_open("hold_discussion"):
        discussed(case, "not_recognise" if outcome == "not_recognised" else "recognise")
    drafted(case, outcome, entry.ground, injury__treatment="住院治疗")
    case.pass_to(entry.decided or later(case.today, 20))
    approved(case)
    assert case.deadline("D05")["state"] == "met"
    issued_and_filed(case)
    assert case.ended == "completed"
    paper = "non_recognition_decision" if outcome == "not_recognised" else "recognition_decision"
    assert paper in case.documents


@pytest.mark.parametrize("name", CONTESTED)
def test_a_contested_case_reaches_a_discussion_with_the_competing_rows_shown(name: str) -> None:
    entry = CONTESTED[name]
    case = entered(entry)
    shown = case.rows_fired("recognition_ground")
    assert set(entry.rows) <= set(shown)
    assert len(shown) > 1
    assert case.fact("ground.result") == "open"
    assert "contested" in case.fact("discussion.why")
    assert case.open_elements == ["hold_discussion"]


# --- time limits and suspension ---


def applied_on(day: str, **changes: Any) -> Case:
    """Register a worker's application on a day."""
    case = Case(day)
    base = {
        "application__received_on": day,
        "service_address__confirmed_on": day,
        "applicant__kind": "worker",
        "employer__position": "unknown",
        "injury__first_diagnosis_at": None,
    }
    case.register(**(base | changes))
    return case


def test_wx_hu_the_costs_before_a_late_application_are_the_employers() -> None:
    case = applied_on("2020-08-28", accident__happened_at="2020-07-20T02:00:00Z")
    assert case.fact("time_limit.employer_late") is True
    assert case.fact("time_limit.employer_bears_until") == "2020-08-28"
    assert case.fact("time_limit.result") == "in_time"


@pytest.mark.parametrize("name", TIMES)
def test_a_contested_time_limit_reaches_a_person(name: str) -> None:
    applied, changes, question = TIMES[name]
    assert PUBLISHED[name]["kind"] == "time_limit"
    case = applied_on(applied, **changes)
    assert case.fact("time_limit.question") == question
    assert case.open_elements == ["judge_time_limit"]


def test_sh_liu_tailbone_was_decided_in_time_because_the_clock_stood_still() -> None:
    entry = Entry("accident", "2021-06-24", {}, applied="2021-08-10", accepted="2021-08-20")
    case = Case("2021-08-10")
    case.register(**application(entry, "2021-08-10"))
    case.pass_to("2021-08-20")
    accepted(case, clear=False)
    served_acceptance(case)
    case.complete("choose_track", track__kind="ordinary", track__reasons="尚需查明")
    case.pass_to("2021-09-27")
    planned(
        case,
        suspension__needed=True,
        suspension__ground="administrative",
        suspension__awaited="医学咨询意见",
        suspension__organ="医学咨询机构",
        suspension__conclusion_on_file=False,
    )
    case.complete(
        "approve_suspension",
        suspension__outcome="approve",
        suspension__began_on="2021-09-27",
        suspension__reasons="诊断前后不一",
    )
    case.serve("applicant")
    case.pass_to("2021-11-23")
    case.complete("record_conclusion", suspension__conclusion="已收到", suspension__ended_on="2021-11-23")
    case.serve("applicant")
    case.complete("record_findings", accident("break", "workplace", "personal", work__preparatory=False))
    drafted(case, "not_recognised", "unmet")
    case.pass_to("2021-12-12")
    approved(case)
    deadline = case.deadline("D05")
    assert deadline["state"] == "met"
    assert deadline["unrolled_on"] == "2021-12-15"
    assert PUBLISHED["sh-liu-tailbone-clock"]["expected"]["elapsed_excluding_suspension_days"] == 57
