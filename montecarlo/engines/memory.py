"""How much memory the patterns, examples or sums of one disorder sample may take: every process holds its own."""

BYTES_LIMIT = 2**30
"""Bytes of the largest of them."""


def check_bytes(N: int, size: int, what: str) -> None:
    """Refuse what would take `size` bytes at N spins, before anything is allocated.

    Raises
    ------
    ValueError
        If `size` exceeds `BYTES_LIMIT`.
    """
    if size > BYTES_LIMIT:
        raise ValueError(f"N = {N} is not allowed: {what} take {size:.4g} bytes, more than {BYTES_LIMIT}")
