-- Tenants that are removed and of which rows are left: until those are gone, nobody can have the name.
CREATE TABLE removals (
    tenant TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_of_tenant ON tombstones (tenant);

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('tombstones', 'tombstones_of_tenant', '50000 50000');
ANALYZE sqlite_schema;
