"""Starts the log of a command, with the secrets of its settings taken out."""

import os

import structlog

from bridge.cli.layers import unknown_variables
from bridge.cli.passwords import passwords_in
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.logs import Redactor, start_logging

log = structlog.get_logger(__name__)


def redacting_log(settings: Settings) -> Redactor:
    """Start the log and return its redactor, which knows the configured secrets."""
    redactor = Redactor(SystemClock())
    tokens = (account.discord for account in settings.accounts)
    for secret in (settings.api_token, *settings.secret_key, settings.webhook_secret, *tokens):
        redactor.add(secret.get_secret_value() if secret else "")
    for password in passwords_in(settings.database or ""):
        redactor.add(password)
    start_logging(settings.log.level, settings.log.format, redactor)
    for name, reason in unknown_variables(os.environ).items():
        log.warning("variable_was_not_read", name=name, reason=reason)
    return redactor
