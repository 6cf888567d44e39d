"""What a refusal says: for each code the reason and the remedy, in Chinese and in English.

``{detail}`` stands for what the rule found. A code that has no words here is a mistake of ours: a test asks every
rule's codes of this table.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.model import Refusal


class Words(NamedTuple):
    """The words of one code."""

    reason: str
    reason_en: str
    remedy: str
    remedy_en: str


WORDS: Final[Mapping[str, Words]] = {
    # --- files of a procedure ---
    "file_missing": Words("缺少文件：{detail}", "a file is missing: {detail}", "补上该文件，或改正名称", "Add the file or correct the name"),
    "called_missing": Words("调用的流程不存在：{detail}", "the called process does not exist: {detail}", "改正被调用流程的名称", "Correct the name of the called process"),
    "rule_unknown": Words("规则不存在：{detail}", "there is no rule {detail}", "改正规则名称和版本", "Correct the rule's name and version"),
    "limit_unknown": Words("期限不存在：{detail}", "there is no limit {detail}", "使用 parameters/limits.yaml 中的期限编号", "Use an id of parameters/limits.yaml"),
    "fact_undeclared": Words("事实没有声明：{detail}", "the fact {detail} is not declared", "在 facts/ 中声明它，或改正名称", "Declare it in facts/, or correct the name"),
    "facts": Words("事实声明有误：{detail}", "the declarations are wrong: {detail}", "改正声明文件", "Correct the declarations"),
    "form": Words("表单有误：{detail}", "the form is wrong: {detail}", "改正表单的 JSON Schema", "Correct the form's JSON Schema"),
    "form_type": Words("表单字段与事实的类型不符：{detail}", "the field's type is not that of the fact: {detail}", "使字段类型与声明一致", "Give the field the declared type"),
    "form_code": Words("表单选项不在事实的代码表中：{detail}", "the choice is not among the fact's codes: {detail}", "使用已声明的代码", "Use declared codes"),
}


def refusal(file: str, element: str, code: str, detail: str = "") -> Refusal:
    """Make a refusal in both languages.

    Args:
        file: path of the file.
        element: id of the element, or empty.
        code: a key of ``WORDS``.
        detail: what was found.
    """
    words = WORDS[code]
    return Refusal(
        file=file,
        element=element,
        code=code,
        reason={"zh": words.reason.format(detail=detail), "en": words.reason_en.format(detail=detail)},
        remedy={"zh": words.remedy.format(detail=detail), "en": words.remedy_en.format(detail=detail)},
    )
