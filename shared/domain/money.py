"""Money as an integer number of ten-thousandths of a currency unit: exact on every database."""

from decimal import Decimal

UNITS = 10_000
# Ten trillion a customer and day. Sums stop here instead of overflowing: nonsense that a feed is
# free to send must not stop the folding of everybody else's events.
LARGEST = 10**17
_MISSING = (10_000, 1_000, 100, 10, 1)  # by how many decimals are written
_EXPONENT = Decimal("0.0001")


def to_units(amount: Decimal) -> int:
    """Ten-thousandths of `amount`, which has at most four decimals.

    Raises ValueError when the amount has more decimals than can be kept.
    """
    units = amount * UNITS
    if units != units.to_integral_value():
        raise ValueError("an amount has at most four decimals")
    return int(units)


def from_units(units: int) -> Decimal:
    """The amount of `units` ten-thousandths, with four decimals."""
    return (Decimal(units) / UNITS).quantize(_EXPONENT)


def to_text(units: int) -> str:
    """The amount of `units` as people write it: two decimals, or four where they are needed."""
    return str(from_units(units) if units % 100 else from_units(units).quantize(Decimal("0.01")))


def text_units(amount: str) -> int:
    """Ten-thousandths of an amount in the canonical form: digits, and at most four decimals."""
    whole, _, part = amount.partition(".")
    return int(whole + part) * _MISSING[len(part)]
