"""Every kind of page, by who is to look at it, in cases in which there is something to see."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from casework import cases, interventions, listing, opening, recusal, registers, tasks
from casework.errors import TakenError
from tests.world import OWN, PASSWORD, World

REVIEW, CONFIRM = "visit/review_visit", "visit/confirm_visit"
_REGISTERED = {"visit.asked_on": "2026-11-06", "visit.host": "赵示例", "visit.kind": "home", "visit.urgent": False}
_REVIEWED = {"visit.reviewed_on": "2026-11-06", "visit.opinion": "同意"}
_CONFIRMED = {"visit.confirmed_at": "2026-11-06T02:00:00.000000Z", "visit.confirmed": True}

#: Paths by role; ``<busy>``, ``<confirmed>``, ``<disagreed>``, ``<ended>`` and ``<version>`` are of ``Pages``, other
#: places the world's.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "nobody": ("/sign-in",),
    "administrator": (
        "/cases/",
        "/cases/new",
        "/admin/persons",
        "/admin/absences",
        "/admin/offices",
        "/admin/procedures",
        "/admin/parameters",
        "/admin/limits",
        "/admin/incidents",
        "/nowhere",
    ),
    "analyst": ("/admin/procedures", "/admin/procedures/<version>", "/admin/limits"),
    "approver": (
        "/cases/<confirmed>",
        f"/cases/<confirmed>/tasks/{CONFIRM}",
        f"/cases/<disagreed>/tasks/{CONFIRM}",
    ),
    "auditor": ("/inbox", "/cases/<ended>"),
    "head": (
        "/inbox?holder=office",
        "/inbox?holder=mine&urgency=overdue",
        "/cases/?query=示例",
        "/cases/?query=没有的",
        "/cases/<case_id>",
        "/cases/<case_id>/interventions",
        "/cases/<case_id>/tasks/<path:address>",
        "/cases/<busy>",
        "/cases/<busy>/interventions",
        "/cases/<busy>/interventions/correction?fact=visit.host",
        "/cases/<ended>/interventions",
        "/cases/<ended>/interventions/erasure",
    ),
    "intake": (
        "/inbox?holder=anyone",
        "/cases/",
        "/cases/new",
        "/cases/<case_id>",
        "/cases/<case_id>/interventions",
        "/cases/<case_id>/tasks/<path:address>",
        "/cases/<busy>",
        "/cases/<busy>/tasks/<path:address>",
        "/admin/persons",
    ),
    "reviewer": ("/inbox?holder=nobody", f"/cases/<busy>/tasks/{REVIEW}"),
}
ROLES = sorted(_PATHS)


@dataclass(frozen=True)
class Pages:
    """The world with the cases its pages are looked at in.

    Attributes:
        world: with its one case, just begun.
        ids: of cases, and of a procedure's version, by what stands in their place in a path.
    """

    world: World
    ids: Mapping[str, str]

    def of(self, role: str) -> list[str]:
        """The paths of the pages that a person of a role is to look at."""
        return [self._filled(path) for path in _PATHS[role]]

    def _filled(self, path: str) -> str:
        for name, each in self.ids.items():
            path = path.replace(f"<{name}>", each)
        return self.world.url(path)


def all_pages(world: World) -> Pages:
    """Make the cases, and give every page."""
    made = {
        "busy": a_busy_case(world),
        "confirmed": a_confirmed_case(world),
        "disagreed": a_disagreed_case(world),
        "ended": an_ended_case(world),
    }
    return Pages(world, made | {"version": listing.definitions(world.ctx)[0]["hash"]})


def _registered(world: World, token: str) -> str:
    case = opening.start(world.ctx, f"{OWN}-intake", "visit", OWN, token)
    tasks.complete(world.ctx, f"{OWN}-intake", case, world.address, _REGISTERED)
    return case


def a_busy_case(world: World) -> str:
    """A case in which much has happened: a draft, a remark, a proposal, a recusal, a correction."""
    case = _registered(world, "a busy case")
    tasks.keep_draft(world.ctx, f"{OWN}-intake", case, world.address, _REGISTERED)
    cases.comment(world.ctx, f"{OWN}-intake", case, "备注" * 300, "remark")
    for host in ("钱示例", None):
        number = interventions.propose_correction(
            world.ctx, f"{OWN}-reviewer", case, {"visit.host": host}, reason="登记有误", token=f"correction {host}"
        )
        if host:
            interventions.confirm(world.ctx, f"{OWN}-head", case, number)
    recusal.ask(world.ctx, f"{OWN}-intake", case, concerning=f"{OWN}-approver", ground="近亲属", token="recusal")
    return case


def a_disagreed_case(world: World) -> str:
    """A case whose two officers confirmed different things of one task."""
    case = a_confirmed_case(world, "a disagreed case")
    other = registers.add_person(world.ctx, "system:test", "second of two", "示例二", "second of two", PASSWORD)
    registers.give_role_now(world.ctx, "system:test", other, OWN, "approver")
    with suppress(TakenError):
        tasks.complete(world.ctx, other, case, CONFIRM, {**_CONFIRMED, "visit.confirmed": False})
    return case


def a_confirmed_case(world: World, name: str = "a confirmed case") -> str:
    """A case whose task of two officers one of them has confirmed."""
    case = _registered(world, name)
    tasks.complete(world.ctx, f"{OWN}-reviewer", case, REVIEW, _REVIEWED)
    tasks.complete(world.ctx, f"{OWN}-approver", case, CONFIRM, _CONFIRMED)
    return case


def an_ended_case(world: World) -> str:
    """A case that was closed on order."""
    case = _registered(world, "an ended case")
    number = interventions.propose_closing(
        world.ctx, f"{OWN}-reviewer", case, ground="昆人社〔2026〕1号", reason="重复登记", token="closing"
    )
    interventions.confirm(world.ctx, f"{OWN}-head", case, number)
    return case
