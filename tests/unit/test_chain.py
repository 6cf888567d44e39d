"""The hash chain: leaves, roots, salts and what an erased leaf leaves behind."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import chain
from engine import effects
from engine.values import ValueRefusedError, encode

PERSONAL = frozenset({"worker.name"})


def a_body(payload: dict[str, object] | None = None) -> chain.Body:
    told = payload or {"worker.name": "张三", "accident.kind": "fall"}
    followed = [
        effects.entered("recognition/decide"),
        effects.fact_written("worker.name", own=True),
        effects.fact_written("worker.name", value="李四", old=1),
    ]
    return chain.make_body(told, followed, PERSONAL.__contains__, salt=lambda size: b"\x07" * size)


def test_a_body_is_read_back_as_it_was_written() -> None:
    body = a_body()
    payload, followed = chain.open_body(body.data, body.sealed)
    assert payload == {"worker.name": "张三", "accident.kind": "fall"}
    assert followed[2] == {"effect": "fact_written", "name": "worker.name", "old": 1, "value": "李四"}


def test_nothing_personal_stands_in_the_body_itself() -> None:
    body = a_body()
    assert "张三".encode() not in body.data
    assert "李四".encode() not in body.data


def test_an_effect_that_shows_no_value_is_not_sealed() -> None:
    body = a_body()
    assert [leaf.n for leaf in body.sealed] == [1, 4]


def test_an_erased_leaf_leaves_the_body_without_fault_and_is_told_when_read() -> None:
    body = a_body()
    left = body.sealed[1:]
    assert chain.body_faults(body.data, left, body.root) == []
    with pytest.raises(chain.ErasedError) as told:
        chain.open_body(body.data, left)
    assert told.value.places == (1,)


def test_a_changed_leaf_a_changed_salt_and_a_changed_body_are_faults() -> None:
    body = a_body()
    first, *others = body.sealed
    assert chain.body_faults(body.data, [replace(first, body=b'["p","worker.name","x"]'), *others], body.root)
    assert chain.body_faults(body.data, [replace(first, salt=b"\x08" * 16), *others], body.root)
    assert chain.body_faults(body.data.replace(b"fall", b"fell"), body.sealed, body.root)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\x00",
        b"1",
        b"null",
        b"{}",
        b"[1]",
        b"[null]",
        b"[[]]",
        b'[["p"]]',
        b'[["e",{}]]',
        b'[["s"]]',
        b'[["s","zz"]]',
        b'[["s",5]]',
        b'[["x",1]]',
    ],
)
def test_a_body_that_is_no_array_of_leaves_is_a_fault_by_name(data: bytes) -> None:
    (fault,) = chain.body_faults(data, [], "r" * 64)
    assert fault.startswith("body is not the canonical array of its leaves")


@pytest.mark.parametrize("data", [b"\xff\x00", b"1", b"null", b"[1]", b"[null]", b"[[]]", b'[["p"]]'])
def test_a_body_that_is_no_array_of_leaves_is_refused_when_it_is_read(data: bytes) -> None:
    with pytest.raises(ValueRefusedError):
        chain.open_body(data, [])


def test_the_same_leaves_in_other_bytes_are_a_fault() -> None:
    body = a_body()
    for other in (body.data.replace(b",", b", ", 1), body.data + b"\n"):
        assert chain.body_faults(other, body.sealed, body.root) != []


def test_what_an_act_or_a_message_takes_with_it_is_sealed_where_it_is_personal() -> None:
    told = [
        effects.act_wanted("recognition/notify", "notify", {"worker.name": "张三"}),
        effects.act_wanted("recognition/draw", "draw_lots", {"accident.kind": "fall"}),
    ]
    body = chain.make_body({}, told, PERSONAL.__contains__)
    assert [leaf.n for leaf in body.sealed] == [0]
    assert "张三".encode() not in body.data


def test_every_salt_is_sixteen_bytes_of_its_own() -> None:
    body = chain.make_body(
        {"worker.name": "张三"}, [effects.fact_written("worker.name", value="李四")], PERSONAL.__contains__
    )
    assert [len(leaf.salt) for leaf in body.sealed] == [16, 16]
    assert body.sealed[0].salt != body.sealed[1].salt


def test_a_leaf_too_many_is_a_fault() -> None:
    body = a_body()
    assert chain.body_faults(body.data, [*body.sealed, chain.SealedLeaf(0, b"", b"")], body.root)


def test_equal_values_get_different_hashes_in_different_entries() -> None:
    one = chain.make_body({"worker.name": "张三"}, [], PERSONAL.__contains__)
    other = chain.make_body({"worker.name": "张三"}, [], PERSONAL.__contains__)
    assert one.root != other.root


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert chain.merkle_root([]) == hashlib.sha256(b"").digest()


def rfc_6962(hashes: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 §2.1 defines it, by recursion on the largest power of two below the number."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + rfc_6962(hashes[:split]) + rfc_6962(hashes[split:])).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_root_is_that_of_rfc_6962(hashes: list[bytes]) -> None:
    assert chain.merkle_root(hashes) == rfc_6962(hashes)


def a_header(**changes: object) -> chain.Header:
    header = chain.Header(
        case="c",
        seq=1,
        format=1,
        at="2026-11-21T08:00:00.000000Z",
        actor="p",
        on_behalf_of=None,
        kind="opened",
        key="opened",
        address=None,
        definition="d" * 64,
        basis="b" * 64,
        body_root="r" * 64,
        prev_hash="0" * 64,
    )
    return replace(header, **changes)  # type: ignore[arg-type]


def test_a_headers_hash_is_that_of_its_canonical_record() -> None:
    written = (
        '{"actor":"p","address":null,"at":"2026-11-21T08:00:00.000000Z","basis":"' + "b" * 64 + '","body_root":"'
        + "r" * 64 + '","case":"c","definition":"' + "d" * 64 + '","format":1,"key":"opened","kind":"opened",'
        '"on_behalf_of":null,"prev_hash":"' + "0" * 64 + '","seq":1}'
    )  # fmt: skip
    assert a_header().hash() == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize("name", list(chain.Header.__dataclass_fields__))
def test_every_field_of_the_header_is_hashed(name: str) -> None:
    changed = 2 if name in ("seq", "format") else "x"
    assert a_header(**{name: changed}).hash() != a_header().hash()


def test_a_leaf_is_hashed_with_the_prefix_of_leaves() -> None:
    body = chain.make_body({"accident.kind": "fall"}, [], PERSONAL.__contains__)
    leaf = encode(["p", "accident.kind", "fall"])
    assert body.root == hashlib.sha256(b"\x00" + leaf).hexdigest()
