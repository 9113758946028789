-- Whose account it is: asked at each submit that brings a token, and when Discord wants a person to be silent.
CREATE INDEX accounts_person ON accounts (person_hash);
