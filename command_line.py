"""The arguments of the command line: which commands there are and what each takes, explained in one language.

What a command does stands in ``app.py``; its words are ``help.COMMAND`` and ``help.COMMAND.ARGUMENT`` of
``reports.yaml``.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import reports
from web.words import LANGUAGES


def language(arguments: Sequence[str]) -> str:
    """Tell which language to speak, before anything is read that may have to be refused in it."""
    chosen = None
    for each, following in pairwise([*arguments, ""]):
        name, given, value = each.partition("=")
        if name == "--language":
            chosen = value if given else following
    return reports.language(chosen if chosen in LANGUAGES else None)


def parse(say: reports.Words, arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Returns:
        ``command``, its words with a blank between them, ``json``, ``language``, and what else the command takes.

    Raises:
        SystemExit: help was asked for and printed (0), or the line is not whole and was refused (2).
    """
    with _library_speaking(say):
        return _parser(say).parse_args(arguments)


@contextmanager
def _library_speaking(say: reports.Words) -> Iterator[None]:
    """Let argparse say its own sentences in a language.

    It asks gettext for them by their English words, and gettext reads nothing but compiled catalogues.
    """
    translations = say.of_library("argparse")
    before = argparse._  # type: ignore[attr-defined]
    argparse._ = lambda words: translations.get(words, words)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        argparse._ = before  # type: ignore[attr-defined]


class _Command:
    """A command, or a group of them, being described."""

    def __init__(self, say: reports.Words, parser: argparse.ArgumentParser, name: str) -> None:
        self._say = say
        self._parser = parser
        self._name = name
        parser.set_defaults(command=name)

    def takes(self, *names: str, **settings: Any) -> "_Command":
        """Add an argument; gives the command."""
        self._explain(self._parser.add_argument(*names, **settings))
        return self

    def takes_either(self, *arguments: tuple[str, dict[str, Any]]) -> None:
        """Add arguments of which exactly one is given."""
        either = self._parser.add_mutually_exclusive_group(required=True)
        for name, settings in arguments:
            self._explain(either.add_argument(name, **settings))

    def holds(self) -> Callable[[str], "_Command"]:
        """Make it a group; gives what adds a command to it."""
        group = self._parser.add_subparsers(required=True, metavar="COMMAND", title=self._say("help.commands"))

        def add(name: str) -> _Command:
            full = f"{self._name} {name}".lstrip()
            text = self._say(_key(full))
            made = group.add_parser(name, help=text, description=text, allow_abbrev=False)
            _take_common(made, self._say, argparse.SUPPRESS)
            return _Command(self._say, made, full)

        return add

    def _explain(self, argument: argparse.Action) -> None:
        argument.help = self._say(f"{_key(self._name)}.{argument.dest}")


def _key(command: str) -> str:
    return f"help.{command.replace(' ', '_')}"


def _take_common(parser: argparse.ArgumentParser, say: reports.Words, default: Any) -> None:
    """Add what every command takes, before its name or after it."""
    parser.add_argument("--json", action="store_true", default=default, help=say("help.json"))
    parser.add_argument("--language", choices=LANGUAGES, default=default, help=say("help.language"))


def _whole_number(say: reports.Words, least: int, most: int) -> Callable[[str], int]:
    """Give what reads a whole number within bounds from an argument."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(say("help.not_a_number", least=least, most=most, value=repr(text)))
        return int(text)

    return number


def _parser(say: reports.Words) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description=say("help.anjuan"), allow_abbrev=False)
    _take_common(parser, say, None)
    add = _Command(say, parser, "").holds()
    _describe_running(add, say)
    _describe_cases(add, say)
    _describe_definitions(add)
    _describe_proofs(add)
    _describe_setting_up(add)
    return parser


def _describe_running(add: Callable[[str], _Command], say: reports.Words) -> None:
    serve = add("serve").takes("--host", default=os.environ.get("ANJUAN_HOST", "127.0.0.1"))
    serve.takes("--port", type=_whole_number(say, 1, 65535), default=os.environ.get("ANJUAN_PORT", "8000"))
    serve.takes("--demo", action="store_true")
    add("worker").takes("--name", default=f"worker-{os.uname().nodename}-{os.getpid()}")


def _describe_cases(add: Callable[[str], _Command], say: reports.Words) -> None:
    taken = add("import").takes("file").takes("--by", required=True).takes("--office", required=True)
    taken.takes("--procedure", default="recognition")
    case = add("case").holds()
    listed = case("list").takes("--office").takes("--state", choices=["open", "ended", "closed"])
    listed.takes("--text")
    listed.takes("--limit", type=_whole_number(say, 1, 1_000_000), default=50)
    case("show").takes("case")
    case("open").takes("procedure").takes("--office", required=True).takes("--by", required=True)


def _describe_definitions(add: Callable[[str], _Command]) -> None:
    definitions = add("definitions").holds()
    definitions("list")
    definitions("import")
    publish = definitions("publish").takes("name").takes("--by", required=True)
    publish.takes("--confirmed-by", required=True).takes("--from", dest="from_on")
    add("check").takes("files", nargs="+")
    add("layout").takes("files", nargs="+")


def _describe_proofs(add: Callable[[str], _Command]) -> None:
    add("verify")
    add("replay").takes_either(("--all", {"action": "store_true"}), ("cases", {"nargs": "*", "default": []}))


def _describe_setting_up(add: Callable[[str], _Command]) -> None:
    add("backup").takes("target")
    add("restore").takes("source")
    database = add("db").holds()
    database("upgrade")
    database("protect").takes("role")
    user = add("user").holds()
    added = user("add").takes("sign_in").takes("--name", required=True).takes("--password")
    added.takes("--role", action="append", default=[], metavar="OFFICE:ROLE")
    add("demo").takes("--if-empty", action="store_true")
