"""What a person can do about an account, a sentence each: said wherever its trouble is told."""

from typing import Final

LOG_IN: Final = (
    "Log in to Discord in a browser with this account, copy its token again, "
    "and post the account again with it, or write it into the configuration file."
)
NO_CAPTCHA: Final = "Use the account in Discord's own client until no captcha is asked, then post it again."
ACT: Final = "Open Discord's own client with this account, do what it asks for, then post the account again."
ALLOW: Final = (
    "Check in Discord that the account is a member of the server and of the thread "
    "and may run commands there, then post the account again."
)
JOIN: Final = (
    "Join the server with this account and open the thread, which the bridge notices by itself, "
    "or correct the id of the server."
)
ADD_TO_THREAD: Final = (
    "Add this account to the thread in Discord, which the bridge notices by itself, "
    "or post the account again with a channel that it sees."
)
COPY_THREAD: Final = (
    "Copy the id of the thread in Discord, correct the id of the channel and post the account again."
)
OTHER_CHANNEL: Final = "Post the account again with a channel or thread that exists."
CLOSE_OTHERS: Final = "Close other programs that use this account, then post the account again."
UPDATE: Final = "This is a fault of the bridge or its Discord library: update the bridge."
READ: Final = "Give the account the permissions to view the channel and to read its history."
UNLOCK: Final = "Take another thread, or let a moderator unlock this one."
REOPEN: Final = "Write anything into the thread, or take another one."
MAY_RUN: Final = "Let a moderator give the account the permission Use Application Commands in the channel."
MAY_UPLOAD: Final = "Let a moderator give the account the permission Attach Files in the channel."
WAIT_OUT: Final = "Wait until then, or let a moderator end it."
ACCEPT_RULES: Final = (
    "Open the server in Discord's own client with this account, and answer what it asks for."
)
ROWS: Final = "Paste the rows that pixverse-bridge doctor ends with into the configuration."
LATER: Final = "Try again later."
