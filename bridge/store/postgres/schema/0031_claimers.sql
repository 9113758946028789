-- Works with the code of schema 28 and newer.
-- claimer: names the transaction that has claimed a delivery; '' for a claim of an older version. Who does not know whether
-- its claim was committed releases it by this name.
ALTER TABLE deliveries ADD COLUMN claimer TEXT COLLATE "C" NOT NULL DEFAULT '';
