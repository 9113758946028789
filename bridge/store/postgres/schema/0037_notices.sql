-- Works with the code of schema 30 and newer.
-- What the bot has told of an account: its credits, a limit, that it is out of credits. kind: one row for each, the newest.
-- value: as it was read. told_ms: when the bot said so. resumed: when a person resumed the account after that.
CREATE TABLE notices (
    account BIGINT NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    told_ms BIGINT NOT NULL,
    PRIMARY KEY (account, kind)
);
