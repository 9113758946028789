"""Turns a request into a job, and waits for the bot's first answer."""
