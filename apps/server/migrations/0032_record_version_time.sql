-- Without statistics, as after an import, the planner could not tell this index from the primary key and read all versions
-- of a register for each record of a page. Reads of the past take the beginning of the primary key as well.
DROP INDEX record_version_time;
