-- When Discord asked for the silence that hold_until_ms ends: a wish that lies ahead of the clock was before it was set back.
ALTER TABLE accounts ADD COLUMN held_ms INTEGER NOT NULL DEFAULT 0;

-- Before this version a row was written before a picture was uploaded, up to four minutes before its POST ended.
UPDATE interactions SET answered_ms = sent_ms + 240000
 WHERE answered_ms IS NULL
   AND job IN (SELECT id FROM jobs
                WHERE json_extract(body, '$.command.image') IS NOT NULL
                   OR json_extract(body, '$.command.face') IS NOT NULL);
