"""The numbers that people write: T-12, A-12, H-12, or just 12."""

# More digits than any number has.
_LONGEST = 18


def number_in(text: str, prefix: str) -> int | None:
    """Return the number that `text` names, if it does."""
    digits = text.strip().upper().removeprefix(f"{prefix}-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST
    return int(digits) if is_number else None
