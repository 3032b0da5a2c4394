"""The columns of every sheet that can be imported, a module for each subject."""
