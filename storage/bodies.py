"""How the body of an entry lies in its row: compressed, behind one byte that names the way.

A body is the canonical JSON array of an entry's leaves: short texts that share most of their words. A dictionary of
those words, given to zlib beforehand, halves what is stored. Byte 1 means this dictionary: it can never change, since
what was compressed with it can only be read with it. Another dictionary is another byte beside this one.
"""

import zlib
from typing import Final

from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from storage.errors import StorageError

#: For ever: what is commonest stands last, where zlib reaches it with the shortest distances.
DICTIONARY_1: Final = (
    b'["e",{"effect":"message_unwaited","address":"["e",{"address":"recognition/","effect":"message_waited","key":"'
    b'["e",{"address":"recognition/","effect":"message_sent","key":"","name":"","payload":{'
    b'["e",{"effect":"ended","outcome":"completed"}]"terminated""error:""closed"'
    b'["e",{"act":"issue_document","address":"recognition/","effect":"act_wanted","given":{'
    b'"act":"notify""act":"ask_system""act":"draw_lots"["e",{"address":"recognition/","effect":"act_cancelled"}]'
    b'"how":"suspended""how":"resumed""how":"moved""how":"breached""how":"lifted""how":"warned""how":"extended"'
    b'"article":"\xe5\xb7\xa5\xe4\xbc\xa4\xe4\xbf\x9d\xe9\x99\xa9\xe6\x9d\xa1\xe4\xbe\x8b:'
    b'["e",{"address":"recognition/","decision":"","effect":"decided","rows":[{"article":"","id":"","row":1}]}]'
    b'"unit":"workday""unit":"day""unit":"month""kind":"act_by""suspensions":[]"unrolled_on":"2026-'
    b'["e",{"deadline":"D05#1","effect":"deadline_changed","how":"met","value":{"'
    b'["e",{"deadline":"D05#1","effect":"deadline_started","value":{"due_on":"2026-","limit":"D05","started_on":"2026-'
    b'"state":"running"["e",{"address":"D05#1/due","due_at":"2026-11-21T16:00:00.000000Z","effect":"timer_set"}]'
    b'["e",{"address":"D05#1/warn7","effect":"timer_cleared"}]'
    b'["p","application.","accident.","worker.","employer.","injury.","decision.","investigation.","materials.",'
    b'"received_on","2026-["p","application.received_on","2026-",true]false],null],"reason"],"office"],'
    b'["e",{"effect":"fact_written","name":"","old":1,"scope":"recognition/serve_document","value":"'
    b'["e",{"effect":"fact_written","name":"application."}],["e",{"effect":"fact_written","name":"accident."}],'
    b'["e",{"effect":"fact_written","name":"worker."}],["e",{"effect":"fact_written","name":"employer."}],'
    b'["e",{"address":"recognition/","effect":"task_opened","element":"","form":"forms/.json","role":"investigator",'
    b'"officers":2,"separate_from":["draft_decision","deadline":"D05""role":"intake""role":"reviewer""role":"approver"'
    b'"role":"archivist"["e",{"address":"recognition/main/","effect":"task_closed","how":"completed"}],"how":"cancelled"'
    b'["e",{"address":"recognition/main/","effect":"cancelled"}],["s","'
    b'["e",{"effect":"flow_taken","flow":"Flow_","scope":"recognition"}],'
    b'["e",{"effect":"flow_taken","flow":"flow_","scope":"recognition/main"}],'
    b'["e",{"address":"recognition/main/","effect":"left"}],["e",{"address":"recognition/main/","effect":"entered"}],'
)

_WAY_1: Final = b"\x01"


def pack(body: bytes) -> bytes:
    """Compress a body for its row."""
    packer = zlib.compressobj(level=6, wbits=-15, zdict=DICTIONARY_1)
    return _WAY_1 + packer.compress(body) + packer.flush()


def unpack(stored: bytes) -> bytes:
    """Give back the very bytes that were packed.

    Raises:
        StorageError: when they are damaged, or packed in a way this release does not know.
    """
    if stored[:1] != _WAY_1:
        raise StorageError(f"body packed in an unknown way {stored[:1]!r}")
    unpacker = zlib.decompressobj(wbits=-15, zdict=DICTIONARY_1)
    try:
        body = unpacker.decompress(stored[1:])
    except zlib.error as error:
        raise StorageError("damaged body") from error
    if not unpacker.eof:
        raise StorageError("body cut short")
    return body


class Body(TypeDecorator[bytes]):
    """The bytes of a body outside, packed in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """Pack."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """Unpack."""
        return None if value is None else unpack(value)
