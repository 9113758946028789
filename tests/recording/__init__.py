"""Recordings: what is written of what is heard, and what is read in it again."""
