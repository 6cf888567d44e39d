"""The rules of work-injury recognition (工伤认定), each reading like its article; one module for each stage.

A rule is pure: it sees the facts of the case, the legal date of the event and the basis, and says which facts
follow. A published version never changes its results; a correction is the next number beside it. What the law
leaves to judgement a rule does not decide: it answers ``ask`` and names the question.
"""

from handlers.recognition import closing, decision, delivery, inquiry, jurisdiction, materials, time_limit

__all__ = ["closing", "decision", "delivery", "inquiry", "jurisdiction", "materials", "time_limit"]
