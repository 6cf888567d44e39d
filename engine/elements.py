"""What a definition says of its elements and facts, for pages, timelines and reports.

Other rooms ask here and never read a diagram themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.facts import Declarations
from engine.model import Definition
from engine.spiff.build import compiled
from engine.spiff.orders import Order, orders

_NOTHING = Declarations({})


@dataclass(frozen=True)
class ElementInfo:
    """What the diagram says of an element.

    Attributes:
        id: of the element.
        kind: its BPMN name, ``userTask``.
        zh: Chinese label, the id when it has none.
        en: English label, the Chinese one when it has none.
        articles: it applies, ``工伤保险条例:17``.
        role: who works in its lane, or null.
        properties: all settings of ours.
        process: id of the process it stands in.
        plane: id of the process or sub-process on whose plane it is drawn.
    """

    id: str
    kind: str
    zh: str
    en: str
    articles: tuple[str, ...]
    role: str | None
    properties: Mapping[str, str]
    process: str
    plane: str

    @property
    def form(self) -> str | None:
        """Path of its form, or null."""
        stem = self.properties.get("form")
        return f"forms/{stem}.json" if stem else None

    @property
    def deadlines(self) -> tuple[Order, ...]:
        """What it does to deadlines, in the order in which it is done."""
        return orders(self.properties)


@lru_cache(maxsize=64)
def elements(definition: Definition) -> Mapping[str, ElementInfo]:
    """Describe every element of a definition's diagrams, processes too, by id.

    Raises:
        DefinitionRefusedError: when the definition cannot be built.
    """
    found: dict[str, ElementInfo] = {}
    for process, container in compiled(definition).processes.items():
        english = container.properties.get("name.en") or container.name or process
        found[process] = ElementInfo(
            process, "process", container.name or process, english, (), None, container.properties, process, process
        )
        for holder, node in container.walk():
            chinese = node.name or node.id
            found[node.id] = ElementInfo(
                id=node.id,
                kind=node.tag,
                zh=chinese,
                en=node.name_en or chinese,
                articles=node.articles,
                role=node.role,
                properties=node.properties,
                process=process,
                plane=holder.id,
            )
    return found


def declarations(definition: Definition) -> Declarations:
    """Give the declared facts of a definition; none when it has no file of facts."""
    return compiled(definition).declarations or _NOTHING


def element_of(address: str | None) -> str:
    """Give the id of the element an address ends in, without occurrence and index."""
    last = (address or "").rpartition("/")[2]
    return last.partition("[")[0].partition("#")[0]
