"""The change log for streams: replays old events, then follows new ones."""
