-- What a release's digest is of, so that images are compared with images.
ALTER TABLE release ADD COLUMN artefact_kind text;
