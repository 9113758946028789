"""The Discord library behind the session port; nothing else imports it."""
