"""Leases: which process connects which accounts, and for how long it may act; pure."""
