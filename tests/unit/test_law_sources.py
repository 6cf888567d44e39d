from datetime import date
from pathlib import Path

import pytest

from handlers.law.sources import (
    Source,
    SourceFormatError,
    SourceUnknownError,
    articles,
    look_up,
    parse,
)

LAW = """
law: 工伤认定办法
also: [人力资源社会保障部令第8号]
valid_from: 2011-01-01
source: 人力资源和社会保障部网站
articles:
  8:
    title: {zh: 审核, en: Review}
    statement: {zh: 十五日内审核材料。, en: Materials are reviewed within fifteen days.}
"""


@pytest.fixture
def law(tmp_path: Path) -> Path:
    (tmp_path / "measures.yaml").write_text(LAW, encoding="utf-8")
    return tmp_path


def test_the_property_of_a_diagram_names_several_articles() -> None:
    assert parse("工伤保险条例:17;工伤认定办法:4") == (Source("工伤保险条例", "17"), Source("工伤认定办法", "4"))


def test_nothing_names_no_article() -> None:
    assert parse("") == parse(" ; ") == ()


def test_full_width_punctuation_is_read_as_its_plain_kind() -> None:
    assert parse("工伤保险条例：17； 工伤认定办法:4") == parse("工伤保险条例:17;工伤认定办法:4")


@pytest.mark.parametrize("text", ["工伤保险条例", "工伤保险条例:", ":17", "工伤保险条例:17:2"])
def test_a_law_without_article_is_refused(text: str) -> None:
    with pytest.raises(SourceFormatError):
        parse(text)


def test_a_source_is_written_as_it_is_read() -> None:
    assert str(Source("法释〔2014〕9号", "7")) == "法释〔2014〕9号:7"
    assert parse(str(Source("民事诉讼法(2012)", "92"))) == (Source("民事诉讼法(2012)", "92"),)


@pytest.mark.parametrize("article", ["14", "14(6)", "14（6）", "14¶1", "14¶1(6)"])
def test_paragraphs_and_items_lead_to_their_article(article: str) -> None:
    assert Source("工伤保险条例", article).whole == Source("工伤保险条例", "14")


def test_an_article_is_found_under_every_name_of_its_law(law: Path) -> None:
    known = articles(law)
    found = look_up(known, Source("工伤认定办法", "8¶1"))
    assert found.statement["en"] == "Materials are reviewed within fifteen days."
    assert found.valid_from == date(2011, 1, 1)
    assert look_up(known, Source("人力资源社会保障部令第8号", "8")) is found


def test_an_article_that_is_not_there_is_an_error(law: Path) -> None:
    with pytest.raises(SourceUnknownError, match="工伤认定办法:99"):
        look_up(articles(law), Source("工伤认定办法", "99"))
