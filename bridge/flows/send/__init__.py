"""Sends jobs to Discord: `next_job`, `prepare`, `dispatch` (claim, post, settle), `answers`."""
