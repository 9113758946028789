-- What the bot has told of an account: its credits, a limit, that it is out of credits. kind: one row for each, the newest.
-- value: as it was read. told_ms: when the bot said so. resumed: when a person resumed the account after that.
CREATE TABLE notices (
    account INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    told_ms INTEGER NOT NULL,
    PRIMARY KEY (account, kind)
) STRICT;
