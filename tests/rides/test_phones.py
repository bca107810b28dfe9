import pytest

from bot.rides.phones import mask_phone, phone_candidates


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("19900000001", "+8619900000001"),
        ("199 0000 0001", "+8619900000001"),
        ("１９９０００００００１", "+8619900000001"),
        ("+86 199-0000-0001", "+8619900000001"),
        ("008619900000001", "+8619900000001"),
        ("+44 7700 900101", "+447700900101"),
        ("5100 0001", "+85251000001"),
    ],
)
def test_a_typed_phone_is_understood(typed: str, first: str) -> None:
    assert phone_candidates(typed)[0] == first


def test_a_national_number_may_belong_to_any_region() -> None:
    assert "+447700900101" in phone_candidates("07700 900101")


@pytest.mark.parametrize("typed", ["", "hello", "12", "+", "🙂", "9" * 40])
def test_what_is_no_phone_means_nothing(typed: str) -> None:
    assert phone_candidates(typed) == []


def test_masking_keeps_the_ends_only() -> None:
    assert mask_phone("+8619900000001") == "+86 199****0001"
    assert mask_phone("+85251000001") == "+852 ****0001"
    assert mask_phone("nonsense") == "****se"
