"""A job on its way to Discord: `next_job`, `prepare`, `sender` (claim, post, settle), `answers`."""
