-- Works with the code of schema 28 and newer.
-- What was there before the triggers of 0029. A file of its own: it takes as long as there are jobs and events, and holds
-- no lock that keeps running bridges waiting.
INSERT INTO prompts (number, tenant, words)
SELECT number, tenant, in_one_case(prompt)
  FROM (SELECT number, tenant, value_in(body, '{command,prompt}') AS prompt FROM jobs) AS given
 WHERE prompt IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO job_events (job, position)
SELECT job, position
  FROM (SELECT position, value_in(snapshot, '{id}') AS job FROM events) AS given
 WHERE job IS NOT NULL
ON CONFLICT DO NOTHING;
