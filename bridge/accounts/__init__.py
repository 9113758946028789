"""Accounts: one Discord token serving one channel of one tenant; pure."""
