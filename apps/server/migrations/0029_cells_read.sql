-- Cells are read by system and day, thousands at a time: from the index alone, in one piece, instead of row by row.
CREATE INDEX decision_cell_read ON decision_cell (org_id, system_id, day)
  INCLUDE (recorded_at, release_id, outcome, truth, score_bin, n);
