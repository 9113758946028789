-- What an account may be used for, each off if it is NULL: jobs a day, hours in which it is left alone, seconds between two
-- commands, labels that requests ask for (JSON), and how often it is chosen.
ALTER TABLE accounts ADD COLUMN max_per_day INTEGER;
ALTER TABLE accounts ADD COLUMN quiet_hours TEXT;
ALTER TABLE accounts ADD COLUMN pace_s      REAL;
ALTER TABLE accounts ADD COLUMN labels      TEXT;
ALTER TABLE accounts ADD COLUMN weight      INTEGER;

-- Which labels the account must have that a job waits for (JSON).
ALTER TABLE queue ADD COLUMN labels TEXT;
