"""Demonstration: invented people for every role, and a handful of invented cases in different states.

Everything loaded here is marked: names say 示例, the parameter set is 演示, and every paper printed with it says so.
"""

from pathlib import Path
from typing import Any, Final

import storage.people
from casework import library, registers
from casework.context import Context
from casework.importing import Report, import_file

PARAMETER_SET: Final = "演示"
PASSWORD: Final = "anjuan-demo"  # noqa: S105 - printed for everybody who tries the product
#: Invented applications, one a line; also an example of a file that can be imported.
APPLICATIONS: Final = Path(__file__).parent.parent / "demo" / "applications.jsonl"
_ACTOR: Final = "system:demo"
_OFFICE: Final = "530102"
_CITY: Final = "530100"

#: Sign-in name, name, roles in offices.
PEOPLE: Final[tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]] = (
    ("chuangkou", "示例·受理 王芳", ((_OFFICE, "intake"),)),
    ("diaocha1", "示例·调查 李强", ((_OFFICE, "investigator"),)),
    ("diaocha2", "示例·调查 杨帆", ((_OFFICE, "investigator"),)),
    ("shenhe", "示例·审核 陈静", ((_OFFICE, "reviewer"),)),
    ("shenpi", "示例·审批 刘洋", ((_OFFICE, "approver"),)),
    ("songda", "示例·送达归档 赵敏", ((_OFFICE, "archivist"),)),
    ("kezhang", "示例·科长 周杰", ((_OFFICE, "head"), (_OFFICE, "reviewer"))),
    ("shiju", "示例·市局 孙丽", tuple((_CITY, role) for role in ("intake", "investigator", "reviewer"))),
    ("fenxi1", "示例·流程分析 吴磊", ((_CITY, "analyst"),)),
    ("fenxi2", "示例·流程分析 郑洁", ((_CITY, "analyst"),)),
    ("shenji", "示例·审计 冯涛", ((_OFFICE, "auditor"), (_CITY, "auditor"))),
    ("guanli", "示例·管理 何平", ((_CITY, "administrator"),)),
)


def load(ctx: Context, *, only_if_empty: bool) -> dict[str, Any]:
    """Load offices, the parameter set, the shipped procedures, people and cases; gives what was loaded.

    Args:
        ctx: the surroundings, with upgraded tables.
        only_if_empty: leave a database that has persons as it is, but for shipped content that is new.
    """
    library.load_basis(ctx, PARAMETER_SET)
    imported = library.import_shipped(ctx)
    with ctx.database.reading() as tx:
        known = {row.sign_in for row in storage.people.persons(tx)}
    report: dict[str, Any] = {"procedures": [f"{each.procedure} {each.state}" for each in imported]}
    if known and only_if_empty:
        return report | {"sign_in": _sign_ins(), "password": PASSWORD}
    for sign_in, name, roles in PEOPLE:
        if sign_in not in known:
            person = registers.add_person(ctx, _ACTOR, f"demo-{sign_in}", name, sign_in, PASSWORD)
            for office, role in roles:
                registers.give_role_now(ctx, _ACTOR, person, office, role)
    taken = _import_cases(ctx)
    return report | {
        "cases": taken.taken,
        "refused": taken.refused,
        "sign_in": _sign_ins(),
        "password": PASSWORD,
    }


def _sign_ins() -> list[str]:
    return [f"{sign_in} {name}" for sign_in, name, _roles in PEOPLE]


def _import_cases(ctx: Context) -> Report:
    """Take the invented applications, as the intake window would from a file."""
    return import_file(ctx, APPLICATIONS, sign_in=PEOPLE[0][0], office=_OFFICE, told=lambda _rows: None)
