-- A tenant reads its own part of the change log, and pays for no other.
CREATE INDEX events_of_tenant ON events (tenant, position);

-- Up to which position a tenant's part of the log is cut off. Tenant '': for all, when this table or the log was begun.
CREATE TABLE log_cuts (
    tenant   TEXT    PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO log_cuts (tenant, position)
SELECT '', CAST(value AS INTEGER) FROM meta WHERE key = 'log_cut_at';

-- Which tenant a Discord person belongs to in a channel: the one whose token of the person Discord has accepted.
CREATE TABLE places (
    person_hash TEXT NOT NULL,
    channel     TEXT NOT NULL,
    tenant      TEXT NOT NULL,
    PRIMARY KEY (person_hash, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_of_tenant ON places (tenant);
INSERT INTO places (person_hash, channel, tenant)
SELECT DISTINCT person_hash, channel, 'default' FROM accounts WHERE tenant = 'default' AND listened_ms > 0;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('events', 'events_of_tenant', '300000 300000 1'),
    ('places', 'places', '100 1 1'),
    ('places', 'places_of_tenant', '100 100');
ANALYZE sqlite_schema;
