-- A token that begins with "mfa." names no user: all of them were kept as one person's.
UPDATE accounts
   SET person_hash = token_hash
 WHERE person_hash = 'cb0356a0532e824bd17b1ad6f24af01a2d9bbdda8891918ab6b91d9835f7c3ec';
