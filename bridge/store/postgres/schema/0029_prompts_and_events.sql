-- Works with the code of schema 28 and newer.
-- The prompts of jobs in one case, for the search in a history, and which events are a job's, for its timeline. Both are
-- kept by triggers, like indexes, also of what older code writes. What is there already follows in the next file.

-- Capitals: of the letters that differ, they tell apart the fewest. ICU knows them whatever the database's locale is.
DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION in_one_case(words TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT AS %L',
        CASE WHEN EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu')
             THEN 'SELECT upper(words COLLATE "und-x-icu") COLLATE "C"'
             ELSE 'SELECT upper(words COLLATE "default") COLLATE "C"' END);
END
$$;

-- Every three characters of a text, and whose it is: so that of all tenants' prompts only one's are looked through.
CREATE FUNCTION trigrams(tenant TEXT, words TEXT) RETURNS TEXT[] LANGUAGE sql IMMUTABLE COST 1000 AS $$
    SELECT array_agg(DISTINCT gram)
      FROM (SELECT '<' || tenant || '>' AS gram
             UNION ALL
            SELECT substr(words, start, 3) FROM generate_series(1, length(words) - 2) AS start) AS grams
$$;

-- A value of a row's JSON; NULL if the row is damaged.
CREATE FUNCTION value_in(body TEXT, path TEXT[]) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CAST(body AS JSON) #>> path;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN NULL;
END
$$;

CREATE TABLE prompts (
    number BIGINT PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    words  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX prompts_trigrams ON prompts USING gin (trigrams(tenant, words));

CREATE FUNCTION keep_prompt() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO prompts (number, tenant, words)
    SELECT NEW.number, NEW.tenant, in_one_case(given.prompt)
      FROM (SELECT value_in(NEW.body, '{command,prompt}') AS prompt) AS given
     WHERE given.prompt IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE FUNCTION delete_prompt() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM prompts WHERE number = OLD.number;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_prompt_inserted AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION keep_prompt();
CREATE TRIGGER jobs_prompt_deleted  AFTER DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION delete_prompt();

CREATE TABLE job_events (
    job      TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (job, position)
);

CREATE FUNCTION keep_job_event() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_events (job, position)
    SELECT given.job, NEW.position
      FROM (SELECT value_in(NEW.snapshot, '{id}') AS job) AS given
     WHERE given.job IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE FUNCTION delete_job_event() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM job_events WHERE job = value_in(OLD.snapshot, '{id}') AND position = OLD.position;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_job_inserted AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION keep_job_event();
CREATE TRIGGER events_job_deleted  AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION delete_job_event();
