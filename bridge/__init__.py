"""A self-hosted HTTP API for the PixVerse video bot of Discord."""
