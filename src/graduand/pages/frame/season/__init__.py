"""The season on pages: deadlines, the policy as a form, rosters that are due."""
