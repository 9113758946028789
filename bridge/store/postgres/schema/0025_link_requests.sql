-- Links that are about to expire and whose accounts another process runs: it deletes the row of a link when it begins to
-- renew it. until_ms: how long somebody waits for it.
CREATE TABLE link_requests (
    place    TEXT COLLATE "C" PRIMARY KEY,
    url      TEXT COLLATE "C" NOT NULL,
    tenant   TEXT COLLATE "C" NOT NULL,
    account  BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
