"""Sources of law: which article something rests on, and what that article says in a sentence.

A source is written ``工伤保险条例:17`` in diagrams, tables and limits, several joined by ``;``. A paragraph or item
may follow the number: ``工伤保险条例:14(6)``, ``工伤保险条例:17¶4``. The articles themselves, with a statement in our
own words, are data: ``processes/law/*.yaml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import yaml

_SEPARATORS = ";；\n"
_ITEM_MARKS = "(（¶"


class SourceFormatError(ValueError):
    """A text is not a list of sources ``law:article``."""


class SourceUnknownError(LookupError):
    """No article of that law and number is among the data.

    Attributes:
        source: what was looked for.
    """

    def __init__(self, source: "Source") -> None:
        super().__init__(f"no article {source}")
        self.source = source


@dataclass(frozen=True, order=True)
class Source:
    """An article of a law.

    Attributes:
        law: its short name, ``工伤保险条例``, or the number of a notice, ``昆人社通〔2021〕168号``.
        article: its number, ``17``, with a paragraph or item where one is meant, ``14(6)``.
    """

    law: str
    article: str

    def __str__(self) -> str:
        """Write the source as diagrams do: ``工伤保险条例:17``."""
        return f"{self.law}:{self.article}"

    @cached_property
    def whole(self) -> "Source":
        """The article it is part of, without paragraph and item."""
        number = self.article
        for mark in _ITEM_MARKS:
            number = number.partition(mark)[0]
        return Source(self.law, number)


@dataclass(frozen=True)
class Article:
    """What an article says.

    Attributes:
        source: law and number.
        title: what it is about, by language code.
        statement: its rule in one sentence of our own, by language code; never the text of the law.
        valid_from: first day it was in force in this wording.
        valid_to: last day, or null.
        origin: where it was read.
    """

    source: Source
    title: Mapping[str, str]
    statement: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    origin: str


def parse(text: str) -> tuple[Source, ...]:
    """Read the sources an ``article`` property names.

    Args:
        text: ``工伤保险条例:17;工伤认定办法:4``; empty gives none.

    Raises:
        SourceFormatError: when a part has no law or no article.
    """
    for separator in _SEPARATORS:
        text = text.replace(separator, ";")
    return tuple(_parse_one(part) for part in text.split(";") if part.strip())


def _parse_one(part: str) -> Source:
    law, colon, article = (piece.strip() for piece in part.replace("：", ":").partition(":"))
    if not (law and colon and article) or ":" in article:
        raise SourceFormatError(f"{part!r} is not law:article")
    return Source(law, article)


def articles(folder: Path) -> Mapping[Source, Article]:
    """Read every article below a folder; a law is found by its name and by each of its other names.

    Args:
        folder: ``processes/law``.
    """
    found: dict[Source, Article] = {}
    for path in sorted(folder.glob("*.yaml")):
        law = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for number, row in law["articles"].items():
            article = Article(
                source=Source(law["law"], str(number)),
                title=row["title"],
                statement=row["statement"],
                valid_from=row.get("valid_from", law["valid_from"]),
                valid_to=row.get("valid_to", law.get("valid_to")),
                origin=law["source"],
            )
            for name in (law["law"], *law.get("also", ())):
                found[Source(name, str(number))] = article
    return found


def look_up(known: Mapping[Source, Article], source: Source) -> Article:
    """Find the article a source names; paragraphs and items lead to their article.

    Raises:
        SourceUnknownError: when it is not among the data.
    """
    try:
        return known[source.whole]
    except KeyError as error:
        raise SourceUnknownError(source) from error
