"""Finding cases by name, part of a name, identity number."""

from storage import Database, Tx, search
from tests.integration.storage_rows import a_case, furnish


def grams(text: str) -> list[str]:
    """Every two neighbouring characters."""
    return [text[n : n + 2] for n in range(len(text) - 1)]


def named(tx: Tx, names: dict[str, str], field: str = "worker.name") -> None:
    """Open cases and make them found by name."""
    furnish(tx)
    for case, name in names.items():
        a_case(tx, case, office="city" if case < "c3" else "county")
        search.put(tx, case, field, name, grams(name))


def found(
    tx: Tx, words: str, offices: list[str] | None = None, before: str | None = None, limit: int = 50
) -> list[str]:
    """Search for words."""
    return search.find(tx, words, grams(words), offices=offices, before=before, limit=limit)


def test_a_name_of_two_characters_is_found_wherever_it_stands(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {"c1": "王伟", "c2": "王伟明", "c3": "小王伟", "c4": "伟王", "c5": "𠮷野家"})
        assert found(tx, "王伟") == ["c3", "c2", "c1"]
        assert found(tx, "𠮷野") == ["c5"]
        assert found(tx, "伟明王") == []


def test_grams_that_stand_apart_are_not_a_match(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {"c1": "东方红星", "c2": "红星东方红"})
        assert found(tx, "东方红星") == ["c1"]


def test_one_character_finds_what_begins_with_it(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {"c1": "王伟", "c2": "小王", "c3": "王"})
        assert found(tx, "王") == ["c3", "c1"]
        assert found(tx, "") == []


def test_signs_of_a_pattern_are_searched_as_they_are(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {"c1": "100%棉", "c2": "100_棉"})
        assert found(tx, "0%") == ["c1"]
        assert found(tx, "%%") == []


def test_only_the_cases_of_ones_offices_are_found_a_page_at_a_time(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {f"c{n}": "宜昌某公司" for n in range(1, 6)})
        assert found(tx, "某公司", ["city"]) == ["c2", "c1"]
        assert found(tx, "某公司", limit=2) == ["c5", "c4"]
        assert found(tx, "某公司", before="c4", limit=2) == ["c3", "c2"]


def test_a_new_name_takes_the_place_of_the_old(database: Database) -> None:
    with database.writing() as tx:
        named(tx, {"c1": "王伟"})
        search.put_all(tx, "c1", {"worker.name": ("李强", ["李强"]), "worker.identity": ("ab12", ())})
        assert found(tx, "王伟") == []
        assert found(tx, "李强") == ["c1"]
        assert search.exact(tx, "worker.identity", "ab12") == ["c1"]
        search.put(tx, "c1", "worker.identity", None)
        assert search.exact(tx, "worker.identity", "ab12") == []
        assert search.exact(tx, "worker.name", "李强", offices=["county"]) == []
