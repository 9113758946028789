-- schema: the newest file of the schema that the code of a process has. Code that does not write it has 26 or less.
ALTER TABLE machines ADD COLUMN schema INTEGER NOT NULL DEFAULT 26;
