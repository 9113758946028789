-- Works with the code of schema 22 and newer.
-- Jobs with a callback whose submit is not answered yet: another process must not send it before. until_ms: by when the
-- answer is written, or its process has ended.
CREATE TABLE open_submits (
    job      TEXT COLLATE "C" PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
