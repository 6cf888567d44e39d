"""Diagrams drawn at random and run, against a reading of BPMN that knows nothing of tokens.

A diagram here is a tree of blocks: sequences, choices, parallel and inclusive blocks, scopes (sub-processes and called
diagrams, once or for each of several), events on a scope's border, ends that terminate a scope or fail it. What is open
after every step follows from the tree alone, address by address, and must be what the engine says. Each step is taken
from saved bytes, with and without compaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from random import Random

import pytest

from engine.check import check
from tests.diagrams import (
    ACase,
    about,
    again,
    boundary,
    call,
    catch,
    end,
    flow,
    gateway,
    many,
    path,
    process,
    start,
    sub,
    timer,
    user,
)
from tests.unit.test_check import drawn

DEEPEST = 4
DAY = timer('"P1D"')


@dataclass
class Tree:
    """A block.

    Attributes:
        kind: ``task``, ``pause``, ``sequence``, ``choice``, ``all``, ``some``, ``scope``, ``instead``, ``beside``,
            ``terminate``, ``fail``.
        id: of its element, and the beginning of the ids of those that go with it.
        parts: the blocks inside.
        taken: of a choice or inclusive block, the parts that are taken.
        loop: of a scope, ``""``, ``parallel``, ``sequential`` or ``standard``.
        rounds: of a scope that repeats.
        called: whether a scope is a called diagram.
    """

    kind: str
    id: str
    parts: list["Tree"] = field(default_factory=list)
    taken: frozenset[int] = frozenset()
    loop: str = ""
    rounds: int = 1
    called: bool = False


class Grown:
    """Trees grown at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names = (f"e{number}" for number in count())

    def tree(self, depth: int = 0) -> Tree:
        leaves, blocks = ["task", "task", "pause"], ["sequence", "sequence", "choice", "all", "some"]
        scopes = ["scope", "scope", "instead", "beside", "terminate", "fail"]
        kind = self.random.choice(
            leaves if depth >= DEEPEST else leaves + blocks + scopes if depth else blocks + scopes
        )
        return self.of_kind(kind, depth)

    def of_kind(self, kind: str, depth: int) -> Tree:
        name, size = next(self.names), self.random.randint(2, 3)
        if kind in ("instead", "beside"):
            return Tree(kind, name, [self.scope(depth + 1), self.tree(depth + 1)])
        if kind == "scope":
            return self.scope(depth)
        if kind in ("terminate", "fail"):
            return Tree(kind, name, [self.tree(depth + 1) for _ in range(3)])
        parts = [self.tree(depth + 1) for _ in range(size)] if kind not in ("task", "pause") else []
        taken = range(size) if kind in ("sequence", "all") else self.random.sample(range(size), self.taken(kind, size))
        return Tree(kind, name, parts, frozenset(taken))

    def taken(self, kind: str, size: int) -> int:
        return self.random.randint(1, size) if kind == "some" else 1

    def scope(self, depth: int) -> Tree:
        loop = self.random.choice(["", "", "parallel", "sequential", "standard"])
        rounds = self.random.randint(0 if loop != "standard" else 1, 2) if loop else 1
        called = self.random.random() < 0.3
        return Tree("scope", next(self.names), [self.tree(depth + 1)], loop=loop, rounds=rounds, called=called)


# --- how it is drawn ---


