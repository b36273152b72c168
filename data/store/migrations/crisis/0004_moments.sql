-- When the moment was that a closed step records (awareness, a decision, the first public line).
ALTER TABLE step_states ADD COLUMN began TEXT;
