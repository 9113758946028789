"""Libraries that no one here wrote, each in an environment of its own, play their side of Discord.

A library's folder holds what pins its environment and the scripts that it runs. A script reads its stage
from the variable STAGE (JSON: addresses, tokens, ids, the path of a video) and prints one JSON object per
line, the `step` that it has come to and what it saw there. It runs until it is ended.

A bot's steps: `ready`; `command` (a user's /create) and `deferred`; `edited` (a video and two buttons);
`followed` (a second message); `pressed` and `updated` (the first button changes its message); `pressed` and
`asked` (the second opens a modal); `submitted` (the modal's text) and `answered` (for the user's eyes only);
`history`; `heard` (a message of somebody else, missed while the connection was cut).

A user's steps: `ready`; `thread`; `index`; `created`; `first`; `done`; `remade` (a button was pressed);
`modal`; `remixed` (the modal was submitted).
"""
