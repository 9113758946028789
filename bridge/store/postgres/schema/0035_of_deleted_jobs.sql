-- Works with the code of schema 30 and newer.
-- What 0030 has read of jobs and events that a running bridge deleted before 0030 was committed: the triggers of 0029 did
-- not see it yet, and nothing else deletes it.
DELETE FROM prompts WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.number = prompts.number);
DELETE FROM job_events WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.position = job_events.position);
