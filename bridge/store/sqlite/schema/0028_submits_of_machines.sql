-- machine: the process that answers the submit; '' for a row of an older version. When it has ended, nobody will answer.
ALTER TABLE open_submits ADD COLUMN machine TEXT NOT NULL DEFAULT '';
