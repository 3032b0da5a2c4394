"""Filing: what students have signed, kept with the step that rests on it."""
