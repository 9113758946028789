-- Who gives out a position keeps the others from it until its transaction ends, so that no position appears behind one
-- that somebody has seen. Nobody waits for that with rows locked: a transaction that finds it taken begins again, and
-- waits for its turn first, by a lock on the table, before it has seen anything. The number is that of the writer.
CREATE TABLE log_turns ();
CREATE OR REPLACE FUNCTION next_position() RETURNS BIGINT LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(5821374660014) THEN
        RAISE EXCEPTION 'another transaction gives out positions' USING ERRCODE = '40001';
    END IF;
    RETURN nextval('positions');
END
$$;
