"""The HTTP contract, row by row, against a running bridge."""
