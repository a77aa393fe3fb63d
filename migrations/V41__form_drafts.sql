-- What a person entered into a form, for as long as it can be edited and sent again: its account, command and options.
ALTER TABLE mirror_interactions ADD COLUMN draft TEXT;
