"""Recordings of the bot's messages: written without secrets, and replayed to be explained."""
