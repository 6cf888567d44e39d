"""How bodies of entries are packed."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.bodies import pack, unpack
from storage.dictionary import DICTIONARY_1
from storage.errors import StorageError


@given(st.binary(max_size=5000))
def test_the_very_bytes_come_back(body: bytes) -> None:
    assert unpack(pack(body)) == body


def test_the_dictionary_never_changes() -> None:
    assert sha256(DICTIONARY_1).hexdigest() == "d8d726fc40c399830e67523167762fecb46730c6b2a022e19513c7dbaa99ac26"


def test_a_body_packed_by_the_first_release_is_still_read() -> None:
    assert (
        unpack(bytes.fromhex("018bc6ab0dd6a4c0a2331600"))
        == b'[["e",{"address":"recognition/register","effect":"left"}]]'
    )


def test_an_ordinary_body_takes_less_than_half_its_bytes() -> None:
    body = (
        b'[["p","application.received_on","2026-11-06"],["e",{"address":"recognition/main/register","effect":"left"}],'
        b'["e",{"effect":"flow_taken","flow":"to_time_limit","scope":"recognition/main"}]]'
    )
    assert len(pack(body)) < len(body) / 2


@pytest.mark.parametrize("stored", [b"", b"\x02abc", pack(b"[]" * 99)[:-3], b"\x01\xff\xff\xff"])
def test_a_damaged_body_is_refused(stored: bytes) -> None:
    with pytest.raises(StorageError):
        unpack(stored)
