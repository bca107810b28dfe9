import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rides.errors import BadEvent, BadSignature
from bot.rides.events import SIGNATURE_HEADER, TIMESTAMP_HEADER, read_event, sign_event

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SECRET = "a secret of both sides"
EVENT = {
    "id": "evt_1",
    "type": "trip.delayed",
    "at": "2025-06-01T12:00:00Z",
    "trip_id": "t1",
    "lost_item_id": None,
    "data": {"minutes": 9},
}
BODY = json.dumps(EVENT).encode()


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    stamp = int(at.timestamp())
    return {TIMESTAMP_HEADER: str(stamp), SIGNATURE_HEADER: sign_event(body, stamp, secret)}


def test_a_signed_event_is_read() -> None:
    event = read_event(BODY, signed(BODY), SECRET, NOW)
    assert (event.id, event.type, event.trip_id, event.data) == (
        "evt_1",
        "trip.delayed",
        "t1",
        {"minutes": 9},
    )


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.lower(): value for name, value in signed(BODY).items()}
    assert read_event(BODY, headers, SECRET, NOW).id == "evt_1"


def test_an_unknown_type_is_still_an_event() -> None:
    body = json.dumps(EVENT | {"type": "trip.something_new"}).encode()
    assert read_event(body, signed(body), SECRET, NOW).type == "trip.something_new"


@given(at=st.integers(min_value=0, max_value=len(BODY) - 1), flip=st.integers(min_value=1, max_value=255))
def test_one_changed_byte_is_refused(at: int, flip: int) -> None:
    changed = BODY[:at] + bytes([BODY[at] ^ flip]) + BODY[at + 1 :]
    with pytest.raises(BadSignature):
        read_event(changed, signed(BODY), SECRET, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_an_old_or_early_event_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        read_event(BODY, signed(BODY, NOW + timedelta(seconds=seconds)), SECRET, NOW)


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_little_clock_difference_is_borne(seconds: int) -> None:
    assert read_event(BODY, signed(BODY, NOW + timedelta(seconds=seconds)), SECRET, NOW)


def test_a_moved_timestamp_is_refused() -> None:
    headers = signed(BODY) | {TIMESTAMP_HEADER: str(int(NOW.timestamp()) + 1)}
    with pytest.raises(BadSignature):
        read_event(BODY, headers, SECRET, NOW)


@pytest.mark.parametrize("missing", [TIMESTAMP_HEADER, SIGNATURE_HEADER])
def test_an_unsigned_event_is_refused(missing: str) -> None:
    headers = {name: value for name, value in signed(BODY).items() if name != missing}
    with pytest.raises(BadSignature):
        read_event(BODY, headers, SECRET, NOW)


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "١٢٣", "9" * 400])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature):
        read_event(BODY, signed(BODY) | {TIMESTAMP_HEADER: stamp}, SECRET, NOW)


def test_another_secret_and_an_empty_one_are_refused() -> None:
    with pytest.raises(BadSignature):
        read_event(BODY, signed(BODY, secret="other"), SECRET, NOW)
    with pytest.raises(BadSignature):
        read_event(BODY, signed(BODY, secret=""), "", NOW)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"id": 1}', b'{"id":"a","type":"b","at":"2025-06-01T12:00:00"}']
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadEvent):
        read_event(body, signed(body), SECRET, NOW)
