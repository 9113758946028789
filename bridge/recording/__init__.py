"""Recordings of what the bot says on an account: written without secrets, and read again to be explained."""
