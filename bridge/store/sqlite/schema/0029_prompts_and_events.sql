-- The prompts of jobs, for the search in a history; kept by triggers, like an index. rowid: the number of the tenant times
-- 2^40, and the number of the job, so that a tenant's prompts are a range, and no other's are looked through.
CREATE VIRTUAL TABLE prompts USING fts5 (prompt, tokenize = 'trigram');
CREATE TABLE prompt_tenants (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT    NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER jobs_prompt_inserted AFTER INSERT ON jobs BEGIN
    INSERT INTO prompt_tenants (tenant)
    SELECT new.tenant WHERE NOT EXISTS (SELECT 1 FROM prompt_tenants WHERE tenant = new.tenant);
    INSERT INTO prompts (rowid, prompt)
    SELECT ((SELECT number FROM prompt_tenants WHERE tenant = new.tenant) << 40) + new.number, given.prompt
      FROM (SELECT CASE WHEN json_valid(new.body) THEN json_extract(new.body, '$.command.prompt') END AS prompt) AS given
     WHERE given.prompt IS NOT NULL;
END;
CREATE TRIGGER jobs_prompt_deleted AFTER DELETE ON jobs BEGIN
    DELETE FROM prompts
     WHERE rowid = ((SELECT number FROM prompt_tenants WHERE tenant = old.tenant) << 40) + old.number;
    DELETE FROM prompt_tenants
     WHERE tenant = old.tenant AND NOT EXISTS (SELECT 1 FROM jobs WHERE tenant = old.tenant);
END;
INSERT INTO prompt_tenants (tenant) SELECT DISTINCT tenant FROM jobs;
INSERT INTO prompts (rowid, prompt)
SELECT (prompt_tenants.number << 40) + given.number, prompt
  FROM (SELECT number, tenant, CASE WHEN json_valid(body) THEN json_extract(body, '$.command.prompt') END AS prompt
          FROM jobs) AS given
  JOIN prompt_tenants USING (tenant)
 WHERE prompt IS NOT NULL;

-- Which events are a job's, for its timeline. Kept by triggers, like an index.
CREATE TABLE job_events (
    job      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER events_job_inserted AFTER INSERT ON events BEGIN
    INSERT OR IGNORE INTO job_events (job, position)
    SELECT given.job, new.position
      FROM (SELECT CASE WHEN json_valid(new.snapshot) THEN json_extract(new.snapshot, '$.id') END AS job) AS given
     WHERE given.job IS NOT NULL;
END;
CREATE TRIGGER events_job_deleted AFTER DELETE ON events BEGIN
    DELETE FROM job_events
     WHERE job = CASE WHEN json_valid(old.snapshot) THEN json_extract(old.snapshot, '$.id') END
       AND position = old.position;
END;
INSERT OR IGNORE INTO job_events (job, position)
SELECT job, position
  FROM (SELECT position, CASE WHEN json_valid(snapshot) THEN json_extract(snapshot, '$.id') END AS job
          FROM events) AS given
 WHERE job IS NOT NULL;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('job_events', 'job_events', '300000 6 1'),
    ('prompt_tenants', 'sqlite_autoindex_prompt_tenants_1', '10 1');
ANALYZE sqlite_schema;
