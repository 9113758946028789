-- Works with the code of schema 30 and newer.
-- What the operator was last told of an account that is not connected: who sends the alerts next repeats none, and tells
-- that the account is connected again.
CREATE TABLE alerts (
    tenant   TEXT COLLATE "C" NOT NULL,
    channel  TEXT COLLATE "C" NOT NULL,
    standing TEXT COLLATE "C" NOT NULL,
    told_ms  BIGINT NOT NULL,
    PRIMARY KEY (tenant, channel)
);