class Sheet:
    """Writes trees as elements and flows; called diagrams are kept aside."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def draw(self, tree: Tree) -> tuple[str, str, str]:
        """Give the first and last element, and all of them."""
        name = tree.id
        match tree.kind:
            case "task":
                return name, name, user(name)
            case "pause":
                return name, name, catch(name, DAY)
            case "scope":
                return name, name, self.scope(tree)
            case "sequence":
                drawn_ = [self.draw(part) for part in tree.parts]
                links = [path(one[1], other[0]) for one, other in pairwise(drawn_)]
                return drawn_[0][0], drawn_[-1][1], "".join([text for _, _, text in drawn_] + links)
            case "choice" | "all" | "some":
                return self.block(tree)
            case _:
                return self.bordered(tree)

    def block(self, tree: Tree) -> tuple[str, str, str]:
        kind = {"choice": "exclusive", "all": "parallel", "some": "inclusive"}[tree.kind]
        split, join = f"{tree.id}s", f"{tree.id}j"
        text = gateway(kind, split) + gateway(kind, join)
        for number, part in enumerate(tree.parts):
            first, last, inside = self.draw(part)
            condition = "" if tree.kind == "all" else f"1 == {1 if number in tree.taken else 2}"
            text += inside + flow(split, first, condition) + path(last, join)
        return split, join, text

    def scope(self, tree: Tree) -> str:
        first, last, inside = self.draw(tree.parts[0])
        name, number = tree.id, str(tree.rounds)
        loop = {
            "": "",
            "parallel": many(number),
            "sequential": many(number, sequential=True),
            "standard": again("1 == 1", maximum=tree.rounds),
        }[tree.loop]
        inside += start(f"{name}b") + end(f"{name}e") + path(f"{name}b", first) + path(last, f"{name}e")
        if not tree.called:
            return sub(name, inside, loop)
        self.called.append(process(f"{name}p", inside))
        return call(name, loop, called=f"{name}p")

    def bordered(self, tree: Tree) -> tuple[str, str, str]:
        name, meet = tree.id, f"{tree.id}m"
        if tree.kind in ("terminate", "fail"):
            return self.broken(tree)
        host, _, text = self.draw(tree.parts[0])
        first, last, handler = self.draw(tree.parts[1])
        text += handler + boundary(f"{name}x", host, DAY, interrupting=tree.kind == "instead") + path(f"{name}x", first)
        if tree.kind == "beside":
            return host, host, text + end(f"{name}n") + path(last, f"{name}n")
        return host, meet, text + gateway("exclusive", meet) + path(host, meet) + path(last, meet)

    def broken(self, tree: Tree) -> tuple[str, str, str]:
        """A scope of two branches, of which the second ends the first; a failure is caught on the border."""
        name, meet = tree.id, f"{tree.id}m"
        (one, one_last, first), (two, two_last, second), (third, third_last, handler) = map(self.draw, tree.parts)
        cause = about("terminate") if tree.kind == "terminate" else about("error", "broken")
        box = sub(
            name, start(f"{name}b"), gateway("parallel", f"{name}f"), first, second, end(f"{name}e"),
            end(f"{name}t", cause), path(f"{name}b", f"{name}f", one), path(one_last, f"{name}e"),
            path(f"{name}f", two), path(two_last, f"{name}t"),
        )  # fmt: skip
        if tree.kind == "terminate":
            return name, third_last, box + handler + path(name, third)
        text = box + handler + boundary(f"{name}x", name, about("error", "broken")) + gateway("exclusive", meet)
        return name, meet, text + path(name, meet) + path(f"{name}x", third) + path(third_last, meet)


# --- what it means ---


class Running:
    """A tree that runs: what is open in it, and what becomes of it when something happens."""

    def __init__(self, tree: Tree, at: str, aside: list["Running"]) -> None:
        """Begin it at an address; ``aside`` are the runs that go on beside it and hold their scope open."""
        self.tree, self.at, self.aside = tree, at, aside
        self.inside: list[Running] = []
        self.around: list[list[Running]] = []
        self.armed = tree.kind in ("instead", "beside")
        self.stage = 0
        self.over = False
        self.begin()

    def begin(self) -> None:
        tree = self.tree
        if tree.kind in ("choice", "all", "some"):
            self.inside = [self.child(part) for number, part in enumerate(tree.parts) if number in tree.taken]
        elif tree.kind in ("sequence", "instead", "beside"):
            self.inside = [self.child(tree.parts[0])]
        elif tree.kind == "scope":
            for index in range(tree.rounds if tree.loop == "parallel" else min(tree.rounds, 1)):
                self.round(index)
        elif tree.kind in ("terminate", "fail"):
            self.around = [[]]
            self.inside = [Running(part, f"{self.at}/{tree.id}", self.around[0]) for part in tree.parts[:2]]
        self.settle()

    def child(self, tree: Tree) -> "Running":
        return Running(tree, self.at, self.aside)

    def round(self, index: int) -> None:
        self.around.append([])
        name = f"{self.tree.id}[{index}]" if self.tree.loop else self.tree.id
        self.inside.append(Running(self.tree.parts[0], f"{self.at}/{name}", self.around[-1]))

    def open(self) -> Iterator[str]:
        """Give the addresses of what is open."""
        if self.over:
            return
        if self.tree.kind in ("task", "pause"):
            yield f"{self.at}/{self.tree.id}"
        if self.armed:
            yield f"{self.at}/{self.tree.id}x"
        for run in [*self.inside, *(run for runs in self.around for run in runs)]:
            yield from run.open()

    def happen(self, address: str) -> None:
        """Let what is open at an address happen."""
        if self.over:
            return
        name = self.tree.id
        if self.tree.kind in ("task", "pause") and address == f"{self.at}/{name}":
            self.over = True
        elif self.armed and address == f"{self.at}/{name}x":
            self.armed = False
            if self.tree.kind == "beside":
                self.aside.append(self.child(self.tree.parts[1]))
            else:
                self.go_on(1)
        else:
            for run in [*self.inside, *(run for runs in self.around for run in runs)]:
                run.happen(address)
        self.settle()

    def go_on(self, stage: int) -> None:
        self.stage, self.armed, self.around = stage, False, []
        self.inside = [self.child(self.tree.parts[-1])]

    def settle(self) -> None:
        """See what follows from what is over inside."""
        tree, ended = self.tree, all(run.over for run in self.inside)
        if self.over or tree.kind in ("task", "pause"):
            return
        if tree.kind == "sequence":
            while self.inside[-1].over and len(self.inside) < len(tree.parts):
                self.inside.append(self.child(tree.parts[len(self.inside)]))
            self.over = self.inside[-1].over
        elif tree.kind == "scope":
            self.settle_scope()
        elif tree.kind in ("terminate", "fail") and self.stage == 0:
            self.settle_broken()
        else:
            self.over = ended

    def settle_scope(self) -> None:
        rounds = zip(self.inside, self.around, strict=True)
        done = sum(run.over and all(other.over for other in beside) for run, beside in rounds)
        while done == len(self.inside) < self.tree.rounds:
            self.round(done)
            done += self.inside[-1].over and all(other.over for other in self.around[-1])
        self.over = done >= self.tree.rounds

    def settle_broken(self) -> None:
        """The second branch ends the scope; nothing comes of the first alone, for the second comes to its end."""
        if self.inside[1].over:
            self.go_on(1)
            self.over = self.inside[0].over


@pytest.mark.parametrize("seed", range(40))
def test_a_random_diagram_does_what_its_blocks_mean(seed: int) -> None:
    tree = Tree("sequence", "all", [Grown(seed).tree(), Tree("task", "last")])
    sheet = Sheet()
    first, last, inside = sheet.draw(tree)
    parts = (start(), inside, end(), path("begin", first), path(last, "done"))
    assert not check({"p.bpmn": drawn(process("p", *parts), *sheet.called)})

    case = ACase(*parts, called="".join(sheet.called)).open()
    aside: list[Running] = []
    running, chance = Running(tree, "p", aside), Random(seed)
    while case.outcome is None:
        expected = sorted([*running.open(), *(address for run in aside for address in run.open())])
        assert sorted([*case.tasks, *case.timers]) == expected
        address = chance.choice(expected)
        (case.complete if address in case.tasks else case.fire)(address)
        for run in [running, *aside]:
            run.happen(address)

    assert running.over
    assert all(run.over for run in aside)
