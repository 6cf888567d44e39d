"""Every sentence stands in both languages, and every word a page asks for is in the table."""

import re
from pathlib import Path
from string import Formatter

import pytest

from web import words

_WEB = Path(words.__file__).parent
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SOURCES = sorted([*_WEB.rglob("*.py"), *(_WEB / "templates").rglob("*.html")])
#: ``say("key"``, but not a key that is put together.
_SAID = re.compile(r"""\bsay\(\s*(["'])([a-z0-9_.]+)\1\s*[,)]""")
#: ``say("family." ~ code``, ``say(f"family.{code}"``, ``say_code("family"``.
_FAMILY = re.compile(r"""\bsay\(\s*f?(["'])([a-z0-9_.]+)\.(?:\1\s*~|\{)|\bsay_code\(\s*(["'])([a-z0-9_]+)\3""")
#: English that is written in Chinese: the name of the language itself, and the marks of a citation.
_CHINESE_ON_PURPOSE = {"language.zh"}


def _forms(sentence: words._Sentence) -> list[str]:
    return list(sentence.values()) if isinstance(sentence, dict) else [sentence]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(words.table()))
def test_a_sentence_stands_in_both_languages_and_names_the_same_things(key: str) -> None:
    chinese, english = words.table()[key]
    assert isinstance(chinese, str)
    assert _fields(chinese) == set().union(*map(_fields, _forms(english)))
    assert all(_forms(english))
    assert chinese
    if key not in _CHINESE_ON_PURPOSE:
        assert not any(_CHINESE.search(each) for each in _forms(english))
    if isinstance(english, dict):
        assert set(english) == {"one", "other"}


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.relative_to(_WEB).as_posix())
def test_a_page_says_only_what_the_table_holds(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    said = {key for _, key in _SAID.findall(source)}
    families = {first or second for _, first, _, second in _FAMILY.findall(source)}
    assert said <= set(words.table())
    assert all(any(key.startswith(f"{family}.") for key in words.table()) for family in families)


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.relative_to(_WEB).as_posix())
def test_no_page_says_anything_past_the_table(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if _CHINESE.search(line) and not _is_data(line)]
    assert said == []


def _is_data(line: str) -> bool:
    """Tell whether Chinese in a line is the law's own code or a remark to the reader of the source."""
    return line.lstrip().startswith(("#", '"""')) or "_UNITS" in line or "``" in line


def test_every_refusal_of_casework_has_words_of_its_own() -> None:
    casework = "\n".join(path.read_text(encoding="utf-8") for path in Path("casework").rglob("*.py"))
    raised = re.findall(r"""\b(NotAllowed|Refused|Taken)Error\(\s*"([a-z_]+)\"""", casework)
    # A constraint of the database is what storage names; casework turns it into a refusal before web sees it.
    wanted = {
        f"{'taken' if kind == 'Taken' else 'refused'}.{code}"
        for kind, code in raised
        if not code.startswith(("pk_", "uq_"))
    }
    assert raised
    assert wanted <= set(words.table())


def test_nothing_in_the_table_is_left_unsaid() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in _SOURCES)
    families = {first or second for _, first, _, second in _FAMILY.findall(everything)}
    quoted = {text for _, text in re.findall(r"""(["'])([a-z0-9_.]+)\1""", everything)}
    unsaid = [
        key
        for key in words.table()
        if key not in quoted and not any(key.startswith(f"{family}.") for family in families)
    ]
    assert unsaid == []
