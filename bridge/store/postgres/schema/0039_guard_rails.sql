-- Works with the code of schema 30 and newer.
-- What an account may be used for, each off if it is NULL: jobs a day, hours in which it is left alone, seconds between two
-- commands, labels that requests ask for (JSON), and how often it is chosen. Code that knows them not heeds none.
ALTER TABLE accounts ADD COLUMN max_per_day BIGINT;
ALTER TABLE accounts ADD COLUMN quiet_hours TEXT COLLATE "C";
ALTER TABLE accounts ADD COLUMN pace_s      DOUBLE PRECISION;
ALTER TABLE accounts ADD COLUMN labels      TEXT COLLATE "C";
ALTER TABLE accounts ADD COLUMN weight      BIGINT;

-- Which labels the account must have that a job waits for (JSON).
ALTER TABLE queue ADD COLUMN labels TEXT COLLATE "C";
